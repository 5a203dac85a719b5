"""What the person who asked is told by e-mail: rows of ``notifications``, for members and guests alike.

Every mail carries the number in its subject and thread headers, so an answer by e-mail finds its ticket.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings

from notifications.services import mail_guest, notify
from tickets.access import guest_key
from tickets.models import Ticket, TicketEvent


def own_path(ticket: Ticket) -> str:
    """The page of the ticket for the one who asked; for a guest with the signed key."""
    if ticket.side == Ticket.Side.SELLER and ticket.shop:
        return f"/seller/{ticket.shop.slug}/tickets/{ticket.number}/"
    path = f"/help/tickets/{ticket.number}/"
    return path if ticket.requester_id else f"{path}?k={guest_key(ticket)}"


def tell_requester(
    ticket: Ticket,
    kind: str,
    event: TicketEvent,
    context: dict[str, Any] | None = None,
    mail_delay: timedelta = timedelta(0),
) -> None:
    """Write the notice about one event; the same event is told once. The mail leaves ``mail_delay`` later."""
    words = {
        "number": ticket.number,
        "subject": ticket.subject,
        "name": ticket.requester_name,
        "body": event.body,
        "digest": ticket.digest,
        "promised_at": ticket.sla.get("promised_at"),
        "created_at": ticket.created_at.isoformat(),
        "team": ticket.team.name if ticket.team else "",
        "left_out": [file["name"] for file in event.data.get("left_out", [])],
    } | (context or {})
    common: dict[str, Any] = {
        "kind": kind,
        "subject_key": f"ticket:{ticket.pk}",
        "dedupe": str(event.no),
        "context": words,
        "url": own_path(ticket),
        "headers": thread_headers(ticket, event.no),
        "mail_delay": mail_delay,
    }
    if ticket.requester_id:
        notify(user_ids=[ticket.requester_id], **common)
    elif ticket.guest_email:
        mail_guest(address=ticket.guest_email, language=ticket.language, time_zone=ticket.time_zone, **common)


def thread_headers(ticket: Ticket, event_no: int) -> dict[str, str]:
    """Headers that keep the mails of one ticket together and bring the answers back to it."""
    local, _, domain = settings.SUPPORT_EMAIL.rpartition("@")
    first = f"<ticket.{ticket.number}.1@{domain}>"
    headers = {
        "Message-ID": f"<ticket.{ticket.number}.{event_no}@{domain}>",
        "Reply-To": f"{local}+{ticket.number}@{domain}",
        # RFC 3834: tells other programs not to answer, which is what stops loops at their start.
        "Auto-Submitted": "auto-generated",
        "X-Parley-Ticket": ticket.number,
    }
    if event_no > 1:
        headers |= {"In-Reply-To": first, "References": first}
    return headers
