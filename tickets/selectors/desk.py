"""What the support desk works from: the queue with its filters, search, prepared answers, saved views."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from accounts.models import User
from core import reference_numbers
from tickets.access import desk_tickets
from tickets.models import AnswerTemplate, FormField, SavedView, Team, TeamMember, Ticket

OPEN_STATES = [Ticket.State.NEW, Ticket.State.OPEN]
WAITING_STATES = [Ticket.State.WAITING_CUSTOMER, Ticket.State.WAITING_SELLER, Ticket.State.ON_HOLD]


@dataclass(frozen=True, slots=True)
class Filter:
    """A queue as a query string can say it. ``state``: todo, waiting, done or all."""

    q: str = ""
    team: str = ""
    state: str = "todo"
    tier: str = ""
    priority: str = ""
    who: str = ""
    language: str = ""
    late: str = ""
    tag: str = ""
    category: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, query: QueryDict) -> "Filter":
        names = ("q", "team", "state", "tier", "priority", "who", "language", "late", "tag", "category")
        given: dict[str, Any] = {n: (query.get(n) or "").replace("\x00", "").strip() for n in names}
        return cls(**{name: value for name, value in given.items() if value})


def queue(user: User, wanted: Filter, now: datetime) -> QuerySet[Ticket]:
    """The tickets of this filter: what is due first stands first, then who waits longest."""
    rows = desk_tickets(user).filter(merged_into=None)
    if wanted.q:
        return found_tickets(rows, wanted.q)
    by_word: dict[str, Sequence[str]] = {
        "todo": OPEN_STATES,
        "waiting": WAITING_STATES,
        "done": ["solved", "closed"],
    }
    states = by_word.get(wanted.state)
    if states:
        rows = rows.filter(state__in=states)
    if wanted.state == "todo":
        rows = rows.filter(handled_by=Ticket.HandledBy.PLATFORM)
    if wanted.team == "mine":
        rows = rows.filter(team__in=TeamMember.objects.filter(user=user).values("team"))
    elif wanted.team:
        rows = rows.filter(team__code=wanted.team)
    if wanted.tier.isdigit():
        rows = rows.filter(tier=int(wanted.tier))
    if wanted.priority:
        rows = rows.filter(priority=wanted.priority)
    if wanted.who == "me":
        rows = rows.filter(assignee=user)
    elif wanted.who == "nobody":
        rows = rows.filter(assignee=None)
    if wanted.language:
        rows = rows.filter(language=wanted.language)
    if wanted.category:
        rows = rows.filter(Q(category__code=wanted.category) | Q(category__parent__code=wanted.category))
    if wanted.tag:
        rows = rows.filter(tags__contains=[wanted.tag])
    if wanted.late:
        rows = rows.filter(answer_due_at__lte=now)
    if wanted.state == "done":
        return rows.order_by("-changed_at")
    return rows.order_by(F("answer_due_at").asc(nulls_last=True), "queued_at", "pk")


def found_tickets(rows: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """By number, however it was typed; else by words anywhere in the ticket, newest first."""
    try:
        return rows.filter(number=reference_numbers.parse(text, prefix="T")).order_by("pk")
    except ValueError:
        pass
    words = re.findall(r"\w+", text)
    if not words:
        return rows.none()
    # The last word may be unfinished: the agent is still typing.
    query = SearchQuery(
        " & ".join([*(f"'{word}'" for word in words[:-1]), f"'{words[-1]}':*"]),
        config="simple",
        search_type="raw",
    )
    return rows.filter(
        Q(search=query)
        | Q(subject__icontains=text)
        | Q(guest_email__iexact=text)
        | Q(requester__email__iexact=text)
    ).order_by("-created_at")


def views_of(user: User) -> list[SavedView]:
    return list(SavedView.objects.filter(Q(owner=user) | Q(is_shared=True)).order_by("name"))


def templates_for(ticket: Ticket) -> list[AnswerTemplate]:
    """Prepared answers in the person's language, or English; those of the category first."""
    language = ticket.language
    rows = AnswerTemplate.objects.filter(is_active=True, language__in=[language, "en"])
    best: dict[str, AnswerTemplate] = {}
    for row in rows:
        if row.code not in best or row.language == language:
            best[row.code] = row
    codes = {ticket.category.code, ticket.category.parent.code if ticket.category.parent else ""}
    return sorted(best.values(), key=lambda row: (not codes & set(row.category_codes), row.title))


def answers_of(ticket: Ticket) -> list[tuple[str, str]]:
    """What was answered in the form, each with the question's words in the reader's language."""
    labels = {row.key: row for row in FormField.objects.filter(key__in=ticket.details)}
    return [
        (labels[key].text("label") if key in labels else key, value) for key, value in ticket.details.items()
    ]


def teams() -> list[Team]:
    return list(Team.objects.filter(is_active=True).order_by("name"))


def others_of(ticket: Ticket, limit: int = 8) -> list[Ticket]:
    """Other tickets of the same person or shop, newest first."""
    same = Q(requester=ticket.requester_id) if ticket.requester_id else Q(guest_email=ticket.guest_email)
    rows = Ticket.objects.filter(same).exclude(pk=ticket.pk).select_related("category")
    return list(rows.order_by("-created_at")[:limit])
