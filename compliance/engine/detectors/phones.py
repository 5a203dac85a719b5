"""Finds a phone number offered in chat, however it is spaced, spelled or disguised."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.numbers import (
    LOOKALIKE_FIGURES,
    Run,
    count_numerals,
    even_runs,
    foreign_runs,
    runs,
    shaped_letters,
)
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
_FEWEST_COUNTED = 4
# "100 / 250 / 500 / 1000": a list that began before.
_GOES_ON = re.compile(r"\d\s?[/,;|]\s?$")
_SEPARATOR_ONLY = re.compile(r"[\s.\-()/*•·_+~]*")
_LETTER_BEFORE = re.compile(r"[a-z#][-]?$")
# "B825-174-9017", "gl961644350": a letter before figures is a code, not a disguised figure.
_LETTERED = re.compile(r"[a-z]{1,3}\d")
_MONEY_BEFORE = re.compile(r"[$€£¥₩₹₫]\s?$")
_SHORTEST = 7
_FEWEST_FIGURES = 8
# Mobile numbers in the grouping of their country: DE, BR, ID, RU, TR, NL, FR, GB, PH, AU, JP, VN.
_NATIONAL = re.compile(
    r"01[567]\d[ /-]\d{7,8}|\([1-9]\d\) ?9\d{4}-\d{4}|08\d{2}-\d{4}-\d{3,4}"
    r"|8[ -]?\(9\d{2}\) ?\d{3}-\d{2}-\d{2}"
    r"|05\d{2} \d{3} \d{2} \d{2}|06[ -]\d{8}|0[67](?:[ .]\d{2}){4}|07\d{3} \d{6}|09\d{2}[ -]\d{3}[ -]\d{4}"
    r"|04\d{2} \d{3} \d{3}|0[789]0-\d{4}-\d{4}"
)
# A sentence ends; a line break doesn't part a label from its number.
_SENTENCE_END = re.compile(r"(?<!nr)(?<!no)(?<!ref)(?<!num)(?<!art)\.\s|[!?]\s|[。！？]")
# Figures in circles, mathematical, full-width, raised, lowered, segmented, of counting rods or Roman.
_ODD_FIGURE = re.compile(
    "[\u00b2\u00b3\u00b9\u2070-\u2099\u2150-\u218f\u2460-\u24ff\u2776-\u2793\u3021-\u3029\uff10-\uff19"
    "\U0001d360-\U0001d371\U0001d7ce-\U0001d7ff\U0001f100-\U0001f10c\U0001fbf0-\U0001fbf9\u20e3]"
)
_INVISIBLE = re.compile(
    "[\u00ad\u0300-\u036f\u034f\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\u3164\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_FEWEST_FOREIGN = 7
_LONGEST_NATIONAL = 13
_FEWEST_BESIDE_LETTERS = 2
_CUE_REACH = 60
_LABEL_REACH = 45
# Between a label and what it names there are a few words and no pause ("order number 113 542 617").
_BOUND = re.compile(r"(?:[^\w,;.!?。，、！？\n]|(?<=nr|no)\.|[^\W_]\.(?! )|\w){0,40}")
_MOST_BOUND_WORDS = 4
_ONE_WORD = re.compile(r"[^\W\d_]+")
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
                explanation=gettext_noop("A phone number."),
            )


def _numbers(reading: Reading) -> Iterator[tuple[Run, str, str, float]]:
    """(number, view, rule, confidence) of what is a phone number in any view; places in the folded view."""
    words = reading.traits.number_words > 0
    told = reading.has("number_told")
    for run in runs(reading.folded.text, least=_SHORTEST, with_words=words, told=told):
        rule, confidence = judge(reading, run)
        if rule:
            yield run, "digits" if run.spelled else "folded", rule, confidence
    if reading.traits.figures >= _FEWEST_FIGURES or reading.has_roman:
        for run, like_sizes in even_runs(reading.folded.text):
            rule, confidence = judge_even(reading, run, like_sizes=like_sizes)
            if rule:
                yield run, "digits", rule, confidence
    elif reading.traits.figures >= _FEWEST_BESIDE_LETTERS:
        for run in shaped_letters(reading.folded.text):
            rule, confidence = judge_even(reading, run, like_sizes=False)
            if rule:
                yield run, "digits", rule, confidence
    if words and reading.number_words >= _FEWEST_FOREIGN:
        for run in foreign_runs(reading.folded.text):
            yield run, "digits", "spelled_number", 0.9
    if reading.lookalike is not None and words:
        for run in runs(reading.lookalike.text, least=_SHORTEST):
            rule, confidence = judge(reading, run)
            if rule and run.spelled:
                yield run, "lookalike", rule, confidence
    if reading.despaced is not None:
        for run in runs(reading.despaced.text, least=_FEWEST_FIGURES):
            if run.spelled:
                start, end = reading.despaced.span(run.start, run.end)
                placed = replace(run, start=start, end=end)
                rule, confidence = judge(reading, placed)
                if rule:
                    yield placed, "despaced", rule, confidence


def _is_list(run: Run) -> bool:
    """Whether the pieces are steps of a scale: "1 2 3 4 5 6 7 8", "0.5 1.0 1.5 2.0"."""
    if _is_counted(run):
        return True
    return not run.spelled and {".", " "} <= set(run.gaps) and set(run.pieces) == {1}


def _is_counted(run: Run) -> bool:
    """Whether somebody counts: each piece is as much more, or less, than the one before."""
    if len(run.pieces) < _FEWEST_COUNTED:
        return False
    values, at = [], 0
    for size in run.pieces:
        values.append(int(run.digits[at : at + size]))
        at += size
    return len({later - value for value, later in pairwise(values)}) == 1


def _is_rising(run: Run) -> bool:
    """Whether Roman figures count something: chapters and sizes rise."""
    return bool(run.spelled) and set(run.pieces) == {1} and list(run.digits) == sorted(run.digits)


def judge_even(reading: Reading, run: Run, *, like_sizes: bool) -> tuple[str, float]:
    """As ``judge``, for pieces with the same thing between them each time; sizes must be announced."""
    cue = _cue(reading, run)
    is_labelled = _is_bound if is_unmistakable(run) else _is_labelled_in_sentence
    if cue is None and is_labelled(reading, run):
        return "", 0.0
    if cue is None and (like_sizes or len(run.digits) < _FEWEST_FIGURES):
        return "", 0.0
    before = reading.folded.text[max(0, run.start - 2) : run.start]
    if _is_counted(run) or _GOES_ON.search(reading.folded.text[max(0, run.start - 6) : run.start]):
        return "", 0.0
    if cue is None and (_is_list(run) or _is_rising(run) or _LETTER_BEFORE.search(before)):
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
    if reading.number_words >= enough:
        return True
    other = reading.lookalike
    return other is not None and (
        count_numerals(other.text) >= enough or LOOKALIKE_FIGURES.search(other.text) is not None
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


def _cue(reading: Reading, run: Run) -> int | None:
    """Distance of the nearest words that announce a number to call."""
    strong = _near(reading, "phone_cue", run.start, run.end, _CUE_REACH)
    hint = _near(reading, "phone_hint", run.start, run.end, _CUE_REACH)
    return strong if hint is None or (strong is not None and strong < hint) else hint


def is_said_by_customer(run: Run, context: Context) -> bool:
    """Whether the seller only repeats a number that the customer gave (for an engraving, for the courier)."""
    return any(
        turn.sender == "customer" and run.digits in "".join(_DIGITS.findall(fold(turn.text).text))
        for turn in context.history
    )


def _in_sentence(reading: Reading, concept: str, run: Run) -> bool:
    """Whether the concept stands in the run's sentence, before it or right after it."""
    text = reading.folded.text
    return any(
        not _SENTENCE_END.search(text, hit.end, run.start)
        if hit.end <= run.start
        else not _SENTENCE_END.search(text, run.end, hit.start)
        for hit in reading.hits.get(concept, ())
        if run.start - _LABEL_REACH <= hit.end and hit.start <= run.end + _LABEL_REACH
    )


