"""Finds a phone number offered in chat, however it is spaced, spelled or disguised."""

import re
from collections.abc import Iterator
from dataclasses import replace

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.gathered import apart_runs, told_parts
from compliance.engine.numbers import (
    AMOUNT_AFTER,
    LOOKALIKE_FIGURES,
    NANP,
    Run,
    count_numerals,
    even_runs,
    foreign_runs,
    is_counted,
    runs,
    shaped_letters,
)
from compliance.engine.places import Places
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER
from compliance.engine.scattered import may_sound
from compliance.engine.text import fold

_DIGITS = re.compile(r"\d")
_INTERNATIONAL = re.compile(r"\+\s?\d")
_SHAPED_WHOLE = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}|1[3-9]\d{9}")
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
# Countries' calling codes, after a plus sign, "plus", two zeros or in brackets.
_CALLING_CODE = (
    r"(?:1|7|2[07]|2[1-69]\d|3[0123469]|3[578]\d|4[013-9]|42[01]|5[1-8]|5[09]\d|6[0-6]|6[789]\d|8[1246]|8[058]\d"
    r"|9[0-58]|9[679]\d)"
)
_BRACKETED_CODE = re.compile(rf"\({_CALLING_CODE}\)")
_ZEROS_AND_CODE = re.compile(rf"00{_CALLING_CODE}")
_PLUS_IN_WORDS = re.compile(r"(?<![^\W_])(?:plus|mas|mais|piu|плюс|più|más)\s?$")
_LONGEST_PLUS = 6
# "0171_555_01_23", "0171/55/501/23": groups that no code and no date has.
_ODD_GAPS = {
    " #",
    "','",
    '","',
    "|",
    " | ",
    " ve ",
    " und ",
    " and ",
    " y ",
    " e ",
    " og ",
    " och ",
    " ja ",
    " et ",
    "_",
    "/",
    "~",
    "__",
    " _ ",
    " / ",
    " - ",
    ".",
    "-",
    " ",
}
_DATE = re.compile(r"(?:19|20)\d{2}\D|\d{1,2}\D\d{1,2}\D(?:19|20)\d{2}")
_LONGEST_GROUP = 5
_NO_AMOUNTS = {
    (3, 7),
    (6, 4),
    (3, 3, 4),
    (3, 3, 2, 2),
    (3, 3, 1, 3),
    (5, 5),
    (3, 4, 3),
    (2, 8),
    (4, 6),
}
_WHOLE = range(9, 13)
_KINDS_OF_GAPS, _SINGLES = 4, 3
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
_DIAL_IT = re.compile(
    r"(?<![^\W_])(?:call|ring|text|txt|dial|phone|whatsapp|sms|message)\s"
    r"(?:it|that|this|them|all|me there|the (?:order|tracking|ref|size|code|number|item)s?)(?![^\W_])"
    r"|where you can (?:phone|call|reach|text|ring)"
)
_DIAL_REACH = 44
# "Call01765550123": a number glued to the word that announces it.
_GLUED_CUE = re.compile(
    r"(?<![^\W_])(?:call|callme|callto|t e l|ring|phone|text"
    r"|txt|dial|sms|tel|telefon|telefono|cell|mobile|mob|whatsapp|wa|whats|wpp"
    r"|zap|number|num|nr|reach|handy|fon|anruf|llama|llamame|liga|appelle|chiama|bel|zadzwon|ara|hubungi|goi|zalo|viber"
    r"|telegram|signal|imo|ping)(?: ?[-:=] ?)?$"
)
_LONGEST_CUE = 12
_FEWEST_FOREIGN = 7
_FEWEST_ROW_WORDS = 3
_FEWEST_ALIKE = 3
_LONGEST_NATIONAL = 13
_FEWEST_BESIDE_LETTERS = 2
_CLOCK = re.compile(r"(?<!\d)[0-2]?\d:[0-5]\d(?!\d)")
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
        taken = Places()
        for run, view, rule, confidence in _numbers(reading):
            if is_said_by_customer(run, context) or taken.overlaps(run.start, run.end):
                continue
            taken.add(run.start, run.end)
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
    rows = list(foreign_runs(reading.folded.text)) if words and _may_hold_row(reading) else []
    apart = [run for run in apart_runs(reading) if not _is_bound(reading, run) or _is_dialled(reading, run)]
    wholes = [*rows, *apart]
    for run in runs(reading.folded.text, least=_SHORTEST, with_words=words, told=told):
        rule, confidence = judge(reading, run)
        if rule:
            yield _filled_up(run, wholes), "digits" if run.spelled else "folded", rule, confidence
    if reading.traits.figures >= _FEWEST_FIGURES or reading.has_roman:
        for run, like_sizes in even_runs(reading.folded.text):
            rule, confidence = judge_even(reading, run, like_sizes=like_sizes)
            if rule:
                yield _filled_up(run, wholes), "digits", rule, confidence
    elif reading.traits.figures >= _FEWEST_BESIDE_LETTERS:
        for run in shaped_letters(reading.folded.text):
            rule, confidence = judge_even(reading, run, like_sizes=False)
            if rule:
                yield run, "digits", rule, confidence
    for run in told_parts(reading):
        yield run, "digits", "told_number", 0.86
    for run in rows:
        yield run, "digits", "spelled_number", 0.9
    for run in apart:
        yield run, "digits", "scattered_number", 0.86
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


