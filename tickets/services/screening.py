"""Ticket texts are scanned, both ways: what customers, guests and shops write, and what the desk answers.

A ticket is never refused or hidden from the desk for what the scan finds: people report violations by quoting
them. Findings of abuse towards staff open a case; quotes in reports are kept as findings without one.
"""

from dataclasses import dataclass

from compliance.services.findings import Subject, record_findings
from compliance.services.screening import Screening, Sender, screen_text
from tickets.models import Category, Ticket, TicketEvent

# What a customer may be held to (domain, section 4); their own phone number breaks nothing.
CIVILITY = frozenset({"harassment", "sexual_content", "minor_safety"})
_REPORTS = {Category.Kind.REPORT, Category.Kind.SELLER_REPORT, Category.Kind.SELLER_APPEAL}


@dataclass(frozen=True, slots=True)
class Civility:
    """Words that may hurt whoever reads the ticket, shown before it is sent. Sending stays possible."""

    words: list[str]
    explanation: str


def scan_event(ticket: Ticket, event: TicketEvent) -> None:
    """Record what the cheap pass finds in a new text of a ticket."""
    if not event.body:
        return
    screening = _screen(event.body, sender_of(ticket, event))
    if not screening.findings:
        return
    record_findings(
        subject=Subject(
            kind="ticket_event",
            id=event.pk,
            shop_id=ticket.shop_id,
            author_id=event.author_id,
            author_kind=author_kind_of(ticket, event),
            text=event.body,
            occurred_at=event.created_at,
            conversation_id=ticket.conversation_id,
        ),
        screening=screening,
        ruleset=screening.ruleset,
        open_case=not is_report(ticket),
    )


def civility_hint(text: str) -> Civility | None:
    """Something in this text that a person would not like to read; None when it is fine."""
    found = [f for f in _screen(text, "customer").findings if f.policy in CIVILITY]
    if not found:
        return None
    return Civility(sorted({f.matched for f in found if f.matched})[:5], found[0].explanation)


def _screen(text: str, sender: Sender) -> Screening:
    return screen_text(text=text, sender=sender)


def is_report(ticket: Ticket) -> bool:
    """Whether the ticket is about what somebody did, and so quotes it."""
    return ticket.category.kind in _REPORTS


def sender_of(ticket: Ticket, event: TicketEvent) -> Sender:
    """The engine's word for who wrote a ticket entry."""
    if event.author_kind != TicketEvent.Author.REQUESTER:
        return "platform"
    return "seller" if ticket.side == Ticket.Side.SELLER else "customer"


def author_kind_of(ticket: Ticket, event: TicketEvent) -> str:
    if event.author_kind != TicketEvent.Author.REQUESTER:
        return "platform"
    return "member" if ticket.side == Ticket.Side.SELLER else "customer"
