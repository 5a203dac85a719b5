"""Lists of cases, findings and what the case desk shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from compliance.models import Appeal, Case, CaseEvent, Decision, Finding, Report, Severity
from shops.models import Shop

AGE_EDGES = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=12))  # the histogram's bars end here
CLEARED = (Case.Status.DISMISSED, Case.Status.OVERTURNED)


def is_cleared(subject_kind: str, subject_id: int) -> bool:
    """Whether a person has looked at this content last and found nothing wrong: no check hides it again."""
    return subject_id in cleared(subject_kind, [subject_id])


def cleared(subject_kind: str, subject_ids: Iterable[int]) -> set[int]:
    """Those of these contents for which that holds. One query."""
    newest = (
        Case.objects.filter(subject_kind=subject_kind, subject_id__in=list(subject_ids))
        .order_by("subject_id", "-pk")
        .distinct("subject_id")
        .values_list("subject_id", "status")
    )
    return {pk for pk, status in newest if status in CLEARED}


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a reviewer asked to see; empty values ask for everything."""

    severity: int | None = None
    policy: str = ""
    shop: str = ""
    mine: bool = False
    escalated: bool = False
    live: bool = False  # leave imported history out
    status: str = Case.Status.OPEN


@dataclass(frozen=True, slots=True)
class Ages:
    """How many open cases are how old: bars up to 1, 4, 12 hours and over."""

    counts: tuple[int, int, int, int]
    total: int
    oldest: datetime | None

    @property
    def bars(self) -> list[dict[str, Any]]:
        """Geometry of the histogram in a field of 44 px; ``old`` marks the last bar."""
        tallest = max(self.counts) or 1
        bars = []
        for place, count in enumerate(self.counts):
            height = round(10 + 24 * count / tallest) if count else 3
            bars.append(
                {
                    "x": f"{place * 25.4:.1f}%",
                    "middle": f"{place * 25.4 + 11.9:.1f}%",
                    "y": 44 - height,
                    "height": height,
                    "text_y": 44 - height + 13 if count else 36,
                    "count": count,
                    "old": place == len(self.counts) - 1,
                }
            )
        return bars


def queue(cases: QuerySet[Case], wanted: QueueFilter, *, reviewer_id: int) -> QuerySet[Case]:
    """Cases of a queue, gravest first and then oldest first."""
    rows = cases.filter(status=wanted.status, part_of=None)
    if wanted.severity:
        rows = rows.filter(severity=wanted.severity)
    if wanted.policy:
        rows = rows.filter(policy_code=wanted.policy)
    if wanted.shop:
        rows = rows.filter(shop__slug=wanted.shop)
    if wanted.mine:
        rows = rows.filter(claimed_by_id=reviewer_id)
    if wanted.live:
        rows = rows.filter(is_imported=False)
    if wanted.escalated:
        rows = rows.filter(is_escalated=True)
    return rows.order_by("-severity", "opened_at", "pk")


def ages_of(cases: QuerySet[Case], *, now: datetime) -> Ages:
    first, second, third = (now - edge for edge in AGE_EDGES)
    found = cases.filter(part_of=None).aggregate(
        young=Count("pk", filter=Q(opened_at__gt=first)),
        some=Count("pk", filter=Q(opened_at__lte=first, opened_at__gt=second)),
        many=Count("pk", filter=Q(opened_at__lte=second, opened_at__gt=third)),
        old=Count("pk", filter=Q(opened_at__lte=third)),
        total=Count("pk"),
        oldest=Min("opened_at"),
    )
    counts = (found["young"], found["some"], found["many"], found["old"])
    return Ages(counts, found["total"], found["oldest"])


def snippet(text: str, spans: Sequence[Sequence[int]], *, around: int = 28) -> str:
    """A few words around the first match, for one line of a list."""
    start, end = spans[0] if spans else (0, min(len(text), around))
    left, right = max(0, start - around), min(len(text), end + around)
    middle = " ".join(text[left:right].split())
    return ("…" if left else "") + middle + ("…" if right < len(text) else "")


def spans_of(case: Case) -> list[list[int]]:
    """Everything that was marked when the case was opened, joined and in order."""
    return joined_spans([[row["start"], row["end"]] for row in case.evidence["findings"]])


