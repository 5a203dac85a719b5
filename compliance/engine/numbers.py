"""Runs of digits in a text, however they are written: figures, words, look-alike letters, one by one, with
fillers."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from compliance.engine.concepts import Hits, Lexicon, Term, read_term
from compliance.engine.rows import count_in_word, counts_on, rows
from compliance.engine.text import DATA, collapse, fold_text

_FIGURES = re.compile(r"(?<!&#)(?<!\d)\d+")
# A word of figures and letters that look like figures ("S5S", "O1Z6", "7l3"), or such a letter alone.
LOOKALIKE_FIGURES = re.compile(
    r"(?<![^\W_])(?!\d{2,4}s(?![^\W_]))(?=[a-z]*\d)[\doilszbgqe|]{2,14}(?![^\W_])|(?<![^\W_])[oil](?![^\W_])"
)
# "S21, S22, S23": names of models, not letters that look like figures.
_MODEL = re.compile(r"(?<![^\W_])([a-z])\d{1,4}(?![^\W_])")
_LETTER_DIGITS = str.maketrans("oil|zesbgq", "0111235899")
_FILLERS = (
    "and|then|dash|hyphen|minus|dot|point|space|followed by|next|comma|slash|the|number|digit|area code|code"
    "|plus|with|a|an|of|is|area|y|e|et|und|luego|despues|guion|punto|traco|ponto|hifen|tiret|point|puis|dann|dan|strip"
    "|lalu|roi|tapos|тире|потом|затем|дальше|sau do|kemudian"
    "|ve|och|og|ja|oraz|en|wa"
    "|again|once more|finally|another|afterwards|lastly|now|next is|digit|after it|after that"
)
_GAP = re.compile(rf"[\W_]{{0,8}}(?:(?:{_FILLERS})[\W_]{{1,4}}){{0,4}}")
# What stands between the parts of a number told part by part ("starts with 212, ends with 0147").
_TOLD = (
    "first|second|third|last|half|part|rest|remaining|starts?|begins?|ends?|finish(?:es)?|it|that|after|finally|in"
    "|digits|numbers|three|four|to|for|are|begin|follows?|by|here|now|one|ones|you|add|put|write|my|area code"
    "|ending|prefix|suffix|remaining|remainder|bit|next|type|goes|comes|other|middle|end|also|i"
)
_TOLD_GAP = re.compile(rf"[\W_]{{0,8}}(?:(?:{_FILLERS}|{_TOLD})[\W_]{{1,4}}){{0,6}}")
_HAS_WORD = re.compile(r"[^\W\d_]")
# An amount as it is written; "812 555 and 01.03" and "609.5550142" are none.
AMOUNT_AFTER = re.compile(r"\s?(?:usd|eur|gbp|cad|aud|dollars?|euros?|bucks|pounds|[$€£])")
# A number of North America.
NANP = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
MAX_ITEMS = 2_000
_WHOLE_LENGTHS = range(9, 13)
_MOST_BETWEEN = 40
_WHOLE_NUMBER = 10


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that stand together, with their place in the text they were read from.

    ``spelled`` counts digits given in words or look-alike letters; ``pieces`` are the lengths of the written
    groups.
    """

    digits: str
    start: int
    end: int
    spelled: int
    pieces: tuple[int, ...]
    gaps: tuple[str, ...]


def is_counted(run: Run) -> bool:
    """Whether somebody counts or lists sizes: "44, 46, 48, 50"."""
    groups, at = [], 0
    for size in run.pieces:
        groups.append(run.digits[at : at + size])
        at += size
    if "." in run.gaps and len(run.gaps) == len(groups) - 1:  # "7 7.5 8": halves are left out.
        beside = ((*run.gaps, ""), ("", *run.gaps))
        groups = [group for group, *gaps in zip(groups, *beside, strict=True) if "." not in gaps]
    return len(groups) > 1 and counts_on(groups)


class _Item(NamedTuple):
    start: int
    end: int
    value: str
    is_word: bool
    is_lone_letter: bool = False  # "o", "i" or "l" standing alone: a digit only among digits.


_IS_WORD = attrgetter("is_word")


