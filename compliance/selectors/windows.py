"""Whether a decision can be appealed at this moment."""

from dataclasses import dataclass
from datetime import datetime

from compliance.models import Appeal, Decision
from compliance.selectors.standing import scheme_of


@dataclass(frozen=True, slots=True)
class Window:
    """Whether a decision can be appealed now: the level of the next appeal and the last moment for it."""

    level: int | None
    until: datetime | None
    refusal: str = ""  # code of why not

    @property
    def is_open(self) -> bool:
        return self.level is not None


def window_of(decision: Decision, *, now: datetime) -> Window:
    """Pure on loaded rows: uses the decision's scheme, its appeals and its reversal."""
    if decision.kind != Decision.Kind.UPHOLD or not decision.is_against_shop or decision.scheme is None:
        return Window(None, None, "not_appealable")
    if decision.is_reversed:
        return Window(None, None, "already_reversed")
    first_window, second_window = scheme_of(decision.scheme).appeal_windows
    appeals = {appeal.level: appeal for appeal in decision.appeals.all()}
    first = appeals.get(1)
    if first is None:
        return _window(1, decision.decided_at + first_window, now)
    if first.is_open or (2 in appeals and appeals[2].is_open):
        return Window(None, None, "already_open")
    if 2 in appeals or first.status != Appeal.Status.REJECTED or first.decided_at is None:
        return Window(None, None, "final")
    return _window(2, first.decided_at + second_window, now)


def _window(level: int, until: datetime, now: datetime) -> Window:
    if now > until:
        return Window(None, until, "too_late")
    return Window(level, until)
