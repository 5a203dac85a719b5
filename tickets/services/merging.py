"""Tickets about the same thing become one; one about two things becomes two. Nothing is lost."""

from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Conflict, Forbidden
from tickets.models import Category, Ticket, TicketEvent
from tickets.services import mail, slas
from tickets.services.events import Author, Kind, append, lock
from tickets.services.submit import Submission, submit_ticket


@transaction.atomic
def merge(*, source: Ticket, target: Ticket, agent: User) -> Ticket:
    """``source`` goes on as ``target``: closed, kept, and its number leads to the other.

    Only tickets of the same person, or of the same shop, can become one.
    """
    first, second = sorted([source.pk, target.pk])
    locked = {pk: lock(Ticket(pk=pk)) for pk in (first, second)}
    source, target = locked[source.pk], locked[target.pk]
    if source.pk == target.pk or target.merged_into_id or source.merged_into_id:
        raise Conflict(_("These tickets are one already."), code="ticket_merged")
    if not _same_person(source, target):
        raise Forbidden(_("Only tickets of the same person can be merged."), code="other_requester")
    now = timezone.now()
    slas.resume(source, now)
    slas.stop_answer_clock(source)
    source.merged_into = target
    source.state, source.closed_at, source.solve_due_at = Ticket.State.CLOSED, now, None
    source.save(update_fields=["merged_into", "state", "closed_at", *slas.CLOCK_FIELDS])
    append(source, Kind.MERGED, author_kind=Author.AGENT, author=agent, data={"into": target.number}, at=now)
    event = append(
        target,
        Kind.MERGED,
        author_kind=Author.AGENT,
        author=agent,
        body=source.subject,
        data={"from": source.number},
        at=now,
    )
    # Whoever waited longer keeps their place for both.
    if source.queued_at < target.queued_at:
        target.queued_at = source.queued_at
        target.save(update_fields=["queued_at"])
    mail.tell_requester(target, "ticket_merged", event, {"merged": source.number})
    return target


def _same_person(one: Ticket, other: Ticket) -> bool:
    if one.shop_id and one.side == other.side == Ticket.Side.SELLER:
        return one.shop_id == other.shop_id
    if one.requester_id or other.requester_id:
        return one.requester_id == other.requester_id
    return one.guest_email == other.guest_email


@transaction.atomic
def split(*, ticket: Ticket, event: TicketEvent, agent: User, subject: str, category: Category) -> Ticket:
    """A second matter in one ticket gets a ticket of its own, with the words that raised it."""
    if event.ticket_id != ticket.pk or event.author_kind != Author.REQUESTER or not event.body:
        raise Conflict(_("Only something the person wrote can become a ticket."), code="split_source")
    made = submit_ticket(
        Submission(
            submit_ref=uuid4(),
            category=category,
            subject=subject.strip() or ticket.subject,
            description=event.body,
            user=ticket.requester,
            guest_email=ticket.guest_email,
            guest_name=ticket.guest_name,
            shop=ticket.shop,
            side=ticket.side,
            channel=ticket.channel,
            language=ticket.language,
            time_zone=ticket.time_zone,
            order=ticket.order,
            conversation=ticket.conversation,
            follows=ticket,
        )
    ).ticket
    for guest_pass in ticket.guest_passes.all():
        made.guest_passes.create(guest_hash=guest_pass.guest_hash)
    append(
        lock(ticket),
        Kind.SPLIT,
        author_kind=Author.AGENT,
        author=agent,
        data={"to": made.number, "event": event.no},
    )
    return made
