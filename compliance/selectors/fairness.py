"""Figures about the platform's own decisions: how many, how fast, how often wrong, and for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet

from compliance.models import Appeal, Case, Decision, Finding, Statement
from shops.models import Shop

SMALL = 5  # below so many decisions a rate is not shown: it would be about single shops
EXPORT_MOST = 100  # statements per call of the DSA Transparency Database


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table. Rates are None while there is too little to judge."""

    name: str
    found: int
    decided: int
    upheld: int
    overturned: int
    hours: float | None  # mean hours from opening a case to settling it

    @property
    def upheld_percent(self) -> int | None:
        return _percent(self.upheld, self.decided)

    @property
    def overturned_percent(self) -> int | None:
        """Of the confirmed violations, how many fell on appeal."""
        return _percent(self.overturned, self.upheld)


@dataclass(frozen=True, slots=True)
class Board:
    since: datetime
    total: Line
    policies: Sequence[Line]
    shop_kinds: Sequence[Line]
    automatic: int
    by_people: int
    appeals: dict[str, int]
    appeal_days: float | None
    reports: int


def board(*, since: datetime, now: datetime, titles: dict[str, str]) -> Board:
    """Everything settled since a moment; imported history is left out."""
    settled = Case.objects.filter(settled_at__gte=since, settled_at__lt=now)
    cases = settled.filter(is_imported=False, part_of=None)
    findings = Finding.objects.filter(found_at__gte=since, found_at__lt=now)
    found = dict(findings.values_list("policy_code").annotate(n=Count("pk")))
    rows = {row["policy_code"]: row for row in _counted(cases, "policy_code")}
    policies = [_line(title, found.get(code, 0), rows.get(code)) for code, title in titles.items()]
    kinds = [_line(_kind(row["shop__kind"]), 0, row) for row in _counted(cases, "shop__kind")]
    decisions = Decision.objects.filter(decided_at__gte=since, decided_at__lt=now, kind=Decision.Kind.UPHOLD)
    appeals = Appeal.objects.filter(lodged_at__gte=since, lodged_at__lt=now)
    answered = appeals.filter(decided_at__isnull=False).aggregate(mean=Avg(F("decided_at") - F("lodged_at")))
    return Board(
        since=since,
        total=_line("", sum(found.values()), _sum(rows.values())),
        policies=[line for line in policies if line.found or line.decided],
        shop_kinds=kinds,
        automatic=decisions.filter(is_automatic=True).count(),
        by_people=decisions.filter(is_automatic=False, case__is_imported=False).count(),
        appeals=dict(appeals.values_list("status").annotate(n=Count("pk"))),
        appeal_days=_in(answered["mean"], timedelta(days=1)),
        reports=cases.filter(source=Case.Source.REPORT).count(),
    )


def statements_for_export(*, after: int = 0) -> QuerySet[Statement]:
    """Statements with a record for the DSA database, oldest first, after one id; at most one call's worth."""
    rows = Statement.objects.exclude(dsa={}).filter(pk__gt=after).order_by("pk")
    return rows[:EXPORT_MOST]


def _kind(code: str | None) -> str:
    return str(Shop.Kind(code).label) if code else "–"


def _counted(cases: QuerySet[Case], by: str) -> list[dict[str, Any]]:
    confirmed = Q(status__in=[Case.Status.UPHELD, Case.Status.OVERTURNED])
    rows = cases.values(by).annotate(
        decided=Count("pk"),
        upheld=Count("pk", filter=confirmed),
        overturned=Count("pk", filter=Q(status=Case.Status.OVERTURNED)),
        mean=Avg(F("settled_at") - F("opened_at")),
    )
    return list(rows.order_by(by))


def _sum(rows: Any) -> dict[str, Any]:
    rows = list(rows)
    decided = sum(row["decided"] for row in rows)
    spent = sum((row["mean"] * row["decided"] for row in rows), timedelta(0))
    return {
        "decided": decided,
        "upheld": sum(row["upheld"] for row in rows),
        "overturned": sum(row["overturned"] for row in rows),
        "mean": spent / decided if decided else None,
    }


def _line(name: str, found: int, row: dict[str, Any] | None) -> Line:
    if row is None:
        return Line(name, found, 0, 0, 0, None)
    hours = _in(row["mean"], timedelta(hours=1))
    return Line(name, found, row["decided"], row["upheld"], row["overturned"], hours)


def _in(length: timedelta | None, unit: timedelta) -> float | None:
    return None if length is None else round(length / unit, 1)


def _percent(part: int, whole: int) -> int | None:
    return round(part * 100 / whole) if whole >= SMALL else None
