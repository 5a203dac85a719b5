"""What the engine says about a text."""

import re
from dataclasses import dataclass
from enum import StrEnum


def gettext_noop(text: str) -> str:
    """Marks a reason for translation where it is shown; the engine itself speaks English only."""
    return text


# What a disguise hides, after the reason of a finding: led back to the reader's language by ``in_words``.
READS = gettext_noop("“%(shown)s” reads “%(read)s”.")
_LONGEST_SHOWN = 60
# The sentence's own marks in what is quoted would part it in the wrong place.
_PLAIN_QUOTES = str.maketrans("“”", '""')


_READ = re.compile(
    re.escape(READS)
    .replace(re.escape("%(shown)s"), "(?P<shown>.+?)")
    .replace(re.escape("%(read)s"), "(?P<read>.+?)")
    .join(("(?P<reason>.+?) ", "(?P<rest>.*)")),
    re.DOTALL,
)


def parted(explanation: str) -> re.Match[str] | None:
    """The reason, what was shown, what it reads and the rest of an explanation ``with_reading``."""
    return _READ.fullmatch(explanation)


def with_reading(explanation: str, shown: str, read: str) -> str:
    """A reason followed by what was written and what it reads: nobody has to solve the riddle again."""
    shown, read = (" ".join(part.translate(_PLAIN_QUOTES).split())[:_LONGEST_SHOWN] for part in (shown, read))
    return f"{explanation} {READS % {'shown': shown, 'read': read}}"


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