@lru_cache(maxsize=1)
def numerals() -> tuple[Lexicon, Mapping[str, str]]:
    """A lexicon of the number words and the value of each, read from ``data/numerals.txt``."""
    terms: list[Term] = []
    values: dict[str, str] = {}
    for line in (DATA / "numerals.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        head, words = line.split(":", 1)
        value = head.split()[1]
        for word in words.split(";"):
            folded = fold_text(word).strip()
            if folded and folded not in values:
                values[folded] = value
                terms.append(read_term("numeral", "en", folded))
    return Lexicon(tuple(terms)), values


# Digits with the same thing between them each time, whatever it is: "326 lol 555 lol 0142", "8|6|4|5 ...".
_SAME_BETWEEN = re.compile(
    r"(?<!\d)(\d{3})([^\d\n]{1,14})(\d{3,4})\2(\d{4})(?!\d)|(?<!\d)\d([^\d]{1,10})(?:\d\5){6,13}\d(?!\d)"
)
_ROMAN = "viii|iii|vii|iv|ix|vi|ii|v|i"
_ROMAN_RUN = re.compile(
    rf"(?<![^\W_])(?:{_ROMAN}|[0o])([ \-.,/|·]{{1,3}})"
    rf"(?:(?:{_ROMAN}|[0o]|\d)\1){{5,13}}(?:{_ROMAN}|[0o]|\d)(?![^\W_])"
)
_ROMAN_VALUES = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
}
# "2w1k2j5...": a letter after each figure; "9I7-SSS-OISB": letters for figures in the shape of a number.
_LETTER_AFTER_EACH = re.compile(r"(?<![^\W_])[a-z]?(?:\d[a-z]{1,2}){8,12}\d[a-z]{0,2}(?![^\W_])")
# "nora415shop555desk0123": three groups between letters.
_GROUPS_IN_LETTERS = re.compile(
    r"(?<![^\W_])[a-z]{0,12}(\d{3})[a-z_]{1,12}(\d{3})[a-z_]{1,12}(\d{4})[a-z]{0,12}(?![^\W_])"
)
_SHAPED_LETTERS = re.compile(
    r"(?<![^\W_])[\doilszbgeq|]{3}([-. ])[\doilszbgeq|]{3}\1[\doilszbgeq|]{4}(?![^\W_])"
)
_FEWEST_REAL = 2
_UNITS_BETWEEN = re.compile(r"\s*(?:[x×*]|by|por|mal|,|\.)\s*")
# In every match of ``_ROMAN_RUN``: its first three pieces.
_MAY_BE_ROMAN = re.compile(r"[ivxo0][ \-.,/|·]{1,3}[ivxo\d]{1,4}[ \-.,/|·]{1,3}[ivxo\d]")
_ROW_OF_FIGURES = re.compile(r"\d+")
# Rows of figures in each match of the patterns that read no letters as figures.
_FEWEST_ROWS = 3


def even_runs(text: str) -> Iterator[tuple[Run, bool]]:
    """Numbers with the same thing between their pieces each time, and whether sizes are written so."""
    has_rows = len(_ROW_OF_FIGURES.findall(text)) >= _FEWEST_ROWS
    for match in _SAME_BETWEEN.finditer(text) if has_rows else ():
        pieces = match.group(1, 3, 4) if match[1] else tuple(re.findall(r"\d", match.group()))
        between = match[2] or match[5]
        yield (
            Run("".join(pieces), match.start(), match.end(), 0, tuple(map(len, pieces)), (between,)),
            (bool(match[1]) and bool(_UNITS_BETWEEN.fullmatch(between)))
            or (between == "/" and bool(match[1])),
        )
    for match in _LETTER_AFTER_EACH.finditer(text) if has_rows else ():
        found = re.sub(r"[a-z]", "", match.group())
        yield Run(found, match.start(), match.end(), 0, (1,) * len(found), ("",)), False
    for match in _GROUPS_IN_LETTERS.finditer(text) if has_rows else ():
        yield Run("".join(match.groups()), match.start(), match.end(), 0, (3, 3, 4), ("",)), False
    for run in shaped_letters(text):
        yield run, False
    for match in _ROMAN_RUN.finditer(text) if _MAY_BE_ROMAN.search(text) else ():
        pieces = tuple(re.split(re.escape(match[1]), match.group()))
        digits = "".join(_ROMAN_VALUES.get(piece, piece.replace("o", "0")) for piece in pieces)
        yield Run(digits, match.start(), match.end(), len(digits), (1,) * len(digits), (match[1],)), False


