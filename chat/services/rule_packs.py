"""Which rule pack a shop follows at a time, and bringing the packs in line with their file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.db import transaction
from django.utils import timezone

from chat.models import RulePackVersion
from chat.response_clock import ClockRules, DailyCutoff, Reason, WeekendRule
from core.business_hours import instant_of
from shops.models import Shop

PACK_FILE = Path(__file__).parents[1] / "rule_packs.yaml"
PACK_OF_KIND = {Shop.Kind.US.value: "us-domestic", Shop.Kind.CROSS_BORDER.value: "us-cross-border"}


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of a pack, read."""

    code: str
    version: int
    effective_from: datetime
    title: str
    rules: ClockRules
    judging: dict[str, Any]

    def zone(self, time_zone: str) -> ZoneInfo:
        """Where its weeks begin: in its own zone, else in the shop's."""
        return ZoneInfo(self.judging.get("evaluation_zone") or time_zone)


@dataclass(frozen=True, slots=True)
class PackTimeline:
    """The packs that a shop in this zone follows, over time."""

    time_zone: str
    codes: Sequence[tuple[datetime, str]]
    packs: Sequence[Pack]

    def in_force(self, at: datetime) -> Pack:
        """The version in force when the evaluation week of that time began."""
        pack = self._at(at)
        zone = pack.zone(self.time_zone)
        day = at.astimezone(zone).date()
        return self._at(instant_of(day - timedelta(days=day.weekday()), 0, zone=zone))

    def _at(self, at: datetime) -> Pack:
        code = max((entry for entry in self.codes if entry[0] <= at), default=self.codes[0])[1]
        versions = [pack for pack in self.packs if pack.code == code]
        begun = [pack for pack in versions if pack.effective_from <= at]
        return max(begun or versions[:1], key=lambda pack: (pack.effective_from, pack.version))


@lru_cache(maxsize=1)
def packs_of_file() -> tuple[Pack, ...]:
    """What holds while nobody has synchronised the packs."""
    return tuple(
        Pack(
            entry["code"],
            entry["version"],
            _start_of(entry["effective_from"]),
            entry["title"],
            clock_rules_from(entry["clock"]),
            entry["judging"],
        )
        for entry in sorted(entries_of_file(), key=lambda entry: (entry["code"], entry["version"]))
    )


@transaction.atomic
def sync_rule_packs() -> tuple[int, list[str]]:
    """Add the file's versions that are not there yet: how many, and the edits that were refused."""
    added, refused = 0, []
    for entry in entries_of_file():
        values = _row_values(entry)
        row, is_new = RulePackVersion.objects.get_or_create(
            code=entry["code"], version=entry["version"], defaults=values
        )
        added += is_new
        if all(getattr(row, name) == value for name, value in values.items()):
            continue
        if row.effective_from <= timezone.now():
            refused.append(f"{row} was in force already: add a new version instead")
            continue
        RulePackVersion.objects.filter(pk=row.pk).update(**values)
    return added, refused


@lru_cache(maxsize=1)
def entries_of_file() -> tuple[dict[str, Any], ...]:
    return tuple(yaml.safe_load(PACK_FILE.read_text(encoding="utf-8")))


def _row_values(entry: dict[str, Any]) -> dict[str, Any]:
    clock_rules_from(entry["clock"])  # Refuse a file that cannot be read before anything is stored.
    return {
        "effective_from": _start_of(entry["effective_from"]),
        "title": entry["title"],
        "evidence": entry["evidence"],
        "clock": entry["clock"],
        "judging": entry["judging"],
    }


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def clock_rules_from(data: Mapping[str, Any]) -> ClockRules:
    """The clock's rules as a rule pack stores them (JSON); raises ValueError for what it does not know."""
    values = dict(data)
    try:
        if weekend := values.pop("weekend", None):
            values["weekend"] = WeekendRule(
                days=frozenset(weekend["days"]),
                due_weekday=weekend["due_weekday"],
                due_minute=_minute_of(weekend["due_time"]),
                needs_faq=weekend["needs_faq"],
            )
        if cutoff := values.pop("daily_cutoff", None):
            values["daily_cutoff"] = DailyCutoff(
                _minute_of(cutoff["day_ends"]), _minute_of(cutoff["answer_by"])
            )
        if "message_reasons" in values:
            values["message_reasons"] = frozenset(Reason(reason) for reason in values["message_reasons"])
        return ClockRules(**values)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a rule of the clock: {error}") from None


def _minute_of(local_time: str) -> int:
    parsed = time.fromisoformat(local_time)
    return parsed.hour * 60 + parsed.minute
