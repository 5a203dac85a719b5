"""What Shop Health shows: the ladder of points, the violations with where each stands, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from compliance.access import violations_of
from compliance.definitions import Milestone, Scheme, balance, next_milestone
from compliance.models import Appeal, Decision, EnforcementScheme, PointsEntry, Restriction
from compliance.selectors.standing import entries_that_stand, running_restrictions, scheme_of
from compliance.selectors.windows import Window, window_of
from shops.models import Shop


@dataclass(frozen=True, slots=True)
class Block:
    """The part of one entry that lies between two milestones. ``left``: the share of its time still ahead."""

    points: int
    entry: PointsEntry
    left: float
    is_first: bool  # the part that carries the label

    @property
    def left_percent(self) -> str:
        return f"{self.left * 100:.2f}"


@dataclass(frozen=True, slots=True)
class Rung:
    milestone: Milestone
    floor: int
    warning: int
    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        return self.milestone.points - self.floor

    @property
    def warning_height(self) -> int:
        """How far above the rung's floor the warning lies, in points."""
        return self.warning - self.floor


@dataclass(frozen=True, slots=True)
class NextExpiry:
    points: int
    at: datetime
    back_to: int


@dataclass(frozen=True, slots=True)
class Violation:
    decision: Decision
    state: str  # taken_back | appeal_open | appeal_rejected | appealable | lesson | final
    window: Window
    appeal: Appeal | None
    entry: PointsEntry | None


@dataclass(frozen=True, slots=True)
class Health:
    points: int
    scheme: Scheme
    next: Milestone | None
    rungs: tuple[Rung, ...]  # from the highest to the lowest, as drawn
    expiry: NextExpiry | None
    violations: Sequence[Violation]
    restrictions: Sequence[Restriction]
    announced: Sequence[Restriction] = field(default_factory=tuple)

    @property
    def to_next(self) -> int | None:
        return self.next.points - self.points if self.next else None

    @property
    def open_appeals(self) -> int:
        return sum(violation.state == "appeal_open" for violation in self.violations)


def health_of(shop: Shop, scheme_row: EnforcementScheme, *, now: datetime) -> Health:
    """Everything on the page, in a handful of queries."""
    scheme = scheme_of(scheme_row)
    entries = entries_that_stand(shop.pk)
    points = balance(entries, now)
    return Health(
        points=points,
        scheme=scheme,
        next=next_milestone(points, scheme),
        rungs=_rungs(shop, scheme, now),
        expiry=_next_expiry(shop, now),
        violations=[_violation(decision, now) for decision in violations_of(shop)],
        restrictions=running_restrictions(shop.pk, now),
        announced=_announced(shop, now),
    )


def violation_of(decision: Decision, *, now: datetime) -> Violation:
    return _violation(decision, now)


def appeals_of(shop: Shop) -> Sequence[Appeal]:
    """The shop's appeals, newest first."""
    rows = Appeal.objects.filter(shop=shop).select_related("decision__policy_version", "lodged_by")
    return list(rows.order_by("-lodged_at", "-pk"))


def _active_entries(shop: Shop, now: datetime) -> list[PointsEntry]:
    rows = PointsEntry.objects.filter(
        shop=shop, reverses=None, reversed_by=None, starts_at__lte=now, ends_at__gt=now
    )
    return list(rows.select_related("decision__policy_version").order_by("ends_at", "pk"))


def _rungs(shop: Shop, scheme: Scheme, now: datetime) -> tuple[Rung, ...]:
    """The ladder: the entry that ends first lies at the bottom, so the pile sinks as time passes."""
    active = _active_entries(shop, now)
    rungs: list[Rung] = []
    floor = 0
    for milestone in scheme.milestones:
        blocks, height = [], 0
        for entry in active:
            low, high = max(height, floor), min(height + entry.points, milestone.points)
            if high > low:
                left = (entry.ends_at - now) / (entry.ends_at - entry.starts_at)
                blocks.append(Block(high - low, entry, left, is_first=low == height))
            height += entry.points
        warning = milestone.points - scheme.warning_before
        rungs.append(Rung(milestone, floor, warning, tuple(blocks)))
        floor = milestone.points
    return tuple(reversed(rungs))


def _next_expiry(shop: Shop, now: datetime) -> NextExpiry | None:
    active = _active_entries(shop, now)
    if not active:
        return None
    at = active[0].ends_at
    gone = sum(entry.points for entry in active if entry.ends_at == at)
    return NextExpiry(gone, at, sum(entry.points for entry in active) - gone)


def _announced(shop: Shop, now: datetime) -> list[Restriction]:
    rows = Restriction.objects.filter(shop=shop, status=Restriction.Status.IN_FORCE, starts_at__gt=now)
    return list(rows.order_by("starts_at"))


def _violation(decision: Decision, now: datetime) -> Violation:
    appeals = sorted(decision.appeals.all(), key=lambda appeal: appeal.level)
    latest = appeals[-1] if appeals else None
    window = window_of(decision, now=now)
    entries = [entry for entry in decision.points_entries.all() if entry.points > 0]
    if decision.is_reversed:
        state = "taken_back"
    elif latest is not None and latest.is_open:
        state = "appeal_open"
    elif latest is not None and latest.status == Appeal.Status.REJECTED:
        state = "appeal_rejected"
    elif decision.is_lesson:
        state = "lesson"
    else:
        state = "appealable" if window.is_open else "final"
    return Violation(decision, state, window, latest, entries[0] if entries else None)