def _is_labelled_in_sentence(reading: Reading, run: Run) -> bool:
    return _in_sentence(reading, "id_cue", run)


def _is_bound(reading: Reading, run: Run) -> bool:
    """Whether a label names just these figures: few words and no pause between them."""
    text = reading.folded.text
    for hit in reading.hits.get("id_cue", ()):
        first, last = (hit.end, run.start) if hit.end <= run.start else (run.end, hit.start)
        if not 0 <= last - first <= _LABEL_REACH or not _BOUND.fullmatch(text, first, last):
            continue
        if len(_ONE_WORD.findall(text[first:last])) <= _MOST_BOUND_WORDS:
            return True
    return False


def _is_no_code(run: Run, text: str) -> bool:
    """As ``is_unmistakable``, and not of letters and figures like a batch ("L2209-5550147")."""
    return is_unmistakable(run) and not _LETTERED.match(text, run.start)


def is_unmistakable(run: Run) -> bool:
    """Whether nothing but a number to call is written so, unless something names it otherwise."""
    if run.spelled >= 4 or (set(run.pieces) == {1} and len(run.digits) >= _FEWEST_FIGURES + 1):
        return True
    return run.pieces in ((3, 3, 4), (1, 3, 3, 4)) and bool(_NANP.fullmatch(run.digits))


