"""What the engine says about a text."""

from dataclasses import dataclass
from enum import StrEnum


def gettext_noop(text: str) -> str:
    """Marks a reason for translation where it is shown; the engine itself speaks English only."""
    return text


class Severity(StrEnum):
    """How heavy a policy weighs; the values are those of ``policies.yaml``."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason to look at a text.

    ``start`` and ``end`` count code points of the original text and ``matched`` is that piece of it; ``view``
    names
    the reading in which it was found (``original``, ``folded``, ``lookalike``, ``squashed``, ``digits``,
    ``window`` …).
    ``detector``, ``version`` and ``rule`` explain an old decision by what made it. ``confidence`` lies in
    0..1. ``model`` is what the models think of it as a probability, ``agrees`` whether rules and models point
    the same way; both ``None`` where the models were not asked. ``explanation`` says in plain words what the
    marked words do, for the person who wrote them; how sure anybody is of it stands in the other fields.
    """

    policy: str
    detector: str
    version: int
    rule: str
    confidence: float
    start: int
    end: int
    matched: str
    view: str = "original"
    explanation: str = ""
    model: float | None = None
    agrees: bool | None = None
