"""The history of a ticket as its readers see it."""

from tickets.models import Ticket, TicketEvent

_QUIET = {TicketEvent.Kind.ROUTED, TicketEvent.Kind.TAGGED, TicketEvent.Kind.RATED}


def public_thread(ticket: Ticket) -> list[TicketEvent]:
    """What the person who asked sees, oldest first; texts hidden by compliance lose their words."""
    events = list(
        ticket.events.filter(is_public=True).exclude(kind__in=_QUIET).select_related("author", "hidden")
    )
    for event in events:
        if hasattr(event, "hidden") and event.author_kind != TicketEvent.Author.REQUESTER:
            event.body = ""
    return events


def desk_thread(ticket: Ticket) -> list[TicketEvent]:
    """Everything, notes included, oldest first; what merged tickets brought stands under their own number."""
    return list(ticket.events.select_related("author", "hidden"))
