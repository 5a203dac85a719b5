"""Speed and effect side by side: how long answers took, whether promises held, and whether it helped."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import TruncWeek

from tickets.models import Category, Deflection, Rating, SearchLog, Ticket


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, kept as both numbers."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        return round(100 * self.part / self.whole, 1) if self.whole else None


@dataclass(frozen=True, slots=True)
class Times:
    """Middle and slow end of durations, in seconds; None without any."""

    median: float | None
    ninetieth: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    received: int
    open_now: int
    backlog: list[tuple[str, int]]
    first_answer: Times
    first_answer_working: Times
    solution: Times
    solution_working: Times
    promise_kept: Share
    misrouted: Share
    reopened: Share
    automated: Share
    satisfaction: float | None
    ratings: int
    satisfied: Share
    automated_satisfied: Share
    deflected: Share
    failed_searches: Share
    failing_queries: list[tuple[str, int]]
    by_category: list[tuple[str, int, float | None]]
    weeks: list[tuple[datetime, int]]


def figures(*, since: datetime, now: datetime) -> Figures:
    """Everything about the tickets received since then, and the backlog as it is now."""
    rows = Ticket.objects.filter(created_at__gte=since, created_at__lt=now, merged_into=None)
    answered = rows.filter(first_answered_at__isnull=False)
    solved = rows.filter(solved_at__isnull=False)
    ratings = Rating.objects.filter(ticket__in=rows)
    automatic = ratings.filter(ticket__auto_answered_at__isnull=False, ticket__first_answered_at=None)
    waiting = Ticket.objects.exclude(state__in=["solved", "closed"]).filter(merged_into=None)
    ended = Deflection.objects.filter(created_at__gte=since, created_at__lt=now)
    searches = SearchLog.objects.filter(created_at__gte=since, created_at__lt=now)
    failed = searches.filter(Q(results=0) | Q(led_to_ticket=True))
    return Figures(
        received=rows.count(),
        open_now=waiting.count(),
        backlog=_ages(waiting, now),
        first_answer=_times(_elapsed(answered, "first_answered_at")),
        first_answer_working=_times(answered.values_list("first_answer_working_s", flat=True)),
        solution=_times(_elapsed(solved, "solved_at")),
        solution_working=_times(solved.values_list("solve_working_s", flat=True)),
        promise_kept=_promise_kept(rows, now),
        misrouted=Share(
            rows.filter(events__kind="transferred", events__data__misrouted=True).distinct().count(),
            rows.count(),
        ),
        reopened=Share(rows.filter(reopened_count__gt=0).count(), solved.count() + _reopened_open(rows)),
        automated=Share(rows.filter(auto_answered_at__isnull=False).count(), rows.count()),
        satisfaction=ratings.aggregate(mean=Avg("score"))["mean"],
        ratings=ratings.count(),
        satisfied=Share(ratings.filter(score__gte=4).count(), ratings.count()),
        automated_satisfied=Share(automatic.filter(score__gte=4).count(), automatic.count()),
        deflected=Share(ended.filter(answered=True).count(), ended.count()),
        failed_searches=Share(
            searches.filter(Q(results=0) | Q(led_to_ticket=True)).count(), searches.count()
        ),
        failing_queries=list(
            failed.values_list("query").annotate(n=Count("pk")).order_by("-n", "query")[:15]
        ),
        by_category=_by_category(rows),
        weeks=list(
            rows.annotate(week=TruncWeek("created_at"))
            .values_list("week")
            .annotate(n=Count("pk"))
            .order_by("week")
        ),
    )


def _reopened_open(rows: QuerySet[Ticket]) -> int:
    return rows.filter(reopened_count__gt=0, solved_at=None).count()


def _elapsed(rows: QuerySet[Ticket], end: str) -> Iterator[float]:
    pairs = rows.values_list("created_at", end)
    return (float((last - first).total_seconds()) for first, last in pairs.iterator())


def _times(values: object) -> Times:
    ordered = sorted(float(value) for value in values if value is not None)  # type: ignore[attr-defined]
    if not ordered:
        return Times(None, None, 0)

    def at(part: float) -> float:
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    return Times(at(0.5), at(0.9), len(ordered))


def _promise_kept(rows: QuerySet[Ticket], now: datetime) -> Share:
    """Of the tickets whose first promise is over or answered: those answered without breaking it."""
    over = rows.filter(Q(first_answered_at__isnull=False) | Q(breached_at__isnull=False))
    kept = over.filter(first_answered_at__isnull=False).exclude(
        events__kind="breached", events__created_at__lte=F("first_answered_at")
    )
    return Share(kept.count(), over.count())


def _ages(rows: QuerySet[Ticket], now: datetime) -> list[tuple[str, int]]:
    steps = [("<4 h", 4), ("4–24 h", 24), ("1–3 d", 72), ("3–7 d", 168)]
    cases = [
        When(queued_at__gt=now - timedelta(hours=hours), then=Value(n)) for n, (_, hours) in enumerate(steps)
    ]
    counted = dict(
        rows.annotate(age=Case(*cases, default=Value(len(steps)), output_field=IntegerField()))
        .values_list("age")
        .annotate(n=Count("pk"))
    )
    return [(label, counted.get(n, 0)) for n, label in enumerate([*(name for name, _ in steps), ">7 d"])]


def _by_category(rows: QuerySet[Ticket]) -> list[tuple[str, int, float | None]]:
    names = {category.pk: category for category in Category.objects.select_related("parent")}
    counted = (
        rows.values_list("category").annotate(n=Count("pk"), score=Avg("rating__score")).order_by("-n")[:20]
    )
    return [(names[pk].path, n, score) for pk, n, score in counted]


EXPORT_COLUMNS = [
    "number", "created_at", "side", "channel", "category", "team", "tier", "priority", "state", "language",
    "first_answered_at", "first_answer_working_s", "solved_at", "solve_working_s", "reopened_count",
    "transfer_count", "auto_answered_at", "breached_at", "rating", "rating_reason",
]  # fmt: skip


def export_rows(*, since: datetime, now: datetime) -> Iterator[list[str]]:
    """One row per ticket, without names, addresses or texts. Formulae are defused."""
    rows = (
        Ticket.objects.filter(created_at__gte=since, created_at__lt=now)
        .select_related("category", "team", "rating")
        .order_by("pk")
    )
    for ticket in rows.iterator(chunk_size=500):
        rating = getattr(ticket, "rating", None)
        yield [
            safe_cell(value)
            for value in (
                ticket.number, ticket.created_at, ticket.side, ticket.channel, ticket.category.code,
                ticket.team.code if ticket.team else "", ticket.tier, ticket.priority, ticket.state,
                ticket.language, ticket.first_answered_at, ticket.first_answer_working_s, ticket.solved_at,
                ticket.solve_working_s, ticket.reopened_count, ticket.transfer_count,
                ticket.auto_answered_at, ticket.breached_at, rating.score if rating else None,
                rating.reason if rating else None,
            )
        ]  # fmt: skip


def safe_cell(value: object) -> str:
    text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
