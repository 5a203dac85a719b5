"""The history of a ticket as its readers see it."""

from accounts.models import User
from chat.access import Side, Viewer
from chat.models import Message
from chat.selectors import is_hidden_from, message_text_for
from tickets.models import Ticket, TicketEvent

_QUIET = {TicketEvent.Kind.TAGGED, TicketEvent.Kind.RATED}


def public_thread(ticket: Ticket) -> list[TicketEvent]:
    """What the person who asked sees, oldest first; texts hidden by compliance lose their words."""
    events = list(
        ticket.events.filter(is_public=True).exclude(kind__in=_QUIET).select_related("author", "hidden")
    )
    for event in events:
        if hasattr(event, "hidden") and event.author_kind != TicketEvent.Author.REQUESTER:
            event.body = ""
    _fill_from_chat(events, Viewer(ticket.requester_id or 0, Side.CUSTOMER))
    return events


def shop_thread(ticket: Ticket, member: User) -> list[TicketEvent]:
    """What a member of the shop sees of a ticket that the shop sent or answers."""
    events = list(ticket.events.filter(is_public=True).exclude(kind__in=_QUIET).select_related("author"))
    _fill_from_chat(events, Viewer(member.pk, Side.SHOP))
    return events


def desk_thread(ticket: Ticket) -> list[TicketEvent]:
    """Everything, notes included, oldest first; what merged tickets brought stands under their own number."""
    events = list(ticket.events.select_related("author", "hidden"))
    _fill_from_chat(events, Viewer(0, Side.STAFF, sees_withheld=False))
    return events


def _fill_from_chat(events: list[TicketEvent], viewer: Viewer) -> None:
    """Words that were said in the chat are read from the chat: what is hidden there is hidden here."""
    ids = [event.data["message"] for event in events if event.data.get("message") and not event.body]
    rows = Message.objects.in_bulk(ids) if ids else {}
    for event in events:
        message = rows.get(event.data.get("message", 0))
        if message is not None and not is_hidden_from(viewer, message):
            event.body = message_text_for(message, viewer).body
