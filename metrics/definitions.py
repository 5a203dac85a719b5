"""What a week's figures mean: edges, counts, rate, verdict, forecast. Pure, with exact fractions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from chat.response_clock import Reason, Verdict
from core.business_hours import instant_of

TUESDAY: Final = 1


class Outcome(StrEnum):
    NOT_EVALUATED = "not_evaluated"
    MET = "met"
    WARNING = "warning"
    ENFORCEMENT = "enforcement"


class MinimumUnit(StrEnum):
    MESSAGES = "messages"
    SESSIONS = "sessions"


@dataclass(frozen=True, slots=True)
class JudgingRules:
    """The part of a rule pack that judges a week. Without an evaluation zone the shop's own is meant."""

    target: Fraction
    floor: Fraction | None
    evaluation_zone: ZoneInfo | None = None
    minimum_volume: int = 5
    minimum_unit: MinimumUnit = MinimumUnit.MESSAGES
    failing_sessions_for_enforcement: int = 2
    gives_points: bool = True
    spared_by_30_days: bool = False
    window_days: int = 7


def judging_rules_from(data: Mapping[str, Any]) -> JudgingRules:
    """The judging rules as a rule pack stores them (JSON); raises ValueError for what it does not know."""
    values = dict(data)
    try:
        values["target"] = Fraction(values["target"])
        values["floor"] = None if values["floor"] is None else Fraction(values["floor"])
        if zone := values.get("evaluation_zone"):
            values["evaluation_zone"] = ZoneInfo(zone)
        if "minimum_unit" in values:
            values["minimum_unit"] = MinimumUnit(values["minimum_unit"])
        return JudgingRules(**values)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a judging rule: {error}") from None


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """Monday 00:00 to Monday 00:00, half-open, in one zone."""

    monday: date
    zone: ZoneInfo = field(compare=False)

    def __post_init__(self) -> None:
        if self.monday.weekday() != 0:
            raise ValueError(f"{self.monday} is no Monday")

    @property
    def starts_at(self) -> datetime:
        return instant_of(self.monday, 0, zone=self.zone)

    @property
    def ends_at(self) -> datetime:
        return instant_of(self.monday + timedelta(days=7), 0, zone=self.zone)

    @property
    def label(self) -> str:
        return week_label(self.monday)

    def __contains__(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def shifted(self, weeks: int) -> Week:
        return Week(self.monday + timedelta(weeks=weeks), self.zone)

    def evaluated_from(self, latest_deadline: datetime | None) -> datetime:
        """The start of the first local Tuesday after the week by which every deadline has passed."""
        tuesday = self.monday + timedelta(days=7 + TUESDAY)
        starts_at = instant_of(tuesday, 0, zone=self.zone)
        while latest_deadline is not None and starts_at <= latest_deadline:
            tuesday += timedelta(days=7)
            starts_at = instant_of(tuesday, 0, zone=self.zone)
        return starts_at


def week_label(monday: date) -> str:
    year, number, _ = monday.isocalendar()
    return f"{year}-W{number:02}"


def monday_of_label(label: str) -> date:
    """The Monday of "2026-W10"; raises ValueError if there is no such week."""
    match = re.fullmatch(r"(\d{4})-W(\d{2})", label)
    if match is None:
        raise ValueError(f"{label!r} is not a week such as 2026-W10")
    return date.fromisocalendar(int(match[1]), int(match[2]), 1)


def week_of(at: datetime, zone: ZoneInfo) -> Week:
    day = at.astimezone(zone).date()
    return Week(day - timedelta(days=day.weekday()), zone)


def days_up_to(last_day: date, *, days: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Half-open span of so many local days of which ``last_day`` is the last."""
    after = last_day + timedelta(days=1)
    return instant_of(after - timedelta(days=days), 0, zone=zone), instant_of(after, 0, zone=zone)


@dataclass(frozen=True, slots=True)
class Counts:
    """Sessions by verdict. Only in time, late and missed ones are counted; open ones are not ripe yet."""

    in_time: int = 0
    late: int = 0
    missed: int = 0
    open: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)

    @property
    def failing(self) -> int:
        return self.late + self.missed

    @property
    def counted(self) -> int:
        return self.in_time + self.failing

    @property
    def total(self) -> int:
        return self.counted + self.open + sum(self.excluded.values())

    @property
    def rate(self) -> Fraction | None:
        return Fraction(self.in_time, self.counted) if self.counted else None


def counts_of(sessions: Iterable[tuple[Verdict, Reason | str | None]]) -> Counts:
    verdicts: Counter[Verdict] = Counter()
    reasons: Counter[str] = Counter()
    for verdict, reason in sessions:
        verdicts[verdict] += 1
        if verdict is Verdict.EXCLUDED:
            reasons[str(reason)] += 1
    return Counts(
        in_time=verdicts[Verdict.IN_TIME],
        late=verdicts[Verdict.LATE],
        missed=verdicts[Verdict.MISSED],
        open=verdicts[Verdict.OPEN],
        excluded=dict(reasons),
    )


def has_minimum(counts: Counts, counted_messages: int, rules: JudgingRules) -> bool:
    volume = counted_messages if rules.minimum_unit is MinimumUnit.MESSAGES else counts.counted
    return volume >= rules.minimum_volume


def outcome_of(
    counts: Counts, *, counted_messages: int, rules: JudgingRules, thirty_days: Counts | None = None
) -> Outcome:
    """How a ripe week is judged. ``counted_messages`` are the counted customer messages received in it."""
    rate = counts.rate
    if rate is None or not has_minimum(counts, counted_messages, rules):
        return Outcome.NOT_EVALUATED
    if rate >= rules.target:
        return Outcome.MET
    is_below_floor = rules.floor is not None and rate < rules.floor
    if not is_below_floor or counts.failing < rules.failing_sessions_for_enforcement:
        return Outcome.WARNING
    is_spared = (
        rules.spared_by_30_days
        and thirty_days is not None
        and thirty_days.rate is not None
        and thirty_days.rate >= rules.target
    )
    return Outcome.WARNING if is_spared else Outcome.ENFORCEMENT


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many more sessions may fail if all running ones are counted; negative: already so many too many."""

    misses_left_to_target: int
    misses_left_to_floor: int | None


def forecast_of(counts: Counts, rules: JudgingRules) -> Forecast:
    expected = counts.counted + counts.open

    def left(limit: Fraction) -> int:
        return int(expected * (1 - limit)) - counts.failing

    return Forecast(left(rules.target), None if rules.floor is None else left(rules.floor))


def median_of(lengths: Iterable[timedelta]) -> timedelta | None:
    """The middle one, or the mean of the two in the middle; None without any."""
    ordered = sorted(lengths)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percent(rate: Fraction) -> str:
    """One decimal for people. Never rounded up to a whole percent: 89.96 must not read as 90.0."""
    tenths = round(rate * 1000)
    if tenths % 10 == 0 and tenths > rate * 1000:
        tenths -= 1
    return f"{tenths // 10}.{tenths % 10}"
