"""Reactions to what compliance and chat announce: hidden texts, decided appeals, chat messages."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from notifications.services import withdraw
from tickets.models import Category, HiddenEvent, Ticket, TicketEvent
from tickets.services import mail, slas
from tickets.services.events import Author, Kind, append, lock

_DECIDED = {"upheld", "rejected", "lapsed", "withdrawn"}
# A reviewer may take a decision back within ten seconds; the reporter's mail waits for that.
UNDO_TIME = timedelta(seconds=15)
DECIDED_MAIL = "ticket_decided"
_REPORTS = (Category.Kind.REPORT, Category.Kind.SELLER_REPORT)


def hide_event(*, event_id: int) -> None:
    """Show this text to the desk only. Safe to repeat."""
    if TicketEvent.objects.filter(pk=event_id).exists():
        HiddenEvent.objects.get_or_create(event_id=event_id)


def restore_event(*, event_id: int) -> None:
    HiddenEvent.objects.filter(event_id=event_id).delete()


@transaction.atomic
def follow_appeal(*, reference: str, status: str) -> None:
    """A ticket that lodged an appeal follows it, and is solved when the appeal is decided."""
    ticket = Ticket.objects.filter(appeal_number=reference).first()
    if ticket is None:
        return
    ticket = lock(ticket)
    if ticket.events.filter(kind=Kind.LINKED, data__appeal=reference, data__status=status).exists():
        return
    now = timezone.now()
    data: dict[str, Any] = {"appeal": reference, "status": status}
    append(ticket, Kind.LINKED, author_kind=Author.SYSTEM, data=data, at=now)
    if status in _DECIDED and ticket.is_open:
        _solve(ticket, data, now)


def _solve(ticket: Ticket, data: dict[str, Any], now: datetime) -> TicketEvent:
    """Compliance has answered: nothing more is due here."""
    slas.resume(ticket, now)
    slas.stop_answer_clock(ticket)
    if ticket.first_answered_at is None:
        ticket.first_answered_at = now
        ticket.first_answer_working_s = slas.worked_for(ticket, now)
    ticket.state, ticket.solved_at, ticket.solved_by = Ticket.State.SOLVED, now, Author.SYSTEM
    ticket.solve_due_at, ticket.solve_working_s = None, slas.worked_for(ticket, now)
    ticket.save(
        update_fields=[
            "first_answered_at",
            "first_answer_working_s",
            "state",
            "solved_at",
            "solved_by",
            "solve_working_s",
            *slas.CLOCK_FIELDS,
        ]
    )
    return append(ticket, Kind.SOLVED, author_kind=Author.SYSTEM, data=data, at=now)


@transaction.atomic
def follow_case(*, ticket_id: int, outcome: str) -> None:
    """The report that this ticket made is decided, or decided anew: the reporter hears it here."""
    found = Ticket.objects.filter(pk=ticket_id, category__kind__in=_REPORTS).first()
    if found is None:
        return
    ticket, now = lock(found), timezone.now()
    data: dict[str, Any] = {"case": ticket.case_reference, "outcome": outcome}
    if outcome == "reopened":
        withdraw(subject_key=f"ticket:{ticket.pk}", kind=DECIDED_MAIL)
        append(ticket, Kind.LINKED, author_kind=Author.SYSTEM, is_public=False, data=data, at=now)
        _wait_again(ticket, now)
        return
    if ticket.is_open:
        event = _solve(ticket, data, now)
    else:
        event = append(ticket, Kind.LINKED, author_kind=Author.SYSTEM, data=data, at=now)
    if ticket.category.kind == Category.Kind.REPORT:  # Compliance itself tells a shop.
        mail.tell_requester(ticket, DECIDED_MAIL, event, {"outcome": outcome}, mail_delay=UNDO_TIME)


def _wait_again(ticket: Ticket, now: datetime) -> None:
    """The decision was taken back: the ticket is open as if it had not been answered."""
    if ticket.is_open:
        return
    ticket.state, ticket.solved_at, ticket.solved_by = Ticket.State.OPEN, None, ""
    ticket.save(update_fields=["state", "solved_at", "solved_by"])
    slas.restart_answer_clock(ticket, now)
    ticket.save(update_fields=slas.CLOCK_FIELDS)
