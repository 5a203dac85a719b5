"""What the form shows before a ticket is sent: the tree, the questions, look-alikes, answer times."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity, TrigramWordSimilarity
from django.db.models import Avg, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import NotFound
from tickets.access import own_tickets
from tickets.models import Category, FormField, Ticket


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form in the reader's language."""

    key: str
    label: str
    hint: str
    example: str
    type: str
    required: bool
    choices: list[tuple[str, str]] = field(default_factory=list)


def categories_for(audience: str) -> list[Category]:
    """Top categories this audience may choose, each with ``shown_children``; two queries."""
    rows = [row for row in _tree() if audience in row.audiences]
    tops = [row for row in rows if row.parent_id is None]
    for top in tops:
        top.shown_children = [row for row in rows if row.parent_id == top.pk]  # type: ignore[attr-defined]
    return tops


def _tree() -> list[Category]:
    return list(Category.objects.filter(is_active=True).select_related("parent", "team", "parent__team"))


def get_category(code: str, audience: str) -> Category:
    """A category that this audience may use and that has no finer ones below it, or is a leaf itself."""
    row = Category.objects.filter(code=code, is_active=True).select_related("parent", "team").first()
    if row is None or audience not in row.audiences:
        raise NotFound(_("No such topic."))
    return row


def questions_of(category: Category) -> list[Question]:
    """The category's questions, in its order; one query."""
    wanted = {item["key"]: item["required"] for item in category.fields}
    rows = {row.key: row for row in FormField.objects.filter(key__in=wanted)}
    return [
        Question(
            key=key,
            label=rows[key].text("label"),
            hint=rows[key].text("hint"),
            example=rows[key].example,
            type=rows[key].type,
            required=required,
            choices=_choices(rows[key]),
        )
        for key, required in wanted.items()
        if key in rows
    ]


def _choices(row: FormField) -> list[tuple[str, str]]:
    translated: Any = row.translated("choices") or {}
    return [(value, translated.get(value, label)) for value, label in row.choices]


def look_alikes(
    *, user: User | None, guest: str, subject: str, description: str = "", limit: int = 3
) -> list[Ticket]:
    """The person's own open tickets that read like this one, newest first: adding to one is faster."""
    text = " ".join(f"{subject} {description}".split())[:300]
    if len(text) < 8:
        return []
    since = timezone.now() - timedelta(days=60)
    rows = own_tickets(user, guest).filter(created_at__gt=since, merged_into=None)
    rows = rows.exclude(state__in=[Ticket.State.SOLVED, Ticket.State.CLOSED])
    near = rows.annotate(
        near=TrigramSimilarity("subject", subject[:150]),
        inside=TrigramWordSimilarity(subject[:150], "subject"),
    ).filter(Q(near__gte=0.35) | Q(inside__gte=0.55))
    return list(near.order_by(F("near").desc(), "-created_at")[:limit])


def usual_first_answer() -> timedelta | None:
    """How long first answers took on average in the last 14 days; None before there were any."""
    since = timezone.now() - timedelta(days=14)
    answered = Ticket.objects.filter(first_answered_at__gt=since)
    return answered.aggregate(mean=Avg(F("first_answered_at") - F("created_at")))["mean"]


def waiting_before(ticket: Ticket) -> int:
    """Tickets of the same team that wait longer than this one."""
    return (
        Ticket.objects.filter(team=ticket.team, queued_at__lt=ticket.queued_at, first_answered_at=None)
        .filter(state__in=[Ticket.State.NEW, Ticket.State.OPEN], merged_into=None)
        .count()
    )