def _is_dialled(reading: Reading, run: Run) -> bool:
    """Whether what follows says to call just these figures, whatever they are called: "dial it"."""
    return _DIAL_IT.search(reading.folded.text, run.end, run.end + _DIAL_REACH) is not None


def _may_hold_row(reading: Reading) -> bool:
    """Whether there are number words and figures enough for a number told in words."""
    count = reading.number_words
    return count >= _FEWEST_ROW_WORDS and count + reading.traits.figures >= _FEWEST_FOREIGN


def _filled_up(run: Run, rows: list[Run]) -> Run:
    """A number whose other figures are words of one language that only a row of them reveals, whole."""
    for row in rows:
        if not row.spelled:
            continue
        is_wider = row.start <= run.start and run.end <= row.end and len(row.digits) >= len(run.digits)
        if is_wider or (row.start < run.end and run.start < row.end and len(row.digits) > len(run.digits)):
            return replace(row, start=min(run.start, row.start), end=max(run.end, row.end))
    return run


def _is_list(run: Run, text: str) -> bool:
    """Whether the pieces are a scale or times: "1 2 3 4 5 6 7 8", "0.5 1.0 1.5 2.0", "9:30 10:00"."""
    if is_counted(run) or len(_CLOCK.findall(text, run.start, run.end)) > 1:
        return True
    return not run.spelled and {".", " "} <= set(run.gaps) and set(run.pieces) == {1}


def _is_pattern(run: Run) -> bool:
    """Whether single figures, joined in groups, begin again and again alike: "0-3-5 0-3-6-5 0-3-5-3-0"."""
    groups, group = [], run.digits[:1]
    usual = max(set(run.gaps), key=run.gaps.count) if run.gaps else ""
    for digit, gap in zip(run.digits[1:], run.gaps, strict=False):
        if gap == usual:
            group += digit
        else:
            groups.append(group)
            group = digit
    groups.append(group)
    return len(groups) >= _FEWEST_ALIKE and len({group[:2] for group in groups}) == 1


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
    if is_counted(run) or _GOES_ON.search(reading.folded.text[max(0, run.start - 6) : run.start]):
        return "", 0.0
    if cue is None and (
        _is_list(run, reading.folded.text) or _is_rising(run) or _LETTER_BEFORE.search(before)
    ):
        return "", 0.0
    shaped = bool(_SHAPED_WHOLE.fullmatch(run.digits)) or cue is not None
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
    if not reading.folded.text.isascii() and may_sound(reading.folded.text):
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


def _is_bound(reading: Reading, run: Run, *, only_before: bool = False) -> bool:
    """Whether a label names just these figures: few words and no pause between them."""
    text = reading.folded.text
    for hit in reading.hits.get("id_cue", ()):
        first, last = (hit.end, run.start) if hit.end <= run.start else (run.end, hit.start)
        if only_before and hit.start >= run.end:
            continue
        if not 0 <= last - first <= _LABEL_REACH or not _BOUND.fullmatch(text, first, last):
            continue
        if len(_ONE_WORD.findall(text[first:last])) <= _MOST_BOUND_WORDS:
            return True
    return False


def _is_international(run: Run, text: str) -> bool:
    """Whether a country's calling code stands first, marked as such."""
    before = text[max(0, run.start - _LONGEST_PLUS) : run.start]
    if _INTERNATIONAL.match(text[max(0, run.start - 2) : run.end].lstrip(" (")):
        return True
    if _PLUS_IN_WORDS.search(before.rstrip("( ") + " ") or _BRACKETED_CODE.match(text, max(0, run.start - 1)):
        return len(run.pieces) > 1
    return len(run.digits) > _WHOLE[1] and len(run.pieces) > 2 and bool(_ZEROS_AND_CODE.match(run.digits))


def _is_no_amount(run: Run, text: str) -> bool:
    """Whether figures with a currency beside them are written as no sum of money ever is."""
    if not NANP.fullmatch(run.digits) or len(run.digits) != _WHOLE[1]:
        return False
    is_money = _MONEY_BEFORE.search(text[max(0, run.start - 2) : run.start]) or AMOUNT_AFTER.match(
        text, run.end
    )
    return bool(is_money) and run.pieces in _NO_AMOUNTS


