"""What a shop can promise right now: open or closed, until when, and by when it answers.

Worked out with the rules of the response clock, so a promise and the deadline of a message cannot differ.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.response_clock import Author, MessageFact, deadline_of, message_reason
from chat.services.session_facts import received
from chat.services.shop_rules import ShopRules, rules_of
from core.business_hours import Availability, Calendar, next_opening
from shops.models import Shop

DAYS_SEARCHED_FOR_A_CLOSING = 8


@dataclass(frozen=True, slots=True)
class Promise:
    """``answer_by``: the latest moment of an answer to a message sent now; None while nobody can say.

    ``holiday_ends_at`` is set in holiday mode that has an end. All times are UTC instants; ``zone`` is the
    shop's.
    """

    availability: Availability
    closes_at: datetime | None
    opens_at: datetime | None
    answer_by: datetime | None
    holiday_ends_at: datetime | None
    zone: str
    calendar: Calendar

    @property
    def is_open(self) -> bool:
        return self.availability is Availability.OPEN


def promise_of(shop: Shop, now: datetime) -> Promise:
    """One query, whatever the shop has declared."""
    rules = rules_of([shop.pk])[shop.pk]
    calendar = rules.schedule.calendar
    state = calendar.availability(now)
    opens_at = None if state is Availability.OPEN else next_opening(calendar, now)
    holiday = next((span for span in calendar.holiday_modes if now in span), None)
    return Promise(
        availability=state,
        closes_at=_closing(calendar, now) if state is Availability.OPEN else None,
        opens_at=opens_at,
        answer_by=_answer_by(rules, now, opens_at),
        holiday_ends_at=holiday.end if holiday else None,
        zone=calendar.hours_at(now).zone.key,
        calendar=calendar,
    )


def _answer_by(rules: ShopRules, now: datetime, opens_at: datetime | None) -> datetime | None:
    """The deadline of a message that is sent now, or of one at the opening if this one starts no clock."""
    for at in (now, opens_at):
        if at is None:
            continue
        fact = received(_question_at(at), rules.schedule, is_platform_handled=False)
        clock = rules.packs.in_force(at).rules
        if message_reason(fact, clock) is None:
            zone = rules.schedule.calendar.hours_at(at).zone
            return deadline_of(fact, clock, fact.zone or zone)
    return None


def _question_at(at: datetime) -> MessageFact:
    return MessageFact(seq=1, at=at, author=Author.CUSTOMER, text="")


def _closing(calendar: Calendar, now: datetime) -> datetime | None:
    horizon = now + timedelta(days=DAYS_SEARCHED_FOR_A_CLOSING)
    for _opens, closes in calendar.open_intervals(now, horizon):
        return closes if closes < horizon else None
    return None
