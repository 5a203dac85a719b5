"""The clocks of a ticket: start, pause, go on, escalate before the promise is broken, and say when it was."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import holidays
from django.db import transaction
from django.utils import timezone

from core.business_hours import Calendar
from notifications.services import notify
from tickets import sla
from tickets.models import Category, Pause, SlaPolicy, Ticket
from tickets.services.events import Author, Kind, append, lock

# Escalate when this part of the promised time is left, and never later than this long before the end.
ESCALATE_AT_PART = 0.25
ESCALATE_AT_LEAST = timedelta(minutes=30)

_PRIORITIES = [priority.value for priority in Ticket.Priority]


@lru_cache(maxsize=64)
def _holidays(country: str, years: tuple[int, ...]) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=years)) if country else frozenset()


def calendar_of(data: dict[str, Any], around: datetime) -> Calendar:
    """The calendar of a stored promise; public holidays of this year and the next two."""
    years = tuple(range(around.year - 1, around.year + 3))
    return sla.calendar_from(
        time_zone=data["time_zone"],
        weekly=data["weekly"],
        holidays=_holidays(data["holidays_of"], years),
        exceptions=data["exceptions"],
    )


def promise_for(category: Category, priority: str) -> dict[str, Any]:
    """The promise in force now, as plain data that is copied onto a ticket."""
    policy = SlaPolicy.objects.select_related("calendar").filter(code=category.sla_code, is_current=True)
    row = policy.first() or SlaPolicy.objects.select_related("calendar").get(code="standard", is_current=True)
    calendar = row.calendar
    return {
        "policy": row.code,
        "version": row.version,
        "first_answer": row.first_answer[priority],
        "solution": row.solution[priority],
        "calendar": {
            "name": calendar.name,
            "time_zone": calendar.time_zone,
            "weekly": calendar.weekly,
            "holidays_of": calendar.holidays_of,
            "exceptions": calendar.exceptions,
        },
    }


def promised_at(category: Category, priority: str, at: datetime) -> datetime | None:
    """When a ticket sent at this moment would be answered: shown before it is sent."""
    promise = promise_for(category, priority)
    return sla.due_at(
        calendar=calendar_of(promise["calendar"], at), start=at, minutes=promise["first_answer"]
    )


def start_clock(ticket: Ticket, at: datetime) -> None:
    """Copy the promise onto a ticket that is about to be stored."""
    ticket.sla = promise_for(ticket.category, ticket.priority) | {
        "answer_from": at.isoformat(),
        "solve_from": at.isoformat(),
    }
    _set_due(ticket, [])
    ticket.sla["promised_at"] = ticket.answer_due_at.isoformat() if ticket.answer_due_at else None


def restart_answer_clock(ticket: Ticket, at: datetime) -> None:
    """A new question waits: the next answer has the same promise, from now."""
    ticket.sla = ticket.sla | {"answer_from": at.isoformat()}
    ticket.escalated_at = None
    _set_due(ticket, _spells(ticket))


def stop_answer_clock(ticket: Ticket) -> None:
    """Answered: nothing is due until the person writes again."""
    ticket.sla = {key: value for key, value in ticket.sla.items() if key != "answer_from"}
    ticket.answer_due_at = None


def change_priority(ticket: Ticket, priority: str, at: datetime) -> None:
    """A higher priority brings its shorter promise, from the start; a lower one moves no due time."""
    higher = _PRIORITIES.index(priority) > _PRIORITIES.index(ticket.priority)
    ticket.priority = priority
    if higher:
        new = promise_for(ticket.category, priority)
        ticket.sla = ticket.sla | {
            k: new[k] for k in ("policy", "version", "first_answer", "solution", "calendar")
        }
        _set_due(ticket, _spells(ticket))


def pause(ticket: Ticket, reason: str, at: datetime) -> None:
    if ticket.paused_since:
        return
    Pause.objects.create(ticket=ticket, reason=reason, started_at=at)
    ticket.paused_since = at
    ticket.answer_due_at = ticket.solve_due_at = None


def resume(ticket: Ticket, at: datetime) -> None:
    if not ticket.paused_since:
        return
    ticket.pauses.filter(ended_at=None).update(ended_at=at)
    ticket.paused_since = None
    _set_due(ticket, _spells(ticket))


CLOCK_FIELDS = ["sla", "answer_due_at", "solve_due_at", "paused_since", "escalated_at"]


def _spells(ticket: Ticket) -> list[sla.Spell]:
    return [sla.Spell(row.started_at, row.ended_at) for row in ticket.pauses.order_by("started_at")]


def _set_due(ticket: Ticket, pauses: list[sla.Spell]) -> None:
    if ticket.paused_since:
        return
    for clock, minutes, field in (
        ("answer_from", "first_answer", "answer_due_at"),
        ("solve_from", "solution", "solve_due_at"),
    ):
        start = ticket.sla.get(clock)
        due = None
        if start:
            begin = datetime.fromisoformat(start)
            due = sla.due_at(
                calendar=calendar_of(ticket.sla["calendar"], begin),
                start=begin,
                minutes=ticket.sla[minutes],
                pauses=pauses,
            )
        setattr(ticket, field, due)


def worked_for(ticket: Ticket, until: datetime) -> int:
    """Working seconds from the ticket's arrival on, pauses left out."""
    start = ticket.created_at
    calendar = calendar_of(ticket.sla["calendar"], start)
    return int(sla.working_seconds(calendar=calendar, start=start, end=until, pauses=_spells(ticket)))


