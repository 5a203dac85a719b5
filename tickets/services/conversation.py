"""The talk on a ticket: information added, answers, questions back, notes, solved, opened again, rated."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Conflict, Invalid, RateLimited
from files.models import Upload
from files.services import attach
from tickets.models import Rating, Ticket, TicketEvent
from tickets.services import automation, mail, screening, slas
from tickets.services.events import Author, Kind, append, lock, sent_before

State = Ticket.State

REOPEN_WINDOW = timedelta(days=14)
NUDGE_EVERY = timedelta(hours=24)
BODY_LIMIT = 10_000

_WAITING = {State.WAITING_CUSTOMER, State.WAITING_SELLER, State.ON_HOLD}


def reopens_until(ticket: Ticket) -> datetime | None:
    """Until when the person who asked may open a solved ticket again."""
    return ticket.solved_at + REOPEN_WINDOW if ticket.state == State.SOLVED and ticket.solved_at else None


def _check_body(body: str, uploads: Sequence[Upload] = ()) -> str:
    body = body.strip()
    if not body and not uploads:
        raise Invalid(_("Write something first."), code="body_empty")
    if len(body) > BODY_LIMIT:
        raise Invalid(
            _("That is too long: %(most)s characters at most.") % {"most": f"{BODY_LIMIT:,}"},
            code="body_too_long",
        )
    return body


def _refuse_merged(ticket: Ticket) -> None:
    if ticket.merged_into:
        raise Conflict(
            _("This ticket goes on as %(number)s.") % {"number": ticket.merged_into.number},
            code="ticket_merged",
            number=ticket.merged_into.number,
        )


@transaction.atomic
def add_information(
    *,
    ticket: Ticket,
    author: User | None,
    body: str,
    uploads: Sequence[Upload] = (),
    client_ref: UUID | None = None,
    via: str = "web",
    left_out: Sequence[dict[str, str]] = (),
) -> TicketEvent:
    """The person who asked adds to the ticket. The clock goes on; a solved ticket opens again for 14 days.

    ``left_out``: attachments of a mail that could not be kept, as ``{"name", "why"}``.

    Raises ``Conflict`` (``ticket_closed``) when it is closed for good: a new ticket can follow it.
    """
    body = _check_body(body, uploads)
    ticket = lock(ticket)
    if done := sent_before(ticket, client_ref):
        return done
    _refuse_merged(ticket)
    now = timezone.now()
    if ticket.state == State.CLOSED or (
        ticket.state == State.SOLVED and now > (reopens_until(ticket) or now)
    ):
        raise Conflict(
            _("This ticket is closed. Send a new one that follows it; the number is kept."),
            code="ticket_closed",
        )
    event = append(
        ticket,
        Kind.ADDED,
        author_kind=Author.REQUESTER,
        author=author,
        body=body,
        data={"files": [upload.sha256 for upload in uploads]}
        | ({"left_out": list(left_out)} if left_out else {}),
        via=via,
        client_ref=client_ref,
        at=now,
    )
    for upload in uploads:
        attach(upload=upload, subject_kind="ticket_event", subject_id=event.pk)
    screening.scan_event(ticket, event)
    if ticket.state == State.SOLVED:
        _reopen(ticket, author, now)
    elif ticket.state in _WAITING:
        slas.resume(ticket, now)
        ticket.state = State.OPEN
    if ticket.first_answered_at and ticket.answer_due_at is None:
        slas.restart_answer_clock(ticket, now)
    ticket.save(update_fields=["state", *slas.CLOCK_FIELDS])
    automation.run_rules(ticket, trigger="added")
    return event


def _reopen(ticket: Ticket, author: User | None, now: datetime) -> None:
    ticket.state = State.OPEN
    ticket.reopened_count += 1
    ticket.solved_at = None
    ticket.solved_by = ""
    ticket.breached_at = None
    ticket.save(update_fields=["state", "reopened_count", "solved_at", "solved_by", "breached_at"])
    append(ticket, Kind.REOPENED, author_kind=Author.REQUESTER, author=author, at=now)
    slas.restart_answer_clock(ticket, now)


@transaction.atomic
def reply(
    *,
    ticket: Ticket,
    agent: User,
    body: str,
    then: str = State.OPEN,
    uploads: Sequence[Upload] = (),
    seen_event_no: int | None = None,
    client_ref: UUID | None = None,
) -> TicketEvent:
    """A person of the support desk answers; ``then`` is open, waiting_customer or solved.

    ``seen_event_no`` is the last event the agent's page showed: ``Conflict`` (``ticket_moved_on``) when
    somebody wrote in between, so two people never answer past each other.
    """
    body = _check_body(body, uploads)
    ticket = lock(ticket)
    if done := sent_before(ticket, client_ref):
        return done
    _refuse_merged(ticket)
    refuse_moved_on(ticket, agent, seen_event_no)
    if ticket.state == State.CLOSED:
        raise Conflict(_("This ticket is closed."), code="ticket_closed")
    now = timezone.now()
    kind = Kind.ASKED if then == State.WAITING_CUSTOMER else Kind.REPLIED
    event = append(
        ticket,
        kind,
        author_kind=Author.AGENT,
        author=agent,
        body=body,
        data={"files": [upload.sha256 for upload in uploads]},
        client_ref=client_ref,
        at=now,
    )
    for upload in uploads:
        attach(upload=upload, subject_kind="ticket_event", subject_id=event.pk)
    screening.scan_event(ticket, event)
    if ticket.first_answered_at is None:
        ticket.first_answered_at = now
        ticket.first_answer_working_s = slas.worked_for(ticket, now)
    ticket.assignee = ticket.assignee or agent
    slas.stop_answer_clock(ticket)
    _move(ticket, then, now)
    ticket.save(
        update_fields=[
            "first_answered_at",
            "first_answer_working_s",
            "assignee",
            "state",
            *slas.CLOCK_FIELDS,
        ]
    )
    if then == State.SOLVED:
        _solve(ticket, agent, Author.AGENT, now)
    mail.tell_requester(
        ticket,
        "ticket_asked" if kind == Kind.ASKED else "ticket_answered",
        event,
        {"solved": then == State.SOLVED},
    )
    return event


def refuse_moved_on(ticket: Ticket, agent: User, seen: int | None) -> None:
    """``Conflict`` (``ticket_moved_on``) when somebody else wrote after the last event the agent saw."""
    if seen is None or ticket.last_event_no <= seen:
        return
    newer = ticket.events.filter(no__gt=seen, kind__in=[Kind.ADDED, Kind.REPLIED, Kind.ASKED, Kind.SUBMITTED])
    if newer.exclude(author=agent).exists():
        raise Conflict(
            _("Somebody wrote on this ticket while you were answering. Read it, then send again."),
            code="ticket_moved_on",
        )


def _move(ticket: Ticket, state: str, now: datetime) -> None:
    """Change the state and let the clocks follow."""
    if state in _WAITING:
        slas.pause(ticket, state, now)
    else:
        slas.resume(ticket, now)
    ticket.state = state


@transaction.atomic
def add_note(*, ticket: Ticket, agent: User, body: str) -> TicketEvent:
    """Write for colleagues only."""
    body = _check_body(body)
    ticket = lock(ticket)
    return append(ticket, Kind.NOTED, author_kind=Author.AGENT, author=agent, body=body, is_public=False)


@transaction.atomic
def hold(*, ticket: Ticket, agent: User, reason: str, waiting_for: str = State.ON_HOLD) -> TicketEvent:
    """Stop the clock: on hold, or waiting for the shop. The person who asked sees the reason."""
    reason = _check_body(reason)
    if waiting_for not in {State.ON_HOLD, State.WAITING_SELLER}:
        raise Invalid(_("A ticket waits for the shop or is on hold."), code="state")
    ticket = lock(ticket)
    _refuse_merged(ticket)
    if not ticket.is_open:
        raise Conflict(_("A solved ticket can't be put on hold."), code="ticket_closed")
    now = timezone.now()
    _move(ticket, waiting_for, now)
    ticket.save(update_fields=["state", *slas.CLOCK_FIELDS])
    return append(
        ticket,
        Kind.HELD,
        author_kind=Author.AGENT,
        author=agent,
        body=reason,
        data={"waiting_for": waiting_for},
        at=now,
    )


@transaction.atomic
def resume(*, ticket: Ticket, agent: User) -> None:
    ticket = lock(ticket)
    if ticket.state not in _WAITING:
        return
    now = timezone.now()
    _move(ticket, State.OPEN, now)
    ticket.save(update_fields=["state", *slas.CLOCK_FIELDS])
    append(ticket, Kind.RESUMED, author_kind=Author.AGENT, author=agent, at=now)


@transaction.atomic
def solve(*, ticket: Ticket, by: User | None, by_requester: bool = False) -> None:
    """Mark as solved: by the desk without words, or by the person who asked."""
    ticket = lock(ticket)
    _refuse_merged(ticket)
    if not ticket.is_open:
        return
    now = timezone.now()
    slas.resume(ticket, now)
    slas.stop_answer_clock(ticket)
    ticket.state = State.SOLVED
    ticket.save(update_fields=["state", *slas.CLOCK_FIELDS])
    _solve(ticket, by, Author.REQUESTER if by_requester else Author.AGENT, now)


def _solve(ticket: Ticket, by: User | None, author_kind: str, now: datetime) -> None:
    ticket.solved_at = now
    ticket.solved_by = author_kind
    ticket.solve_due_at = None
    ticket.solve_working_s = slas.worked_for(ticket, now)
    ticket.save(update_fields=["solved_at", "solved_by", "solve_due_at", "solve_working_s"])
    event = append(ticket, Kind.SOLVED, author_kind=author_kind, author=by, at=now)
    if author_kind != Author.REQUESTER:
        until = (now + REOPEN_WINDOW).isoformat()
        mail.tell_requester(ticket, "ticket_solved", event, {"reopens_until": until})


@transaction.atomic
def reopen(*, ticket: Ticket, author: User | None, body: str, client_ref: UUID | None = None) -> TicketEvent:
    """The person who asked says it is not solved. The same as adding information to a solved ticket."""
    return add_information(ticket=ticket, author=author, body=body, client_ref=client_ref)


@transaction.atomic
def nudge(*, ticket: Ticket, author: User | None) -> TicketEvent:
    """Ask how far it is, once a day and only after the promised time: the desk sees it on top."""
    ticket = lock(ticket)
    now = timezone.now()
    if not ticket.is_open or ticket.is_paused or ticket.answer_due_at is None or ticket.answer_due_at > now:
        raise Conflict(_("The promised time is not over yet."), code="nudge_early")
    last = ticket.events.filter(kind=Kind.NUDGED).order_by("-no").first()
    if last and last.created_at > now - NUDGE_EVERY:
        raise RateLimited(_("You asked today already. The team has seen it."), code="nudge_often")
    event = append(ticket, Kind.NUDGED, author_kind=Author.REQUESTER, author=author, at=now)
    ticket.escalated_at = None
    ticket.save(update_fields=["escalated_at"])
    slas.escalate(ticket_id=ticket.pk, reason="asked_after_promise", now=now)
    return event


@transaction.atomic
def rate(
    *, ticket: Ticket, score: int, reason: str = "", comment: str = "", author: User | None = None
) -> Rating:
    """Satisfaction with a solved ticket; rating again replaces the rating and is remembered as an event."""
    if not 1 <= score <= 5:
        raise Invalid(_("Choose one to five."), code="score")
    ticket = lock(ticket)
    if ticket.is_open:
        raise Conflict(_("You can rate this when it is solved."), code="not_solved")
    rating, _fresh = Rating.objects.update_or_create(
        ticket=ticket, defaults={"score": score, "reason": reason[:20], "comment": comment[:1000]}
    )
    append(
        ticket,
        Kind.RATED,
        author_kind=Author.REQUESTER,
        author=author,
        body=comment[:1000],
        data={"score": score, "reason": reason[:20]},
    )
    return rating


@transaction.atomic
def close_old(*, now: datetime | None = None, limit: int = 200) -> int:
    """Close solved tickets whose 14 days are over. Returns how many. Safe beside itself."""
    now = now or timezone.now()
    old = (
        Ticket.objects.select_for_update(skip_locked=True)
        .filter(state=State.SOLVED, solved_at__lt=now - REOPEN_WINDOW)
        .order_by("pk")[:limit]
    )
    count = 0
    for ticket in old:
        ticket.state, ticket.closed_at = State.CLOSED, now
        ticket.save(update_fields=["state", "closed_at"])
        append(ticket, Kind.CLOSED, author_kind=Author.SYSTEM, at=now)
        count += 1
    return count
