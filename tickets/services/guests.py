"""Guests: the signed link that lets a browser in, and sending it again."""

from django.db import transaction
from django.utils import timezone

from core.errors import NotFound
from files.access import guest_hash
from notifications.services import mail_guest
from tickets.access import parse_number
from tickets.models import GuestPass, Ticket
from tickets.services import mail


@transaction.atomic
def let_in(*, ticket: Ticket, guest: str) -> None:
    """Remember that this browser came by the signed link."""
    GuestPass.objects.update_or_create(
        ticket=ticket, guest_hash=guest_hash(guest), defaults={"link_version": ticket.guest_link_version}
    )


@transaction.atomic
def send_link_again(*, number: str, email: str) -> None:
    """Mail the link to the address of the ticket. Says nothing about whether there is such a ticket."""
    try:
        wanted = parse_number(number)
    except NotFound:
        return
    ticket = Ticket.objects.filter(number=wanted, requester=None, guest_email=email.lower()).first()
    if ticket is None:
        return
    mail_guest(
        address=ticket.guest_email,
        kind="ticket_link",
        subject_key=f"ticket:{ticket.pk}",
        # At most one an hour, so the form cannot be used to fill somebody's mailbox.
        dedupe=timezone.now().strftime("%Y-%m-%dT%H"),
        context={"number": ticket.number, "subject": ticket.subject, "name": ticket.guest_name},
        url=mail.own_path(ticket),
        language=ticket.language,
        time_zone=ticket.time_zone,
        headers=mail.thread_headers(ticket, 0) | {"Message-ID": _fresh_id(ticket)},
    )


@transaction.atomic
def cancel_links(*, ticket: Ticket) -> None:
    """Make every link and pass handed out so far useless, for example after it was forwarded by mistake."""
    ticket.guest_link_version += 1
    ticket.save(update_fields=["guest_link_version"])
    ticket.guest_passes.all().delete()


def _fresh_id(ticket: Ticket) -> str:
    domain = mail.thread_headers(ticket, 1)["Message-ID"].rpartition("@")[2]
    return f"<ticket.{ticket.number}.link{timezone.now():%Y%m%d%H}@{domain}"
