"""Where a shop stands: its points, what they reached, what one more decision would do."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection

from compliance.definitions import Entry, Measure, Milestone, Scheme, Step, balance, step
from compliance.models import Case, Decision, EnforcementScheme, PointsEntry, Restriction
from compliance.selectors.cases import same_content


def scheme_of(row: EnforcementScheme) -> Scheme:
    """The pure form of one scheme version."""
    first, second = row.appeal_days
    return Scheme(
        expiry=timedelta(seconds=row.expiry_seconds),
        warning_before=row.warning_before,
        first_low_is_lesson=row.first_low_is_lesson,
        appeal_windows=(timedelta(days=first), timedelta(days=second)),
        notice=timedelta(days=row.notice_days),
        milestones=tuple(
            Milestone(
                points=milestone["points"],
                title=milestone["title"],
                detail=milestone["detail"],
                measures=tuple(
                    Measure(measure["kind"], measure["days"]) for measure in milestone["restrictions"]
                ),
            )
            for milestone in sorted(row.milestones, key=lambda milestone: milestone["points"])
        ),
    )


def entries_that_stand(shop_id: int) -> list[Entry]:
    """Every entry of the shop's ledger that no reversal took back, oldest first."""
    rows = PointsEntry.objects.filter(shop_id=shop_id, reverses=None, reversed_by=None)
    return [
        Entry(row.decision_id, row.points, row.starts_at, row.ends_at)
        for row in rows.order_by("starts_at", "pk")
    ]


def active_points(shop_id: int, at: datetime) -> int:
    return balance(entries_that_stand(shop_id), at)


def preview(*, shop_id: int, points: int, scheme: Scheme, at: datetime) -> Step:
    """What an entry of ``points`` added at this moment would do."""
    entry = Entry(0, points, at, at + scheme.expiry)
    return step(entry, before=active_points(shop_id, at), scheme=scheme)


def has_low_violation(shop_id: int) -> bool:
    """Whether a person already confirmed a low-severity violation of this shop that still stands."""
    return Decision.objects.filter(
        shop_id=shop_id,
        kind=Decision.Kind.UPHOLD,
        is_against_shop=True,
        is_automatic=False,
        policy_version__severity="low",
        reversed_by=None,
    ).exists()


def counted_before(case: Case, policy_code: str) -> bool:
    """Whether an earlier case about the same content confirmed a violation of this rule that still stands."""
    return Decision.objects.filter(
        case__in=same_content(case),
        kind=Decision.Kind.UPHOLD,
        is_against_shop=True,
        policy_version__policy__code=policy_code,
        reversed_by=None,
    ).exists()


def running_restrictions(shop_id: int, at: datetime) -> list[Restriction]:
    """What the shop may not do at this moment."""
    rows = Restriction.objects.filter(
        shop_id=shop_id, status=Restriction.Status.IN_FORCE, starts_at__lte=at
    ).select_related("decision")
    return [row for row in rows.order_by("starts_at", "pk") if row.is_running(at)]


def is_restricted(shop_id: int, kind: str, at: datetime) -> bool:
    """Whether one thing is closed to the shop right now; ``kind`` is a ``Restriction.Kind``."""
    return any(row.kind == kind for row in running_restrictions(shop_id, at))


def shops_under(kind: str, shop_ids: Collection[int], at: datetime) -> set[int]:
    """Those of the shops to which one thing is closed right now: one query for a whole batch.

    On the path of every message, so the common answer, none, takes no model and no query builder.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM compliance_restriction"
            " WHERE shop_id = ANY(%s) AND kind = %s AND status = %s LIMIT 1",
            [list(shop_ids), kind, str(Restriction.Status.IN_FORCE)],
        )
        if cursor.fetchone() is None:
            return set()
    rows = Restriction.objects.filter(
        shop_id__in=shop_ids, kind=kind, status=Restriction.Status.IN_FORCE, starts_at__lte=at
    )
    return {row.shop_id for row in rows if row.is_running(at)}


def kinds_running(rows: Sequence[Restriction]) -> list[str]:
    return sorted({row.kind for row in rows})