def scattered_figures(text: str) -> Iterator[Run]:
    """Single figures, in words or not, with anything but other numbers between them: nine to twelve."""
    chain: list[_Item] = []
    for item in _items(text, with_words=True):
        if item.is_lone_letter:
            continue
        is_single = len(item.value) == 1 and item.value.isdigit()
        if chain and (not is_single or item.start - chain[-1].end > _MOST_BETWEEN):
            yield from _scattered(chain)
            chain = []
        if is_single:
            chain.append(item)
    yield from _scattered(chain)


def _scattered(chain: list[_Item]) -> Iterator[Run]:
    if len(chain) in _WHOLE_LENGTHS:
        digits = "".join(item.value for item in chain)
        gaps = (" ",) * (len(chain) - 1)
        yield Run(digits, chain[0].start, chain[-1].end, len(chain), (1,) * len(chain), gaps)


def shaped_letters(text: str) -> Iterator[Run]:
    """Numbers in groups of three, three and four, some of whose figures are letters."""
    for match in _SHAPED_LETTERS.finditer(text):
        if sum(char.isdigit() for char in match.group()) >= _FEWEST_REAL:
            found = re.sub(r"[-. ]", "", match.group()).translate(_LETTER_DIGITS)
            yield Run(found, match.start(), match.end(), len(found), (3, 3, 4), (match[1],))


_WORD = re.compile(r"(?<![\w*])[a-z0-9*]{3,60}(?![\w*])")
_DIGIT_WORDS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5",
    "seis": "6", "siete": "7", "ocho": "8", "nueve": "9",
    "wun": "1", "thre": "3", "foar": "4", "fower": "4", "fiv": "5", "faiv": "5", "siks": "6", "sevn": "7",
    "sevin": "7", "eyt": "8", "nyne": "9", "nain": "9", "zro": "0", "ziro": "0", "zeroh": "0", "wunn": "1",
    "tuu": "2",
    "thri": "3", "faur": "4", "fohr": "4", "fyve": "5", "faive": "5", "sics": "6", "sixx": "6",
    "sevun": "7", "seben": "7", "eit": "8", "eigt": "8", "eigh": "8", "eihgt": "8", "nien": "9", "nein": "9",
    "nin": "9", "niin": "9", "nighn": "9", "foor": "4", "fourr": "4", "tree": "3",
}  # fmt: skip
_BY_SQUASHED = {collapse(word): digit for word, digit in _DIGIT_WORDS.items()}
# The same with one letter starred: "f*ve", "thr*e"; two numbers may share a form ("*ero" is none of theirs).
_BY_STARRED = {
    word[:place] + "*" + word[place + 1 :]: digit
    for word, digit in list(_DIGIT_WORDS.items())[:20]
    for place in range(len(word))
}
_GLUED = re.compile("|".join(sorted(_DIGIT_WORDS, key=lambda word: -len(word))))
_GLUED_OR_FIGURE = re.compile(rf"{_GLUED.pattern}|\d+")
_MIXED_GLUED = re.compile(rf"(?=.*\d)(?=.*[a-z])(?:{_GLUED.pattern}|\d{{1,4}})+")
_FEWEST_GLUED = 3
_SHORTEST_GLUED = _FEWEST_GLUED * min(map(len, _DIGIT_WORDS))
_SHORTEST_SQUASHED = 3


