"""Opening hours as pure data: is it open, when does it open next, how long was it open between two times.

Local times turn into instants by two rules. A local time that the clocks skip moves forward by the size of
the gap; of a local time that happens twice an opening takes the first and a closing the second. Every period
and span is half-open: the opening instant is open, the closing instant is not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 1440
DAYS_SEARCHED_FOR_AN_OPENING = 400

Interval = tuple[datetime, datetime]


class Availability(StrEnum):
    OPEN = "open"
    OUTSIDE_HOURS = "outside_hours"
    HOLIDAY_MODE = "holiday_mode"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Local minutes since midnight, half-open; 1440 is the end of the day."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_A_DAY:
            raise ValueError(f"not a period within one day: {self.opens}–{self.closes}")


ALL_DAY = (Period(0, MINUTES_A_DAY),)
ALWAYS_OPEN = (ALL_DAY,) * 7


@dataclass(frozen=True, slots=True)
class Hours:
    """What a shop declared: local opening times in one zone.

    ``weekly`` holds seven tuples, Monday first. A date in ``exceptions`` has exactly those periods (none:
    closed); a date in ``public_holidays`` is closed unless it is an exception as well.
    """

    zone: ZoneInfo
    weekly: tuple[tuple[Period, ...], ...] = ALWAYS_OPEN
    exceptions: Mapping[date, tuple[Period, ...]] = field(default_factory=dict)
    public_holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise ValueError("weekly hours need seven days, Monday first")

    @property
    def is_always_open(self) -> bool:
        return self.weekly == ALWAYS_OPEN and not self.exceptions and not self.public_holidays

    def periods_on(self, day: date) -> tuple[Period, ...]:
        if day in self.exceptions:
            return self.exceptions[day]
        if day in self.public_holidays:
            return ()
        return self.weekly[day.weekday()]

    def intervals_on(self, day: date) -> Iterator[Interval]:
        """Open intervals of one local day as UTC instants; a period that the clocks swallow is left out."""
        for period in self.periods_on(day):
            opens = instant_of(day, period.opens, zone=self.zone)
            closes = instant_of(day, period.closes, zone=self.zone, is_closing=True)
            if opens < closes:
                yield opens, closes


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open span of instants; without an end it lasts until it is ended."""

    start: datetime
    end: datetime | None = None

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Hours with their history, and holiday mode, which overrules everything.

    ``versions`` are (in force from, hours) in order of time; the first one also covers all time before it.
    """

    versions: Sequence[tuple[datetime, Hours]]
    holiday_modes: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        starts = [start for start, _ in self.versions]
        if not starts or starts != sorted(starts):
            raise ValueError("a calendar needs at least one version of hours, in order of time")

    def hours_at(self, at: datetime) -> Hours:
        return self.versions[self._version_at(at)][1]

    def availability(self, at: datetime) -> Availability:
        at = at.astimezone(UTC)
        if any(at in span for span in self.holiday_modes):
            return Availability.HOLIDAY_MODE
        hours = self.hours_at(at)
        if hours.is_always_open:
            return Availability.OPEN
        today = at.astimezone(hours.zone).date()
        # Yesterday counts too: where the clocks change at midnight, its last period may reach into today.
        for day in (today - timedelta(days=1), today):
            if any(opens <= at < closes for opens, closes in hours.intervals_on(day)):
                return Availability.OPEN
        return Availability.OUTSIDE_HOURS

    def open_intervals(self, start: datetime, end: datetime) -> Iterator[Interval]:
        """Disjoint open intervals within [start, end), in order, as UTC instants."""
        pending: Interval | None = None
        for opens, closes in self._raw_intervals(start.astimezone(UTC), end.astimezone(UTC)):
            if pending is None:
                pending = (opens, closes)
            elif opens <= pending[1]:
                pending = (pending[0], max(pending[1], closes))
            else:
                yield from self._without_holiday_modes(pending)
                pending = (opens, closes)
        if pending is not None:
            yield from self._without_holiday_modes(pending)

    def _version_at(self, at: datetime) -> int:
        return max(0, bisect_right(self.versions, at, key=lambda version: version[0]) - 1)

    def _raw_intervals(self, start: datetime, end: datetime) -> Iterator[Interval]:
        first, last = self._version_at(start), self._version_at(end)
        for index in range(first, last + 1):
            since, hours = self.versions[index]
            lower = start if index == first else max(start, since)
            upper = end if index == last else min(end, self.versions[index + 1][0])
            day = lower.astimezone(hours.zone).date() - timedelta(days=1)
            last_day = upper.astimezone(hours.zone).date()
            found: list[Interval] = []
            while day <= last_day:
                found.extend(hours.intervals_on(day))
                day += timedelta(days=1)
            # Sorted as a whole: a day that a zone skipped lands on top of the next one.
            for opens, closes in sorted(found):
                if max(opens, lower) < min(closes, upper):
                    yield max(opens, lower), min(closes, upper)

    def _without_holiday_modes(self, interval: Interval) -> Iterator[Interval]:
        opens, closes = interval
        for span in sorted(self.holiday_modes, key=lambda span: span.start):
            if span.end is not None and span.end <= opens:
                continue
            if span.start >= closes:
                break
            if opens < span.start:
                yield opens, span.start.astimezone(UTC)
            if span.end is None or span.end >= closes:
                return
            opens = span.end.astimezone(UTC)
        yield opens, closes


def always_open(zone: ZoneInfo, *, holiday_modes: tuple[Span, ...] = ()) -> Calendar:
    """The calendar of a shop that never set hours."""
    return Calendar([(datetime.min.replace(tzinfo=UTC), Hours(zone))], holiday_modes)


def instant_of(day: date, minute: int, *, zone: ZoneInfo, is_closing: bool = False) -> datetime:
    """The UTC instant of a local wall-clock minute (0–1440) of ``day``."""
    midnight = datetime(day.year, day.month, day.day)
    local = (midnight + timedelta(minutes=minute)).replace(tzinfo=zone)
    before, after = local.utcoffset(), local.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    is_ambiguous = before > after
    # In a gap ``fold=0`` reads the time with the offset from before it: the move forward that is wanted.
    return local.replace(fold=1 if is_closing and is_ambiguous else 0).astimezone(UTC)


def local_midnight_after(at: datetime, zone: ZoneInfo) -> datetime:
    """The first local midnight strictly after ``at``, as a UTC instant."""
    day = at.astimezone(zone).date()
    midnight = instant_of(day, MINUTES_A_DAY, zone=zone)
    # A midnight that happens twice may already have passed once on the same local date.
    return midnight if midnight > at else instant_of(day + timedelta(days=1), MINUTES_A_DAY, zone=zone)


def is_open(calendar: Calendar, at: datetime) -> bool:
    return calendar.availability(at) is Availability.OPEN


def next_opening(calendar: Calendar, at: datetime) -> datetime | None:
    """The first open instant at or after ``at``; None when there is none within 400 days."""
    if is_open(calendar, at):
        return at.astimezone(UTC)
    # Growing windows: the next opening is nearly always within two days.
    start, days = at, 2
    limit = at + timedelta(days=DAYS_SEARCHED_FOR_AN_OPENING)
    while start < limit:
        end = min(start + timedelta(days=days), limit)
        for opens, _ in calendar.open_intervals(start, end):
            return opens
        start, days = end, days * 4
    return None


def open_seconds_between(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Elapsed seconds within [start, end) in which the calendar is open; 0 when end is not after start."""
    if end <= start:
        return 0.0
    return sum((closes - opens).total_seconds() for opens, closes in calendar.open_intervals(start, end))


def open_minutes_a_week(hours: Hours) -> int:
    """Declared open minutes of an ordinary week, overlaps counted once."""
    total = 0
    for periods in hours.weekly:
        reached = 0
        for period in sorted(periods):
            total += max(0, period.closes - max(period.opens, reached))
            reached = max(reached, period.closes)
    return total


def read_periods(stored: Sequence[Sequence[str]]) -> tuple[Period, ...]:
    """Periods from ``["HH:MM", "HH:MM"]`` pairs, as they are stored; raises ValueError."""
    return tuple(Period(read_minute(opens), read_minute(closes)) for opens, closes in stored)


def write_periods(periods: Sequence[Period]) -> list[list[str]]:
    return [[write_minute(period.opens), write_minute(period.closes)] for period in periods]


def read_minute(text: str) -> int:
    """Minutes since midnight of "HH:MM"; "24:00" is 1440. Raises ValueError."""
    hours, _, minutes = text.partition(":")
    total = int(hours) * 60 + int(minutes)
    if not (0 <= int(minutes) < 60 and 0 <= total <= MINUTES_A_DAY):
        raise ValueError(f"{text!r} is not a time of day")
    return total


def write_minute(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
