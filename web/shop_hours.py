"""A shop's hours as its customers see them: in the reader's own zone, with a promise before typing."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from chat.services.promises import Promise, promise_of
from core.business_hours import Availability, Calendar
from shops.models import Shop

DAY_SECONDS = 86_400
WEEKDAY_SAYS_ENOUGH = timedelta(days=6)  # Farther away, a moment needs its date.


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
    """``promise``: the latest moment of an answer to a message sent now; None while nobody can say.

    ``sentence`` says all of it: "Closed now. Opens Mon 09:00, your 18:00. Answer by Tue 18:00."
    """

    is_open: bool
    is_on_holiday: bool
    is_always_open: bool
    closes_at: datetime | None
    opens_at: datetime | None
    promise: datetime | None
    sentence: str
    days: tuple[DayRow, ...]
    now_at: str
    known: Promise


def shop_hours(shop: Shop, *, now: datetime) -> ShopHours:
    """The hours in force now, for the seven days of the reader's week."""
    promise = promise_of(shop, now)
    days = _week(promise.calendar, now)
    return ShopHours(
        is_open=promise.is_open,
        is_on_holiday=promise.availability is Availability.HOLIDAY_MODE,
        is_always_open=all(row.bars and row.bars[0].width == "100.00%" for row in days),
        closes_at=promise.closes_at,
        opens_at=promise.opens_at,
        promise=promise.answer_by,
        sentence=sentence_of(promise, now),
        days=days,
        now_at=_percent(
            (timezone.localtime(now) - _midnight(timezone.localtime(now).date())).total_seconds()
        ),
        known=promise,
    )


def sentence_of(promise: Promise, now: datetime) -> str:
    """The state, the next opening on the shop's clock and on the reader's, and the promise, in words."""
    zone = ZoneInfo(promise.zone)
    if promise.is_open:
        parts = [gettext("Open now.")]
        if promise.closes_at:
            parts.append(gettext("Open until %(time)s.") % {"time": _both(promise.closes_at, zone, now)})
    else:
        is_on_holiday = promise.availability is Availability.HOLIDAY_MODE
        parts = [gettext("On holiday.") if is_on_holiday else gettext("Closed now.")]
        if promise.opens_at:
            parts.append(gettext("Opens %(time)s.") % {"time": _both(promise.opens_at, zone, now)})
    if promise.answer_by:
        here = _short(timezone.localtime(promise.answer_by), now)
        parts.append(gettext("Answer by %(time)s.") % {"time": here})
    return " ".join(parts)


def _both(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """ "Mon 09:00, your 18:00"; the shop's clock alone where the reader's says the same."""
    there, here = moment.astimezone(zone), timezone.localtime(moment)
    words = _short(there, now)
    if there.replace(tzinfo=None) == here.replace(tzinfo=None):
        return words
    own = date_format(here, "H:i") if there.date() == here.date() else _short(here, now)
    return gettext("%(shop_time)s, your %(time)s") % {"shop_time": words, "time": own}


def _short(local: datetime, now: datetime) -> str:
    return date_format(local, "D H:i" if local - now < WEEKDAY_SAYS_ENOUGH else gettext("D j M, H:i"))


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
