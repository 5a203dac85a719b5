"""What the platform itself knows about a decision and adds to every appeal, for both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext

from chat.access import Side
from chat.models import Message
from chat.selectors import marks_of_sides
from chat.services.file_checks import FILES
from chat.services.shop_rules import calendar_of
from compliance.models import Decision
from core.business_hours import Availability
from shops.models import Shop


@dataclass(frozen=True, slots=True)
class Evidence:
    title: str
    detail: str


def evidence_of(decision: Decision) -> list[Evidence]:
    """Chat, rule, hours and delivery, as far as the decision is about a message of a shop."""
    found = [*_chat(decision), *_rule(decision)]
    message = _message(decision)
    if message is not None and decision.shop is not None:
        found += [_hours(decision.shop, message.created_at), _delivery(message)]
    return found


def _message(decision: Decision) -> Message | None:
    if decision.subject_kind not in {"message", FILES}:
        return None
    return Message.objects.select_related("conversation").filter(pk=decision.subject_id).first()


def _chat(decision: Decision) -> list[Evidence]:
    if decision.case is None:
        return []
    frozen: Sequence[dict[str, str]] = decision.case.evidence.get("context", [])
    times = [moment for row in frozen if (moment := parse_datetime(row["at"]))]
    detail = ngettext("%(n)d message", "%(n)d messages", len(frozen)) % {"n": len(frozen)}
    if times:
        first, last = _day(min(times)), _day(max(times))
        detail += f", {first}" if first == last else f", {first} – {last}"
    return [Evidence(gettext("The chat around the message"), detail)] if frozen else []


def _rule(decision: Decision) -> list[Evidence]:
    version = decision.policy_version
    if version is None:
        return []
    detail = gettext("%(rule)s, version %(n)d") % {"rule": gettext(version.title), "n": version.number}
    return [Evidence(gettext("The rule as it was that day"), detail)]


def _hours(shop: Shop, moment: datetime) -> Evidence:
    state = calendar_of(shop).availability(moment)
    if state == Availability.OPEN:
        words = gettext("Open when it was sent")
    elif state == Availability.HOLIDAY_MODE:
        words = gettext("In holiday mode when it was sent")
    else:
        words = gettext("Closed when it was sent")
    return Evidence(gettext("Your hours and holiday mode"), words)


def _delivery(message: Message) -> Evidence:
    sent = date_format(localtime(message.created_at), gettext("D j M, H:i:s"))
    marks = marks_of_sides(message.conversation)[Side.CUSTOMER]
    if message.seq <= marks.read_seq:
        words = gettext("Sent %(sent)s, read by the customer")
    elif message.seq <= marks.delivered_seq:
        words = gettext("Sent %(sent)s, delivered, not read yet")
    else:
        words = gettext("Sent %(sent)s, not delivered yet")
    return Evidence(gettext("Delivery log of the message"), words % {"sent": sent})


def _day(moment: datetime) -> str:
    return date_format(localtime(moment), gettext("j M"))
