"""What points add up to: pure arithmetic on the ledger, used by the decision, its preview and Shop Health.

Times are aware datetimes. An entry counts from ``starts_at`` until just before ``ends_at``; at the second at
which one ends and another starts, the first is already gone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Entry:
    """Points that stand: entries that were reversed are left out of a replay."""

    decision_id: int
    points: int
    starts_at: datetime
    ends_at: datetime

    def is_active(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Measure:
    kind: str
    days: int | None  # None: no end


@dataclass(frozen=True, slots=True)
class Milestone:
    points: int
    title: str
    detail: str
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """The rules of one version of an enforcement scheme; milestones from the lowest to the highest."""

    expiry: timedelta
    warning_before: int
    first_low_is_lesson: bool
    appeal_windows: tuple[timedelta, timedelta]
    notice: timedelta
    milestones: tuple[Milestone, ...] = field(default_factory=tuple)

    def warnings(self) -> tuple[int, ...]:
        return tuple(milestone.points - self.warning_before for milestone in self.milestones)


@dataclass(frozen=True, slots=True)
class Step:
    """What one entry did to the balance when it was added."""

    entry: Entry
    before: int
    after: int
    milestone: Milestone | None  # the highest one reached from below
    warning: int | None  # the highest warning reached from below, unless that milestone lies above it


def balance(entries: Iterable[Entry], at: datetime) -> int:
    """Active points at one moment, never below zero."""
    return max(0, sum(entry.points for entry in entries if entry.is_active(at)))


def replay(entries: Iterable[Entry], scheme: Scheme) -> list[Step]:
    """Add the entries again in the order of their time, and say what each reached."""
    ordered = sorted(entries, key=lambda entry: (entry.starts_at, entry.decision_id))
    steps: list[Step] = []
    for index, entry in enumerate(ordered):
        before = balance(ordered[:index], entry.starts_at)
        steps.append(step(entry, before=before, scheme=scheme))
    return steps


def step(entry: Entry, *, before: int, scheme: Scheme) -> Step:
    """What this entry does on top of ``before`` points. A jump across milestones reaches the highest."""
    after = before + entry.points
    reached = [milestone for milestone in scheme.milestones if before < milestone.points <= after]
    milestone = reached[-1] if reached else None
    floor = milestone.points if milestone else 0
    warned = [points for points in scheme.warnings() if before < points <= after and points > floor]
    return Step(entry, before, after, milestone, warned[-1] if warned else None)


def next_milestone(points: int, scheme: Scheme) -> Milestone | None:
    return next((milestone for milestone in scheme.milestones if milestone.points > points), None)


def measures_that_stand(steps: Sequence[Step]) -> set[tuple[int, str]]:
    """(decision id, measure kind) of everything that a replay still reaches."""
    return {
        (reached.entry.decision_id, measure.kind)
        for reached in steps
        if reached.milestone
        for measure in reached.milestone.measures
    }
