"""Which rule pack a shop follows at a time, and bringing the packs in line with their file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.db import transaction
from django.utils import timezone

from chat.models import RulePackVersion, ShopRulePack
from chat.response_clock import ClockRules, clock_rules_from
from core.business_hours import instant_of
from shops.models import Shop

PACK_FILE = Path(__file__).parents[1] / "rule_packs.yaml"
PACK_OF_KIND = {Shop.Kind.US.value: "us-domestic", Shop.Kind.CROSS_BORDER.value: "us-cross-border"}


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of a pack, read. ``zone`` is where its weeks begin: its own or the shop's."""

    code: str
    version: int
    effective_from: datetime
    title: str
    rules: ClockRules
    judging: dict[str, Any]

    def zone(self, shop: Shop) -> ZoneInfo:
        return ZoneInfo(self.judging.get("evaluation_zone") or shop.time_zone)


@dataclass(frozen=True, slots=True)
class PackTimeline:
    """The packs that a shop follows, over time."""

    shop: Shop
    codes: Sequence[tuple[datetime, str]]
    packs: Sequence[Pack]

    def in_force(self, at: datetime) -> Pack:
        """The version in force when the evaluation week of that time began."""
        pack = self._at(at)
        zone = pack.zone(self.shop)
        day = at.astimezone(zone).date()
        return self._at(instant_of(day - timedelta(days=day.weekday()), 0, zone=zone))

    def _at(self, at: datetime) -> Pack:
        code = max((entry for entry in self.codes if entry[0] <= at), default=self.codes[0])[1]
        versions = [pack for pack in self.packs if pack.code == code]
        begun = [pack for pack in versions if pack.effective_from <= at]
        return max(begun or versions[:1], key=lambda pack: (pack.effective_from, pack.version))


def timeline_of(shop: Shop) -> PackTimeline:
    return timelines_of([shop])[shop.pk]


def timelines_of(shops: Iterable[Shop]) -> dict[int, PackTimeline]:
    """The packs of each shop by its id; from the file while nobody has synchronised them. Two queries."""
    by_id = {shop.pk: shop for shop in shops}
    packs = [pack_of(row) for row in RulePackVersion.objects.order_by("code", "effective_from", "version")]
    if not packs:
        packs = [_pack_from(entry) for entry in entries_of_file()]
    chosen: dict[int, list[tuple[datetime, str]]] = {
        pk: [(datetime.min.replace(tzinfo=UTC), PACK_OF_KIND[shop.kind])] for pk, shop in by_id.items()
    }
    for row in ShopRulePack.objects.filter(shop__in=by_id).order_by("effective_from"):
        chosen[row.shop_id].append((row.effective_from, row.code))
    return {pk: PackTimeline(shop, chosen[pk], packs) for pk, shop in by_id.items()}


def pack_of(row: RulePackVersion) -> Pack:
    return Pack(
        row.code, row.version, row.effective_from, row.title, clock_rules_from(row.clock), row.judging
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


def _pack_from(entry: dict[str, Any]) -> Pack:
    return Pack(
        entry["code"],
        entry["version"],
        _start_of(entry["effective_from"]),
        entry["title"],
        clock_rules_from(entry["clock"]),
        entry["judging"],
    )


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