def is_oddly_written(reading: Reading, run: Run) -> bool:
    """Whether the figures are in signs or a script that the letters around are not in, or hide in marks.

    Arabic figures in an Arabic message are as plain as can be; "⑦①⑧" in any message is not.
    """
    start, end = reading.original(run.start, run.end)
    piece = reading.text[start:end]
    if piece.isascii():
        return False
    if any(_ODD_FIGURE.match(char) or _INVISIBLE.match(char) for char in piece):
        return True
    foreign = [char for char in piece if char.isdecimal() and not char.isascii()]
    if len(foreign) < _FEWEST_FIGURES - 1:
        return False
    block = ord(foreign[0]) >> 8
    return not any(ord(char) >> 8 == block for char in reading.text if char.isalpha())


def judge(reading: Reading, run: Run) -> tuple[str, float]:
    """The rule that makes this run a phone number, and how sure it is; an empty rule when it is something
    else."""
    count = len(run.digits)
    if not _SHORTEST <= count <= 15:
        return "", 0.0
    text = reading.folded.text
    if _MONEY_BEFORE.search(text[max(0, run.start - 2) : run.start]):
        return "", 0.0
    before = text[max(0, run.start - 2) : run.start]
    if (re.search(r"[a-z]-?$", before) and not run.spelled) or before.endswith("#"):
        return "", 0.0  # "R-2024-004417", "LP0067182943"
    cue = _cue(reading, run)
    label = _near(reading, "id_cue", run.start, run.end, _LABEL_REACH)
    odd = is_oddly_written(reading, run)
    if (
        label is not None
        and (odd or run.spelled >= 4 or len(run.pieces) > 2)
        and not _in_sentence(reading, "id_cue", run)
    ):
        label = (
            None  # "Thanks for your order! 212 555 0147 if you need me": the order is not what is numbered.
        )
    if label is not None and (odd or _is_no_code(run, text)) and not _is_bound(reading, run):
        label = None  # "if the parcel is late try 212 555 0147"
    if label is not None and label > _LABEL_BESIDE and _IN_PARENTHESES.match(text, max(0, run.start - 1)):
        label = None  # Nothing but a number to call is written "(775) 555-0188".
    if label is not None and (cue is None or label <= cue + 12):
        return "", 0.0
    if cue is None and label is None and count <= _LONGEST_NATIONAL and not reading.has("id_cue"):
        cue = _near(reading, "number_word", run.start, run.end, _CUE_REACH)
    if _is_counted(run):
        return "", 0.0
    if cue is None and (_is_list(run) or (run.spelled < 4 and _LETTERED.match(text, run.start))):
        return "", 0.0
    plus = bool(_INTERNATIONAL.match(text[max(0, run.start - 2) : run.end].lstrip(" (")))
    if cue is not None and (count >= 9 or run.spelled or "555" in run.digits):
        return "announced_number", 0.95 if count >= 9 else 0.85
    if reading.has("number_told") and (_NANP.fullmatch(run.digits) or (count >= 9 and odd)):
        return "told_number", 0.85
    if reading.has("turn_hint") and _NANP.fullmatch(run.digits[::-1]):
        return "told_number", 0.85
    if run.spelled >= 4 and count >= 9:
        return "spelled_number", 0.9
    if odd and count >= 10:
        return "oddly_written_number", 0.86
    if plus and count >= 9:
        return "international_number", 0.92
    if run.pieces in _SHAPES and count >= 10 and set(run.gaps) != {"/"}:
        return "shaped_number", 0.88
    if set(run.pieces) == {1} and count >= 9:
        return "pulled_apart_number", 0.88
    if label is None and _NATIONAL.fullmatch(text[max(0, run.start - 1) : run.end].lstrip()):
        return "national_number", 0.86
    if len(run.pieces) == 1 and _NANP.fullmatch(run.digits):
        return "bare_number", 0.5
    return "", 0.0
