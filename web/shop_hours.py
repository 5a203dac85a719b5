"""A shop's hours as its customers see them: in the reader's own zone, with a promise before typing."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from chat.services.shop_rules import calendar_of
from core.business_hours import Availability, Calendar, next_opening
from shops.models import Shop

# What a shop owes a customer: an answer within a day (domain.md section 3; the packs' window_s).
ANSWER_WITHIN = timedelta(hours=24)
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class OpenBar:
    """One open stretch of a day on its strip, in percent of the day."""

    left: str
    width: str


@dataclass(frozen=True, slots=True)
class DayRow:
    label: str
    text: str
    bars: tuple[OpenBar, ...]
    is_today: bool


@dataclass(frozen=True, slots=True)
class ShopHours:
    """``promise``: the latest moment of an answer to a message sent now; None while nobody can say."""

    is_open: bool
    is_on_holiday: bool
    is_always_open: bool
    closes_at: datetime | None
    opens_at: datetime | None
    promise: datetime | None
    days: tuple[DayRow, ...]
    now_at: str


def shop_hours(shop: Shop, *, now: datetime) -> ShopHours:
    """The hours in force now, for the seven days of the reader's week."""
    calendar = calendar_of(shop)
    state = calendar.availability(now)
    is_open = state == Availability.OPEN
    opens_at = None if is_open else next_opening(calendar, now)
    start = now if is_open else opens_at
    days = _week(calendar, now)
    return ShopHours(
        is_open=is_open,
        is_on_holiday=state == Availability.HOLIDAY_MODE,
        is_always_open=all(row.bars and row.bars[0].width == "100.00%" for row in days),
        closes_at=_closing(calendar, now) if is_open else None,
        opens_at=opens_at,
        promise=start + ANSWER_WITHIN if start else None,
        days=days,
        now_at=_percent(
            (timezone.localtime(now) - _midnight(timezone.localtime(now).date())).total_seconds()
        ),
    )


def _closing(calendar: Calendar, now: datetime) -> datetime | None:
    for _opens, closes in calendar.open_intervals(now, now + timedelta(days=8)):
        return closes if closes < now + timedelta(days=8) else None
    return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _week(calendar: Calendar, now: datetime) -> tuple[DayRow, ...]:
    today = timezone.localtime(now).date()
    monday = today - timedelta(days=today.weekday())
    return tuple(_day(calendar, monday + timedelta(days=n), today) for n in range(7))


def _day(calendar: Calendar, day: date, today: date) -> DayRow:
    start, end = _midnight(day), _midnight(day + timedelta(days=1))
    intervals = list(calendar.open_intervals(start, end))
    text = ", ".join(f"{_clock(opens)}–{_clock(closes, is_end=True)}" for opens, closes in intervals)
    bars = tuple(
        OpenBar(_percent((opens - start).total_seconds()), _percent((closes - opens).total_seconds()))
        for opens, closes in intervals
    )
    return DayRow(date_format(day, "D"), text, bars, day == today)


def _clock(moment: datetime, *, is_end: bool = False) -> str:
    text = date_format(timezone.localtime(moment), "G:i")
    return "24:00" if is_end and text == "0:00" else text


def _percent(seconds: float) -> str:
    return f"{min(100.0, seconds / DAY_SECONDS * 100):.2f}%"
