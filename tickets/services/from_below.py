"""Reactions to what compliance and chat announce: hidden texts, decided appeals, chat messages."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from tickets.models import HiddenEvent, Ticket, TicketEvent
from tickets.services import slas
from tickets.services.events import Author, Kind, append, lock

_DECIDED = {"upheld", "rejected", "lapsed", "withdrawn"}


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
        slas.resume(ticket, now)
        slas.stop_answer_clock(ticket)
        ticket.first_answered_at = ticket.first_answered_at or now
        ticket.state, ticket.solved_at, ticket.solved_by = Ticket.State.SOLVED, now, Author.SYSTEM
        ticket.solve_due_at = None
        ticket.save(
            update_fields=[
                "first_answered_at",
                "state",
                "solved_at",
                "solved_by",
                *slas.CLOCK_FIELDS,
            ]
        )
        append(ticket, Kind.SOLVED, author_kind=Author.SYSTEM, data=data, at=now)
