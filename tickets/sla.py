"""Due times, pure: so many working minutes after a start, in a calendar, without the pauses.

Working time is elapsed time (seconds that pass while the calendar is open), so a change of the clocks neither
gives nor takes: an hour that the clocks repeat counts twice, one they skip does not count.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.business_hours import Calendar, Hours, Interval, Period

SEARCHED_DAYS = 400


@dataclass(frozen=True, slots=True)
class Spell:
    """Half-open span in which the clock stood still; ``end`` None: it still does."""

    start: datetime
    end: datetime | None


def calendar_from(
    *,
    time_zone: str,
    weekly: Sequence[Sequence[Sequence[int]]],
    holidays: Iterable[date] = (),
    exceptions: dict[str, list[list[int]]] | None = None,
) -> Calendar:
    """The calendar of plain data: seven lists of [opens, closes] in local minutes, Monday first."""
    hours = Hours(
        zone=ZoneInfo(time_zone),
        weekly=tuple(tuple(Period(a, b) for a, b in day) for day in weekly),
        exceptions={
            date.fromisoformat(day): tuple(Period(a, b) for a, b in periods)
            for day, periods in (exceptions or {}).items()
        },
        public_holidays=frozenset(holidays),
    )
    return Calendar([(datetime.min.replace(tzinfo=UTC), hours)])


def due_at(
    *, calendar: Calendar, start: datetime, minutes: int, pauses: Sequence[Spell] = ()
) -> datetime | None:
    """The instant by which ``minutes`` working minutes have passed; None while a pause still runs.

    None as well when the calendar never opens long enough within 400 days.
    """
    if any(pause.end is None for pause in pauses):
        return None
    left = minutes * 60.0
    if left <= 0:
        return start
    for opens, closes in _working(calendar, start, pauses):
        span = (closes - opens).total_seconds()
        if span >= left:
            return opens + timedelta(seconds=left)
        left -= span
    return None


def working_seconds(
    *, calendar: Calendar, start: datetime, end: datetime, pauses: Sequence[Spell] = ()
) -> float:
    """Working seconds within [start, end) that no pause covers; 0 when end is not after start."""
    total = 0.0
    for opens, closes in calendar.open_intervals(start, end) if end > start else ():
        total += sum((b - a).total_seconds() for a, b in _cut((opens, closes), pauses))
    return total


def _working(calendar: Calendar, start: datetime, pauses: Sequence[Spell]) -> Iterator[Interval]:
    """Open intervals from ``start`` on without the pauses, looked up in windows that grow."""
    lower, days = start.astimezone(UTC), 8
    limit = lower + timedelta(days=SEARCHED_DAYS)
    while lower < limit:
        upper = min(lower + timedelta(days=days), limit)
        for interval in calendar.open_intervals(lower, upper):
            yield from _cut(interval, pauses)
        lower, days = upper, days * 3


def _cut(interval: Interval, pauses: Sequence[Spell]) -> Iterator[Interval]:
    opens, closes = interval
    for pause in sorted(pauses, key=lambda spell: spell.start):
        end = pause.end
        if pause.start >= closes:
            break
        if end is not None and end <= opens:
            continue
        if opens < pause.start:
            yield opens, pause.start
        if end is None or end >= closes:
            return
        opens = max(opens, end)
    if opens < closes:
        yield opens, closes