def joined_spans(spans: Sequence[Sequence[int]]) -> list[list[int]]:
    """Sorted and disjoint; touching spans become one, empty ones go."""
    joined: list[list[int]] = []
    for start, end in sorted((span[0], span[1]) for span in spans):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        elif end > start:
            joined.append([start, end])
    return joined


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How decisions under one policy went in the last days."""

    decided: int
    upheld: int
    overturned: int


def track_record(policy_code: str, *, since: datetime) -> TrackRecord:
    settled = Case.objects.filter(policy_code=policy_code, settled_at__gte=since, part_of=None)
    found = settled.aggregate(
        decided=Count("pk"),
        upheld=Count("pk", filter=Q(status__in=[Case.Status.UPHELD, Case.Status.OVERTURNED])),
        overturned=Count("pk", filter=Q(status=Case.Status.OVERTURNED)),
    )
    return TrackRecord(found["decided"], found["upheld"], found["overturned"])


def prior_decisions(shop: Shop, *, limit: int = 6) -> list[Decision]:
    """The shop's newest violations with what became of them, for the desk's side bar."""
    rows = Decision.objects.filter(shop=shop, kind=Decision.Kind.UPHOLD, is_against_shop=True)
    rows = rows.select_related("policy_version", "reversed_by").prefetch_related("appeals")
    return list(rows.order_by("-decided_at", "-pk")[:limit])


def same_content(case: Case) -> QuerySet[Case]:
    """Other cases about the same message or entry, its words or its files, that are decided apart."""
    first = case.follows_id or case.pk
    rows = Case.objects.filter(Q(pk=first) | Q(follows=first), part_of=None)
    return rows.exclude(pk=case.pk).order_by("pk")


def state_of(case: Case) -> str:
    """What lies before whoever decides this case, as one word: another one as soon as something joins it.

    Parts, reports, and suspicions of a rule that nobody had of that half; not the same suspicion found again.
    """
    halves = [case.pk, *case.parts.order_by("pk").values_list("pk", flat=True)]
    suspected = Finding.objects.filter(case__in=halves).order_by("case_id", "policy_code")
    reports = Report.objects.filter(case__in=halves).order_by("pk").values_list("pk", flat=True)
    told = (halves, list(suspected.values_list("case_id", "policy_code").distinct()), list(reports))
    return blake2s(repr(told).encode(), digest_size=8).hexdigest()


def case_history(case: Case) -> list[CaseEvent]:
    return list(case.events.select_related("actor"))


def appeals_queue(appeals: QuerySet[Appeal], *, is_open: bool) -> QuerySet[Appeal]:
    """Appeals that wait, oldest first; or the answered ones, newest first."""
    if is_open:
        return appeals.filter(status__in=Appeal.OPEN_STATES).order_by("lodged_at", "pk")
    return appeals.exclude(status__in=Appeal.OPEN_STATES).order_by("-lodged_at", "-pk")


def findings_list(
    findings: QuerySet[Finding], *, policy: str = "", shop: str = "", detector: str = ""
) -> QuerySet[Finding]:
    """Findings as they came in, newest first."""
    if policy:
        findings = findings.filter(policy_code=policy)
    if shop:
        findings = findings.filter(shop__slug=shop)
    if detector:
        findings = findings.filter(detector=detector)
    return findings.order_by("-found_at", "-pk")


def detectors_seen() -> list[str]:
    """Names of the detectors that have found anything."""
    rows = Finding.objects.values("detector").annotate(last=Max("pk")).order_by("detector")
    return [row["detector"] for row in rows]


def severity_name(level: int) -> str:
    """``low`` … ``critical``: the word that badges and style sheets use."""
    return Severity(level).name.lower()


def is_part_of_something_open(user_id: int) -> bool:
    """Whether this person wrote, reported or appeals something that is not decided yet: it is evidence."""
    cases = Case.objects.filter(status__in=Case.OPEN_STATES)
    mine = cases.filter(Q(author_id=user_id) | Q(reports__reporter=user_id))
    appeals = Appeal.objects.filter(status__in=Appeal.OPEN_STATES)
    about = appeals.filter(Q(lodged_by=user_id) | Q(decision__author_id=user_id))
    return mine.exists() or about.exists()