@lru_cache(maxsize=16_384)
def odd_word(word: str) -> str:
    """The digits of a number word that is misspelt, stretched, in leet or glued to others; or empty."""
    if word.isdigit() or word == "for" or word in numerals()[1]:
        return ""
    if "*" in word:
        return _BY_STARRED.get(word, "")
    squashed = collapse(word)
    if squashed not in _BY_SQUASHED and "l" in squashed:
        squashed = squashed.replace("l", "i")  # A letter that looks like an l is often meant as an i.
    if len(squashed) >= _SHORTEST_SQUASHED and squashed in _BY_SQUASHED:
        return _BY_SQUASHED[squashed]
    if _MIXED_GLUED.fullmatch(word):  # "five55", "01three2"
        return "".join(_DIGIT_WORDS.get(part, part) for part in _GLUED_OR_FIGURE.findall(word))
    parts = _GLUED.findall(word) if len(word) >= _SHORTEST_GLUED else ()
    if len(parts) >= _FEWEST_GLUED and sum(map(len, parts)) == len(word):
        return "".join(_DIGIT_WORDS[part] for part in parts)
    return ""


def foreign_runs(text: str) -> Iterator[Run]:
    """Numbers told in words of one language, in a row; see ``rows.py``."""
    for told in rows(text):
        gaps = (" ",) * (len(told.pieces) - 1)
        yield Run(told.digits, told.start, told.end, told.spelled, told.pieces, gaps)


def _is_model(word: str, models: Mapping[str, int]) -> bool:
    return models.get(word[0], 0) > 1 and word[1:].isdigit()


_PART = re.compile(r"[\s,./·\-;:|…_*+()]+")


class _Look(NamedTuple):
    """What one word holds: its figures, letters like figures as they are written, the letters of models."""

    figures: tuple[_Item, ...]
    letters: tuple[tuple[int, int, str], ...]
    models: tuple[str, ...]


def _look_at(word: str) -> _Look | None:
    """``None`` for most words; places in the word."""
    figures = tuple(_Item(*match.span(), match.group(), False) for match in _FIGURES.finditer(word))
    letters = tuple(
        (*match.span(), match.group())
        for match in LOOKALIKE_FIGURES.finditer(word)
        if not match.group().isdigit()
    )
    if not figures and not letters:
        return None
    return _Look(figures, letters, tuple(match[1] for match in _MODEL.finditer(word)))


_LONGEST_KEPT = 40
_kept_look = lru_cache(maxsize=16_384)(_look_at)


def _items(text: str, with_words: bool) -> list[_Item]:
    """Figures, number words and look-alike groups in order, longest first where they overlap."""
    found: list[_Item] = []
    letters: list[tuple[int, int, str]] = []
    models: Counter[str] = Counter()
    at = 0
    for word in text.split():  # Nothing that is looked for here holds a space.
        at = text.index(word, at)
        look = _kept_look(word) if len(word) <= _LONGEST_KEPT else _look_at(word)
        if look is not None:
            found += [_Item(at + start, at + end, value, False) for start, end, value, *_ in look.figures]
            letters += [(at + start, at + end, written) for start, end, written in look.letters]
            models.update(look.models)
        at += len(word)
    figures = len(found)
    for start, end, written in letters:
        if not _is_model(written, models):
            value = written.translate(_LETTER_DIGITS)
            found.append(_Item(start, end, value, True, len(value) == 1))
    if with_words:
        words, values = numerals()
        hits: Hits = {}
        words.find(text, hits)
        for hit in hits.get("numeral", ()):
            if not text.startswith(" more", hit.end):  # "once more" is no "once".
                found.append(_Item(hit.start, hit.end, values[text[hit.start : hit.end]], True))
        for match in _WORD.finditer(text):
            if digits := odd_word(match.group()):
                found.append(_Item(match.start(), match.end(), digits, True))
    if len(found) == figures:
        return found[:MAX_ITEMS]  # In order, and none over another.
    found.sort(key=lambda item: (item.start, item.start - item.end))
    kept: list[_Item] = []
    for item in found:
        if not kept or item.start >= kept[-1].end:
            kept.append(item)
    return kept[:MAX_ITEMS]


def count_numerals(text: str) -> int:
    """How many digits stand there in words."""
    hits: Hits = {}
    numerals()[0].find(text, hits)
    odd = sum([len(odd_word(word)) for word in _WORD.findall(text)])
    foreign = sum(map(count_in_word, _PART.split(text)))
    return max(len(hits.get("numeral", ())) + odd, foreign)


