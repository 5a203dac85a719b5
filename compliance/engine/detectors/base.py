"""What every detector is."""

from collections.abc import Iterator
from typing import Protocol

from compliance.engine.context import Context
from compliance.engine.findings import Finding
from compliance.engine.reading import Reading


class Detector(Protocol):
    """Turns one reading into findings and knows nothing else. ``version`` rises with every change of
    behaviour."""

    name: str
    version: int

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]: ...


def make_finding(
    detector: Detector,
    reading: Reading,
    *,
    policy: str,
    rule: str,
    confidence: float,
    start: int,
    end: int,
    view: str = "folded",
    explanation: str = "",
) -> Finding:
    """A finding from a place in the folded view; it is brought back to the original text here and only
    here."""
    first, last = reading.original(start, end)
    matched = reading.text[first:last]
    return Finding(
        policy=policy,
        detector=detector.name,
        version=detector.version,
        rule=rule,
        confidence=confidence,
        start=first,
        end=last,
        matched=matched,
        view="original" if view == "folded" and matched == reading.folded.text[start:end] else view,
        explanation=explanation,
    )