def _is_oddly_grouped(run: Run, text: str) -> bool:
    """Whether the groups are those of no date, code or sum: low lines, or three and more after a zero."""
    if len(run.digits) in _WHOLE and len(set(run.gaps)) >= _KINDS_OF_GAPS and run.pieces.count(1) >= _SINGLES:
        return not run.spelled  # "0~7~7_0*0-9.00-620": each time another sign.
    if len(set(run.gaps)) != 1 or run.gaps[0] not in _ODD_GAPS or len(run.digits) not in range(9, 14):
        return False
    if run.spelled or _DATE.match(text, run.start) or max(run.pieces) > _LONGEST_GROUP:
        return False
    if set(run.gaps) == {"_"}:
        return len(run.pieces) > 2
    return len(run.pieces) > 2 and run.digits[0] == "0" and run.digits[1] != "0" and run.pieces[0] > 1


def _is_no_code(run: Run, text: str) -> bool:
    """As ``is_unmistakable``, and not of letters and figures like a batch ("L2209-5550147")."""
    return is_unmistakable(run) and not _LETTERED.match(text, run.start)


def is_unmistakable(run: Run) -> bool:
    """Whether nothing but a number to call is written so, unless something names it otherwise."""
    if run.spelled >= 4 or (set(run.pieces) == {1} and len(run.digits) >= _FEWEST_FIGURES + 1):
        return True
    return run.pieces in ((3, 3, 4), (1, 3, 3, 4)) and bool(NANP.fullmatch(run.digits))


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
    if _MONEY_BEFORE.search(text[max(0, run.start - 2) : run.start]) and not _is_no_amount(run, text):
        return "", 0.0
    before = text[max(0, run.start - 2) : run.start]
    cue = _cue(reading, run)
    if _GLUED_CUE.search(text, max(0, run.start - _LONGEST_CUE), run.start):
        cue = 0
    elif re.search(r"[a-z]-?$", before) and not run.spelled:
        return "", 0.0  # "R-2024-004417", "LP0067182943"
    if before.endswith("#") and len(run.pieces) == 1 and (cue is None or not NANP.fullmatch(run.digits)):
        return "", 0.0
    is_dialled = _is_dialled(reading, run)
    label = None if is_dialled else _near(reading, "id_cue", run.start, run.end, _LABEL_REACH)
    if is_dialled and cue is None:
        cue = 0
    odd = is_oddly_written(reading, run)
    if (
        label is not None
        and (odd or run.spelled >= 4 or len(run.pieces) > 2)
        and not _in_sentence(reading, "id_cue", run)
    ):
        label = (
            None  # "Thanks for your order! 212 555 0147 if you need me": the order is not what is numbered.
        )
    plus = _is_international(run, text)
    is_clear = odd or plus or _is_no_code(run, text) or _is_no_amount(run, text)
    if label is not None and is_clear and not _is_bound(reading, run, only_before=plus):
        label = None  # "if the parcel is late try 212 555 0147"
    if label is not None and label > _LABEL_BESIDE and _IN_PARENTHESES.match(text, max(0, run.start - 1)):
        label = None  # Nothing but a number to call is written "(775) 555-0188".
    if label is not None and (cue is None or label <= cue + 12):
        return "", 0.0
    if cue is None and label is None and count <= _LONGEST_NATIONAL and not reading.has("id_cue"):
        cue = _near(reading, "number_word", run.start, run.end, _CUE_REACH)
    if is_counted(run):
        return "", 0.0
    if cue is None and (_is_list(run, text) or (run.spelled < 4 and _LETTERED.match(text, run.start))):
        return "", 0.0
    if cue is not None and (count >= 9 or run.spelled or "555" in run.digits):
        return "announced_number", 0.95 if count >= 9 else 0.85
    if reading.has("number_told") and (NANP.fullmatch(run.digits) or (count >= 9 and odd)):
        return "told_number", 0.85
    if reading.has("turn_hint") and NANP.fullmatch(run.digits[::-1]):
        return "told_number", 0.85
    is_told = reading.has("number_told") and reading.has("phone_cue", "phone_hint")
    if label is None and is_told and count >= 9:
        return "told_number", 0.85
    if run.spelled >= 4 and count >= 9:
        return "spelled_number", 0.9
    if label is None and _is_no_amount(run, text):
        return "shaped_number", 0.84
    if odd and count >= 10:
        return "oddly_written_number", 0.86
    if plus and count >= 9:
        return "international_number", 0.92
    if run.pieces in _SHAPES and count >= 10 and set(run.gaps) != {"/"}:
        return "shaped_number", 0.88
    if set(run.pieces) == {1} and count >= 9 and not _is_pattern(run):
        return "pulled_apart_number", 0.88
    if label is None and _is_oddly_grouped(run, text):
        return "shaped_number", 0.84
    if label is None and _NATIONAL.fullmatch(text[max(0, run.start - 1) : run.end].lstrip()):
        return "national_number", 0.86
    if len(run.pieces) == 1 and NANP.fullmatch(run.digits):
        return "bare_number", 0.5
    return "", 0.0