def runs(text: str, *, least: int = 4, with_words: bool = True, told: bool = False) -> Iterator[Run]:
    """Every run of at least ``least`` digits, in order.

    ``with_words``: there may be number words. ``told``: words tell of the parts of a number, so that more
    of them may stand between these.
    """
    longest, pattern = (48, _TOLD_GAP) if told else (24, _GAP)
    chain: list[_Item] = []
    gaps: list[str] = []
    for item in _items(text, with_words):
        if chain:
            between = text[chain[-1].end : item.start]
            if (
                not between.isalnum()
                if len(between) == 1
                else len(between) <= longest and pattern.fullmatch(between)
            ):
                gaps.append(between)
                chain.append(item)
                continue
            yield from _run(chain, gaps, least)
        chain, gaps = [item], []
    if chain:
        yield from _run(chain, gaps, least)


def _run(chain: list[_Item], gaps: list[str], least: int) -> Iterator[Run]:
    groups = [item.value for item in chain]
    spelled = 0
    if "00" in groups or any(map(_IS_WORD, chain)):
        chain, gaps = _without_loose_ends(chain, gaps)
        groups, spelled = _values(chain)
    digits = "".join(groups)
    if len(digits) >= least:
        yield Run(digits, chain[0].start, chain[-1].end, spelled, tuple(map(len, groups)), tuple(gaps))


def _without_loose_ends(chain: list[_Item], gaps: list[str]) -> tuple[list[_Item], list[str]]:
    """Leave out a letter that only a word ties to the digits: the "I" of "312-555-0142 and I will"."""
    first, last = 0, len(chain)
    while last - first > 1 and chain[last - 1].is_lone_letter and _HAS_WORD.search(gaps[last - 2]):
        last -= 1
    while last - first > 1 and chain[first].is_lone_letter and _HAS_WORD.search(gaps[first]):
        first += 1
    # "the blue one 212-555-0147": where all others are figures, a number word beside them is only a word.
    while last - first > 1 and chain[first].is_word and _is_whole(chain[first + 1 : last]):
        first += 1
    while last - first > 1 and chain[last - 1].is_word and _is_whole(chain[first : last - 1]):
        last -= 1
    return chain[first:last], gaps[first : max(first, last - 1)]


def _is_whole(items: list[_Item]) -> bool:
    return not any(item.is_word for item in items) and sum(len(item.value) for item in items) >= _WHOLE_NUMBER


def _values(chain: list[_Item]) -> tuple[list[str], int]:
    """The digits of each group: tens take a following unit, hundreds what follows, "double" repeats the next
    digit."""
    groups: list[str] = []
    spelled = 0
    repeat = 1
    open_value: int | None = None  # A spoken number that may still grow ("fifty" + "five").
    for item in chain:
        value = item.value
        if value.startswith("x"):
            repeat, open_value = int(value[1:]), None
            continue
        if item.is_word and value.endswith("s"):  # "three fives": a count, then the digit.
            count = int(groups.pop()) if groups and len(groups[-1]) == 1 and 1 < int(groups[-1]) < 6 else 2
            groups.append(value[0] * count)
            spelled, open_value = spelled + count, None
            continue
        if value == "00" and item.is_word:
            count = int(groups.pop()) if groups and len(groups[-1]) == 1 and 1 < int(groups[-1]) < 6 else 2
            groups.append("0" * count)
            spelled, open_value = spelled + count, None
            continue
        if not item.is_word:
            groups.append(value * repeat if len(value) == 1 else value)
            repeat, open_value = 1, None
            continue
        number = int(value) if value.isdigit() else 0
        if value in ("100", "1000") and groups and open_value is not None and open_value < 10:
            open_value *= number
            groups[-1] = str(open_value)
        elif open_value is not None and number and _grows(open_value, number):
            open_value += number
            groups[-1] = str(open_value)
        else:
            groups.append(value * repeat)
            open_value = number if repeat == 1 and len(value) == len(str(number)) else None
        spelled += len(value) * repeat
        repeat = 1
    return groups, spelled


def _grows(value: int, addition: int) -> bool:
    """Whether "fifty" takes "five" and "five hundred" takes "fifty"."""
    if value >= 1000 and value % 1000 == 0:
        return addition < 1000
    if value >= 100 and value % 100 == 0:
        return addition < 100
    return value >= 20 and value % 10 == 0 and addition < 10
