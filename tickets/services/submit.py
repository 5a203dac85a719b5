"""Taking a ticket in: once per form, with a number, a digest and a promise."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models import Conversation
from core import reference_numbers
from core.errors import Conflict, Invalid, RateLimited
from files.access import guest_hash
from files.models import Upload
from files.services import attach
from shops.models import Order, Shop
from tickets.models import Category, GuestPass, Ticket, TicketEvent
from tickets.services import appeals, assignment, automation, mail, screening, slas
from tickets.services.events import Author, Kind, append, index_words

# How what the person says about the effect moves the priority (domain: priority by impact).
IMPACT_PRIORITY = {
    "blocked": "high",
    "money": "high",
    "danger": "urgent",
    "hindered": "normal",
    "question": "low",
}
_ORDER = [priority.value for priority in Ticket.Priority]
# A guest's browser or address may open this many tickets a day.
GUEST_PER_DAY = 10
MEMBER_PER_DAY = 50


@dataclass(frozen=True, kw_only=True)
class Submission:
    """Everything a ticket is made of. ``submit_ref`` is made by the form: the same one is stored once."""

    submit_ref: UUID
    category: Category
    subject: str
    description: str
    user: User | None = None
    guest_email: str = ""
    guest_name: str = ""
    guest: str = ""
    shop: Shop | None = None
    side: str = Ticket.Side.CUSTOMER
    channel: str = Ticket.Channel.WEB
    language: str = "en"
    time_zone: str = "UTC"
    impact: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    device: dict[str, str] = field(default_factory=dict)
    order: Order | None = None
    conversation: Conversation | None = None
    follows: Ticket | None = None
    uploads: Sequence[Upload] = ()
    # Attachments of a mail that could not be kept: {"name", "why"}.
    left_out: Sequence[dict[str, str]] = ()
    handled_by: str = Ticket.HandledBy.PLATFORM


@dataclass(frozen=True)
class Submitted:
    ticket: Ticket
    duplicate: bool


def submit_ticket(submission: Submission) -> Submitted:
    """Store the ticket and everything that follows from it; sending again gives the ticket already stored.

    Raises ``Invalid`` for a feedback category or a missing requester, ``RateLimited`` over the daily limit,
    ``Conflict`` when the reference was used by somebody else.
    """
    if done := _sent_before(submission):
        return Submitted(done, True)
    _check(submission)
    try:
        with transaction.atomic():
            return Submitted(_store(submission, timezone.now()), False)
    except IntegrityError:
        # Two clicks at once: the other one has stored it.
        if done := _sent_before(submission):
            return Submitted(done, True)
        raise


def _sent_before(submission: Submission) -> Ticket | None:
    ticket = Ticket.objects.filter(submit_ref=submission.submit_ref).select_related("team").first()
    if ticket is None:
        return None
    same = (
        ticket.requester_id == submission.user.pk
        if submission.user
        else ticket.guest_email == submission.guest_email.lower()
    )
    if not same:
        raise Conflict(_("This form was already used."), code="submit_ref_reused")
    return ticket


def _check(submission: Submission) -> None:
    if submission.category.kind == Category.Kind.FEEDBACK:
        raise Invalid(_("Feedback is not a ticket. Use the feedback box."), code="feedback_category")
    if submission.user is None and not submission.guest_email:
        raise Invalid(_("We need an e-mail address to answer to."), code="no_requester")
    mine = Ticket.objects.filter(created_at__gt=timezone.now() - timedelta(days=1))
    if submission.user:
        over = mine.filter(requester=submission.user).count() >= MEMBER_PER_DAY
    else:
        over = mine.filter(guest_email=submission.guest_email.lower()).count() >= GUEST_PER_DAY
    if over:
        raise RateLimited(
            _("That is a lot of tickets in one day. Add to one of them instead, or try again tomorrow."),
            code="tickets_too_many",
        )


def _store(submission: Submission, now: datetime) -> Ticket:
    user = submission.user
    ticket = Ticket(
        number=_free_number(),
        submit_ref=submission.submit_ref,
        side=submission.side if user else Ticket.Side.GUEST,
        channel=submission.channel,
        requester=user,
        guest_email=submission.guest_email.lower() if user is None else "",
        guest_name=submission.guest_name if user is None else "",
        shop=submission.shop,
        language=submission.language,
        time_zone=submission.time_zone,
        category=submission.category,
        subject=submission.subject[:150],
        details=submission.details,
        device=submission.device,
        impact=submission.impact,
        digest=digest_of(submission),
        order=submission.order,
        conversation=submission.conversation,
        follows=submission.follows,
        priority=_priority(submission),
        handled_by=submission.handled_by,
        queued_at=now,
        created_at=now,
        changed_at=now,
    )
    assignment.route_new(ticket)
    slas.start_clock(ticket, now)
    ticket.save()
    index_words(ticket, ticket.number, ticket.subject, ticket.requester_name, *_words(submission.details))
    event = append(
        ticket,
        Kind.SUBMITTED,
        author_kind=Author.REQUESTER,
        author=user,
        body=submission.description,
        data={
            "files": [upload.sha256 for upload in submission.uploads],
            "category": submission.category.code,
            "impact": submission.impact,
        }
        | ({"left_out": list(submission.left_out)} if submission.left_out else {}),
        via=submission.channel,
        at=now,
    )
    if ticket.category.kind == Category.Kind.SELLER_APPEAL:
        # The evidence belongs to the appeal: whoever decides it must be able to open the files.
        appeals.start_from_ticket(
            ticket, submission.description, [str(upload.public_id) for upload in submission.uploads]
        )
    else:
        for upload in submission.uploads:
            attach(upload=upload, subject_kind="ticket_event", subject_id=event.pk)
        appeals.start_from_ticket(ticket, submission.description, [])
    if submission.guest:
        GuestPass.objects.create(ticket=ticket, guest_hash=guest_hash(submission.guest))
    if submission.follows:
        append(
            ticket,
            Kind.LINKED,
            author_kind=Author.SYSTEM,
            data={"to": submission.follows.number, "why": "follows"},
            at=now,
        )
    screening.scan_event(ticket, event)
    mail.tell_requester(ticket, "ticket_received", event)
    automation.run_rules(ticket, trigger="created")
    return ticket


def _free_number() -> str:
    while True:
        number = reference_numbers.generate("T")
        if not Ticket.objects.filter(number=number).exists():
            return number


def _priority(submission: Submission) -> str:
    said = IMPACT_PRIORITY.get(submission.impact, submission.category.priority)
    if submission.impact == "question":
        return said if submission.category.priority == "normal" else submission.category.priority
    return max(said, submission.category.priority, key=_ORDER.index)


def _words(details: dict[str, Any]) -> list[str]:
    return [value for value in details.values() if isinstance(value, str)]


def digest_of(submission: Submission) -> str:
    """SHA-256 over what was sent, word for word, files by their own SHA-256. Anybody can compute it again."""
    return digest(
        category=submission.category.code,
        subject=submission.subject[:150],
        description=submission.description,
        details=submission.details,
        device=submission.device,
        impact=submission.impact,
        files=[upload.sha256 for upload in submission.uploads],
    )


def digest(**parts: Any) -> str:
    plain = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def still_matches(ticket: Ticket) -> bool:
    """Whether what is stored is what was sent: the receipt's fingerprint computed anew."""
    first = ticket.events.get(no=1)
    return ticket.digest == digest(
        # As it was sent: the desk may have corrected the topic since.
        category=first.data.get("category", ticket.category.code),
        subject=ticket.subject,
        description=first.body,
        details=ticket.details,
        device=ticket.device,
        impact=first.data.get("impact", ticket.impact),
        files=first.data.get("files", []),
    )


def first_event(ticket: Ticket) -> TicketEvent:
    return ticket.events.get(no=1)
