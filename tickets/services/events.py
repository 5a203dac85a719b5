"""Appending to a ticket's history. Every other service of tickets writes through here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import User
from core.realtime import publish_on_commit, staff_group
from tickets.models import Ticket, TicketEvent

Kind, Author = TicketEvent.Kind, TicketEvent.Author
DESK = "support"  # The group that every open page of the support desk hears.


def lock(ticket: Ticket) -> Ticket:
    """The ticket with its row locked: events get gapless numbers and states change one at a time."""
    return Ticket.objects.select_for_update(of=("self",)).select_related("category", "team").get(pk=ticket.pk)


def append(
    ticket: Ticket,
    kind: str,
    *,
    author_kind: str,
    author: User | None = None,
    body: str = "",
    is_public: bool = True,
    data: dict[str, Any] | None = None,
    via: str = "",
    client_ref: UUID | None = None,
    at: datetime | None = None,
) -> TicketEvent:
    """Write the next event of a locked ticket and make its words searchable."""
    at = at or timezone.now()
    ticket.last_event_no += 1
    ticket.changed_at = at
    event = TicketEvent.objects.create(
        ticket=ticket,
        no=ticket.last_event_no,
        kind=kind,
        author_kind=author_kind,
        author=author,
        body=body,
        is_public=is_public,
        data=data or {},
        via=via,
        client_ref=client_ref,
        created_at=at,
    )
    ticket.save(update_fields=["last_event_no", "changed_at"])
    if body:
        index_words(ticket, body)
    _tell_desk(ticket, event)
    return event


def _tell_desk(ticket: Ticket, event: TicketEvent) -> None:
    """Open pages of the desk hear that this ticket moved; what happened they read themselves."""
    data = {
        "number": ticket.number,
        "no": event.no,
        "kind": event.kind,
        "by": event.author_id if event.author_kind == Author.AGENT else None,
    }
    publish_on_commit([staff_group(DESK)], "ticket.changed", data)


def index_words(ticket: Ticket, *texts: str) -> None:
    """Add words to what the ticket is found by; ``simple``, because tickets come in every language."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_ticket SET search = coalesce(search, ''::tsvector) || to_tsvector('simple', %s) "
            "WHERE id = %s",
            [" ".join(texts)[:20_000], ticket.pk],
        )


def sent_before(ticket: Ticket, client_ref: UUID | None) -> TicketEvent | None:
    """The event that this form or mail has already made, if it was sent before."""
    return ticket.events.filter(client_ref=client_ref).first() if client_ref else None
