"""Finds a phone number offered in chat, however it is spaced, spelled or disguised."""

import re
from collections.abc import Iterator

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding
from compliance.engine.numbers import LOOKALIKE_FIGURES, Run, count_numerals, runs
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER
from compliance.engine.text import fold

_DIGITS = re.compile(r"\d")
_INTERNATIONAL = re.compile(r"\+\s?\d")
_NANP = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
_SHAPES = {
    (3, 3, 4),
    (1, 3, 3, 4),
    (3, 4),
    (3, 4, 4),
    (5, 6),
    (4, 6),
    (4, 3, 3),
    (4, 3, 4),
    (2, 4, 4),
    (2, 2, 2, 2, 2),
}
_SEPARATOR_ONLY = re.compile(r"[\s.\-()/*•·_+~]*")
_MONEY_BEFORE = re.compile(r"[$€£¥₩₹₫]\s?$")
_CUE_REACH = 60
_LABEL_REACH = 45


class PhoneDetector:
    """Phone numbers in a seller's message: 7 to 15 digits that look or are announced like one."""

    name = "phones"
    version = 1

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        if context.sender not in SELLER or not is_worth_reading(reading):
            return
        for run in runs(reading.folded.text, with_words=reading.traits.number_words > 0):
            rule, confidence = judge(reading, run)
            if rule and not is_said_by_customer(run, context):
                yield make_finding(
                    self,
                    reading,
                    policy="contact_redirect",
                    rule=rule,
                    confidence=confidence,
                    start=run.start,
                    end=run.end,
                    view="digits" if run.spelled else "folded",
                    explanation="A phone number.",
                )


def is_worth_reading(reading: Reading) -> bool:
    """Whether there are enough figures or number words for a number; decides in microseconds for most
    messages."""
    traits = reading.traits
    text = reading.folded.text
    if traits.figures >= 6 or (traits.figures >= 3 and LOOKALIKE_FIGURES.search(text)):
        return True
    enough = max(2, 6 - traits.figures)
    return traits.number_words >= enough and (text.isascii() or count_numerals(text, enough=enough))


def _near(reading: Reading, concept: str, start: int, end: int, reach: int) -> int | None:
    """Distance of the nearest occurrence before (or just after) a place; ``None`` beyond ``reach``."""
    best: int | None = None
    for hit in reading.hits.get(concept, ()):
        if hit.end <= start:
            gap = start - hit.end
        elif hit.start >= end:
            gap = (hit.start - end) * 2  # What follows a number says less about it.
        else:
            gap = 0
        if gap <= reach and (best is None or gap < best):
            best = gap
    return best


def is_said_by_customer(run: Run, context: Context) -> bool:
    """Whether the seller only repeats a number that the customer gave (for an engraving, for the courier)."""
    return any(
        turn.sender == "customer" and run.digits in "".join(_DIGITS.findall(fold(turn.text).text))
        for turn in context.history
    )


def judge(reading: Reading, run: Run) -> tuple[str, float]:
    """The rule that makes this run a phone number, and how sure it is; an empty rule when it is something
    else."""
    count = len(run.digits)
    if not 7 <= count <= 15:
        return "", 0.0
    text = reading.folded.text
    if _MONEY_BEFORE.search(text[max(0, run.start - 2) : run.start]):
        return "", 0.0
    before = text[max(0, run.start - 2) : run.start]
    if re.search(r"[a-z]-?$", before) and not run.spelled:
        return "", 0.0  # "R-2024-004417", "LP0067182943"
    cue = _near(reading, "phone_cue", run.start, run.end, _CUE_REACH)
    label = _near(reading, "id_cue", run.start, run.end, _LABEL_REACH)
    if label is not None and (cue is None or label <= cue + 12):
        return "", 0.0
    if cue is None and label is None and not reading.has("id_cue"):
        cue = _near(reading, "number_word", run.start, run.end, _CUE_REACH)
    plus = bool(_INTERNATIONAL.match(text[max(0, run.start - 2) : run.end].lstrip(" (")))
    if cue is not None and (count >= 9 or run.spelled or "555" in run.digits):
        return "announced_number", 0.95 if count >= 9 else 0.85
    if run.spelled >= 4 and count >= 9:
        return "spelled_number", 0.9
    if plus and count >= 9:
        return "international_number", 0.92
    if run.pieces in _SHAPES and count >= 10:
        return "shaped_number", 0.88
    if set(run.pieces) == {1} and count >= 9:
        return "pulled_apart_number", 0.88
    if len(run.pieces) == 1 and _NANP.fullmatch(run.digits):
        return "bare_number", 0.5
    return "", 0.0
