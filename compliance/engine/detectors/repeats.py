"""Finds the same advertising again and again, and advertising after the customer asked to stop."""

from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import fuzz

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding
from compliance.engine.reading import Reading, asked_concepts
from compliance.engine.rules.base import SELLER
from compliance.engine.text import fold_text

_SHORTEST = 25
_SAME = 88.0
_MAX_COMPARED = 12


_folded = lru_cache(maxsize=2_048)(fold_text)


class RepeatDetector:
    """Behaviour rather than words: repetition, no customer turn in between, a "please stop" ignored."""

    name = "repeats"
    version = 1

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        if context.sender not in SELLER or len(reading.text) < _SHORTEST or not context.history:
            return
        text = reading.folded.text
        promotes = reading.has("promo_word")
        if promotes and "stop_ads" in asked_concepts(context):
            yield self._finding(reading, "after_stop", 0.85, "Advertising after the customer asked to stop.")
        repeated, unanswered = 0, 0
        for turn in reversed(context.history[-_MAX_COMPARED:]):
            if turn.sender == "customer":
                break
            unanswered += 1
        for turn in context.history[-_MAX_COMPARED:]:
            if turn.sender in SELLER and len(turn.text) >= _SHORTEST:
                repeated += fuzz.ratio(_folded(turn.text), text, score_cutoff=_SAME) > 0
        if repeated >= 2 or (repeated and promotes):
            confidence = 0.85 if promotes or unanswered >= 2 else 0.6
            yield self._finding(reading, "repeated", confidence, "The same message again.")
        elif promotes and unanswered >= 3:
            yield self._finding(reading, "unanswered", 0.8, "Advertising in a row without an answer.")

    def _finding(self, reading: Reading, rule: str, confidence: float, explanation: str) -> Finding:
        return make_finding(
            self,
            reading,
            policy="spam",
            rule=rule,
            confidence=confidence,
            start=0,
            end=len(reading.folded.text),
            explanation=explanation,
        )
