"""Until when a conversation can be snoozed: a few choices and any time, in the member's own zone."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid

MORNING = time(9)
EVENING = time(18)


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    title: str
    until: datetime


def choices(now: datetime) -> list[Choice]:
    """What is offered at this moment: each lies ahead."""
    local = timezone.localtime(now)
    to_monday = 7 - local.weekday()
    offered = [
        Choice("3h", str(_("In 3 hours")), now + timedelta(hours=3)),
        Choice("evening", str(_("This evening, 18:00")), _at(local, 0, EVENING)),
        Choice("tomorrow", str(_("Tomorrow, 9:00")), _at(local, 1, MORNING)),
        Choice("monday", str(_("Monday, 9:00")), _at(local, to_monday, MORNING)),
    ]
    return [choice for choice in offered if choice.until > now]


def read_until(key: str, written: str, *, now: datetime) -> datetime:
    """The moment of a choice, or for ``at`` the local time that was written; else ``Invalid``."""
    if key != "at":
        for choice in choices(now):
            if choice.key == key:
                return choice.until
        raise Invalid(gettext("Choose until when."), code="invalid_time")
    try:
        moment = parse_datetime(written)
    except ValueError:
        moment = None
    if moment is None:
        raise Invalid(gettext("Give a day and a time."), code="invalid_time")
    return moment if moment.tzinfo else timezone.make_aware(moment)


def _at(local: datetime, days: int, at: time) -> datetime:
    day = local.date() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, at), local.tzinfo)
