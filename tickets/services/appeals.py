"""Tickets that start something in compliance: an appeal, a shop's report of a customer, anybody's report.

Both doors of an appeal make the same object: Shop Health and the ticket end in ``lodge``.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models import Conversation, Message
from compliance.models import Appeal
from compliance.services import appeals, reports
from compliance.services.cases import Subject
from core.errors import Invalid
from shops.access import may
from shops.capabilities import Capability
from shops.models import Shop
from tickets.models import Category, Ticket

# The first message of a shop's report may lie at most this many messages before the last one.
LONGEST_RANGE = 200
# The rule that each topic of a report suspects; the reviewer may choose another.
REPORTED_RULE = {
    "report-paid-elsewhere": "diverting_transactions",
    "report-abuse": "harassment",
    "report-fake": "counterfeit_ip",
    "report-scam": "fraud",
    "report-minor": "minor_safety",
}
_SHOP_PAGE = re.compile(r"/shop/([\w-]+)")


def lodge(
    *, decision_id: int, user: User, ground: str, text: str, file_ids: Sequence[str] = (), door: str
) -> Appeal:
    """Lodge an appeal from either door; ``door`` is ``shop_health`` or ``ticket:T-…``."""
    return appeals.lodge(
        decision_id=decision_id, user=user, ground=ground, text=text, file_ids=file_ids, door=door
    )


def start_from_ticket(ticket: Ticket, text: str, file_ids: Sequence[str]) -> None:
    """Do what the category of a fresh ticket stands for; a refusal undoes the ticket as well."""
    if ticket.category.kind == Category.Kind.SELLER_APPEAL:
        _lodge_from_ticket(ticket, text, file_ids)
    elif ticket.category.kind == Category.Kind.SELLER_REPORT:
        _report_customer(ticket, text)
    elif ticket.category.kind == Category.Kind.REPORT:
        _report_violation(ticket, text)


def _lodge_from_ticket(ticket: Ticket, text: str, file_ids: Sequence[str]) -> None:
    if ticket.requester is None or not str(ticket.details.get("decision", "")).isdigit():
        raise Invalid(_("Choose the decision you appeal."), code="decision_missing")
    appeal = lodge(
        decision_id=int(ticket.details["decision"]),
        user=ticket.requester,
        ground=str(ticket.details.get("ground", "")),
        text=text,
        file_ids=file_ids,
        door=f"ticket:{ticket.number}",
    )
    ticket.appeal_number = appeal.reference
    ticket.save(update_fields=["appeal_number"])


def _report_customer(ticket: Ticket, text: str) -> None:
    """Open a case about the customer with the reported part of the chat as evidence."""
    conversation = ticket.conversation
    if conversation is None or ticket.requester is None:
        raise Invalid(_("Choose the chat it is about."), code="chat_missing")
    if not may(ticket.requester, conversation.shop, Capability.READ_MESSAGES):
        raise Invalid(_("Choose a chat of your shop."), code="chat_missing")
    row = reports.report(
        subject=Subject(
            kind="ticket",
            id=ticket.pk,
            shop_id=conversation.shop_id,
            author_id=conversation.customer_id,
            author_kind="customer",
            text=text,
            occurred_at=ticket.created_at,
            conversation_id=conversation.pk,
            context=transcript_of(conversation, ticket.details),
        ),
        reporter=ticket.requester,
        policy_code="harassment",
        text=text,
    )
    ticket.case_reference = row.case.reference
    ticket.save(update_fields=["case_reference"])


def _report_violation(ticket: Ticket, text: str) -> None:
    """Open a case about what a customer or a guest reports; the outcome comes back to the ticket."""
    shop = _reported_shop(ticket)
    named = [str(ticket.details[key]) for key in ("link", "username") if ticket.details.get(key)]
    case = reports.report_by_ticket(
        subject=Subject(
            kind="ticket",
            id=ticket.pk,
            shop_id=shop.pk if shop else None,
            author_id=None,
            author_kind="member" if shop else "system",
            text="\n".join(["Reported: " + (", ".join(named) or ticket.subject), "", text]),
            occurred_at=ticket.created_at,
        ),
        reporter=ticket.requester,
        policy_code=REPORTED_RULE.get(ticket.category.code, "misleading_offer"),
        text=text,
    )
    ticket.case_reference = case.reference
    ticket.save(update_fields=["case_reference"])


def _reported_shop(ticket: Ticket) -> Shop | None:
    """The shop a report is about: by the link, the name as it is shown, or the order; None if none fits."""
    if found := _SHOP_PAGE.search(str(ticket.details.get("link", ""))):
        return Shop.objects.filter(slug=found.group(1)).first()
    name = str(ticket.details.get("username", "")).strip()
    if name and (shop := Shop.objects.filter(name__iexact=name).first()):
        return shop
    return ticket.shop


def transcript_of(conversation: Conversation, details: dict[str, Any]) -> list[dict[str, Any]]:
    """The reported messages, oldest first: ``{"sender", "text", "at" (ISO), "seq"}``."""
    first, last = chat_range(details, conversation.last_seq)
    rows = Message.objects.filter(conversation=conversation, seq__gte=first, seq__lte=last).order_by("seq")
    return [
        {
            "sender": message.author_kind,
            "text": message.body,
            "at": message.created_at.isoformat(),
            "seq": message.seq,
        }
        for message in rows
    ]


def chat_range(details: dict[str, Any], last_seq: int) -> tuple[int, int]:
    """First and last message of ``chat_range`` (``"3-17"``); without one the latest fifty."""
    first, _, last = str(details.get("chat_range", "")).partition("-")
    end = min(int(last), last_seq) if last.strip().isdigit() else last_seq
    start = int(first) if first.strip().isdigit() else max(1, end - 49)
    return max(1, start, end - LONGEST_RANGE + 1), end
