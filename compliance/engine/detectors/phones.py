"""Finds a phone number offered in chat, however it is spaced, spelled or disguised."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding
from compliance.engine.numbers import LOOKALIKE_FIGURES, Run, count_numerals, even_runs, runs
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
_LETTER_BEFORE = re.compile(r"[a-z#][-]?$")
# "B825-174-9017", "gl961644350": a letter before figures is a code, not a disguised figure.
_LETTERED = re.compile(r"[a-z]{1,3}\d")
_MONEY_BEFORE = re.compile(r"[$€£¥₩₹₫]\s?$")
_FEWEST_FIGURES = 8
_CUE_REACH = 60
_LABEL_REACH = 45
_LABEL_BESIDE = 3
_IN_PARENTHESES = re.compile(r"\([2-9]\d{2}\)[ -]?\d{3}[ .-]\d{4}(?!\d)")


class PhoneDetector:
    """Phone numbers in a seller's message: 7 to 15 digits that look or are announced like one."""

    name = "phones"
    version = 1

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        if context.sender not in SELLER or not is_worth_reading(reading):
            return
        taken: list[tuple[int, int]] = []
        for run, view, rule, confidence in _numbers(reading):
            if is_said_by_customer(run, context) or any(a < run.end and run.start < b for a, b in taken):
                continue
            taken.append((run.start, run.end))
            yield make_finding(
                self,
                reading,
                policy="contact_redirect",
                rule=rule,
                confidence=confidence,
                start=run.start,
                end=run.end,
                view=view,
                explanation="A phone number.",
            )


def _numbers(reading: Reading) -> Iterator[tuple[Run, str, str, float]]:
    """(number, view, rule, confidence) of what is a phone number in any view; places in the folded view."""
    words = reading.traits.number_words > 0
    for run in runs(reading.folded.text, with_words=words):
        rule, confidence = judge(reading, run)
        if rule:
            yield run, "digits" if run.spelled else "folded", rule, confidence
    if reading.traits.figures >= _FEWEST_FIGURES or reading.has_roman:
        for run, like_sizes in even_runs(reading.folded.text):
            rule, confidence = judge_even(reading, run, like_sizes=like_sizes)
            if rule:
                yield run, "digits", rule, confidence
    if reading.lookalike is not None and words:
        for run in runs(reading.lookalike.text):
            rule, confidence = judge(reading, run)
            if rule and run.spelled:
                yield run, "lookalike", rule, confidence
    if reading.despaced is not None:
        for run in runs(reading.despaced.text):
            if run.spelled and len(run.digits) >= _FEWEST_FIGURES:
                start, end = reading.despaced.span(run.start, run.end)
                placed = replace(run, start=start, end=end)
                rule, confidence = judge(reading, placed)
                if rule:
                    yield placed, "despaced", rule, confidence


def _is_list(run: Run) -> bool:
    """Whether the pieces are steps of a scale: "1 2 3 4 5 6 7 8", "0.5 1.0 1.5 2.0"."""
    values = [int(digit) for digit in run.digits]
    if len({later - value for value, later in pairwise(values)}) == 1:
        return True
    return not run.spelled and {".", " "} <= set(run.gaps) and set(run.pieces) == {1}


def judge_even(reading: Reading, run: Run, *, like_sizes: bool) -> tuple[str, float]:
    """As ``judge``, for pieces with the same thing between them each time; sizes must be announced."""
    cue = _near(reading, "phone_cue", run.start, run.end, _CUE_REACH)
    if _near(reading, "id_cue", run.start, run.end, _LABEL_REACH) is not None and cue is None:
        return "", 0.0
    if cue is None and (like_sizes or len(run.digits) < _FEWEST_FIGURES):
        return "", 0.0
    before = reading.folded.text[max(0, run.start - 2) : run.start]
    if cue is None and (run.spelled or _is_list(run) or _LETTER_BEFORE.search(before)):
        return "", 0.0
    shaped = bool(_NANP.fullmatch(run.digits)) or cue is not None
    return ("evenly_parted_number", 0.88) if shaped or set(run.pieces) == {1} else ("", 0.0)


def is_worth_reading(reading: Reading) -> bool:
    """Whether there are enough figures or number words for a number; decides in microseconds for most
    messages."""
    traits = reading.traits
    if traits.figures >= 6 or (traits.figures >= 3 and LOOKALIKE_FIGURES.search(reading.folded.text)):
        return True
    if reading.despaced is not None or reading.has_roman:
        return True
    enough = max(2, 6 - traits.figures)
    return reading.number_words >= enough or (
        reading.lookalike is not None and count_numerals(reading.lookalike.text) >= enough
    )


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
    if (re.search(r"[a-z]-?$", before) and not run.spelled) or before.endswith("#"):
        return "", 0.0  # "R-2024-004417", "LP0067182943"
    cue = _near(reading, "phone_cue", run.start, run.end, _CUE_REACH)
    label = _near(reading, "id_cue", run.start, run.end, _LABEL_REACH)
    if label is not None and label > _LABEL_BESIDE and _IN_PARENTHESES.match(text, max(0, run.start - 1)):
        label = None  # Nothing but a number to call is written "(775) 555-0188".
    if label is not None and (cue is None or label <= cue + 12):
        return "", 0.0
    if cue is None and label is None and not reading.has("id_cue"):
        cue = _near(reading, "number_word", run.start, run.end, _CUE_REACH)
    if cue is None and (_LETTERED.match(text, run.start) or _is_list(run)):
        return "", 0.0
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