def sweep_due(*, now: datetime | None = None, limit: int = 200) -> int:
    """Escalate what is close to its promise and mark what broke it. Safe beside itself. Returns how many."""
    now = now or timezone.now()
    waiting = Ticket.objects.filter(answer_due_at__isnull=False, paused_since=None, merged_into=None).exclude(
        state__in=[Ticket.State.SOLVED, Ticket.State.CLOSED]
    )
    late = waiting.filter(answer_due_at__lte=now, breached_at=None).values_list("pk", flat=True)[:limit]
    soon = waiting.filter(
        answer_due_at__gt=now, answer_due_at__lte=now + timedelta(hours=12), escalated_at=None
    )
    done = sum(_mark_breach(pk, now) for pk in list(late))
    for ticket in list(soon.order_by("answer_due_at")[:limit]):
        if now >= escalates_at(ticket):
            done += escalate(ticket_id=ticket.pk, reason="due_soon", now=now)
    return done


def escalates_at(ticket: Ticket) -> datetime:
    """When a waiting ticket is handed up: when a quarter of its time is left, at least 30 minutes before."""
    assert ticket.answer_due_at is not None
    lead = timedelta(minutes=ticket.sla["first_answer"] * ESCALATE_AT_PART)
    return ticket.answer_due_at - max(ESCALATE_AT_LEAST, min(lead, timedelta(hours=12)))


@transaction.atomic
def escalate(*, ticket_id: int, reason: str, now: datetime, note: str = "") -> bool:
    """Hand a ticket up one tier, once per clock, and tell its team."""
    ticket = lock(Ticket(pk=ticket_id))
    if ticket.escalated_at or not ticket.is_open:
        return False
    ticket.escalated_at = now
    ticket.tier = max(ticket.tier, 2)
    due = ticket.answer_due_at.isoformat() if ticket.answer_due_at else None
    ticket.save(update_fields=["escalated_at", "tier"])
    append(
        ticket,
        Kind.ESCALATED,
        author_kind=Author.AUTOMATION,
        is_public=False,
        body=note,
        data={"reason": reason, "due_at": due, "tier": ticket.tier},
        at=now,
    )
    _tell_team(ticket, "ticket_escalated", due)
    return True


@transaction.atomic
def _mark_breach(ticket_id: int, now: datetime) -> bool:
    ticket = lock(Ticket(pk=ticket_id))
    if ticket.breached_at or ticket.answer_due_at is None or ticket.answer_due_at > now:
        return False
    ticket.breached_at = now
    ticket.save(update_fields=["breached_at"])
    due = ticket.answer_due_at.isoformat()
    append(ticket, Kind.BREACHED, author_kind=Author.SYSTEM, is_public=False, data={"due_at": due}, at=now)
    _tell_team(ticket, "ticket_breached", due)
    return True


def _tell_team(ticket: Ticket, kind: str, due: str | None) -> None:
    members = ticket.team.memberships.values_list("user_id", flat=True) if ticket.team else []
    notify(
        user_ids={*members, *([ticket.assignee_id] if ticket.assignee_id else [])},
        kind=kind,
        subject_key=f"ticket:{ticket.pk}",
        dedupe=due or "",
        context={"number": ticket.number, "subject": ticket.subject, "due_at": due},
        url=f"/support/{ticket.number}/",
    )
