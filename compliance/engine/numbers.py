"""Runs of digits in a text, however they are written: figures, words, look-alike letters, one by one, with
fillers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from compliance.engine.concepts import Hits, Lexicon, Term, read_term
from compliance.engine.text import DATA, fold_text

_FIGURES = re.compile(r"\d+")
# A word of figures and letters that look like figures ("S5S", "O1Z6", "7l3"), or such a letter alone.
LOOKALIKE_FIGURES = re.compile(
    r"(?<![^\W_])(?=[a-z]*\d)[\doilszbgqe|]{2,14}(?![^\W_])|(?<![^\W_])[oil](?![^\W_])"
)
_LETTER_DIGITS = str.maketrans("oil|zesbgq", "0111235899")
_FILLERS = (
    "and|then|dash|hyphen|minus|dot|point|space|followed by|next|comma|slash|the|number|digit|area code|code"
    "|plus|with|a|an|of|is|area|y|e|et|und|luego|despues|guion|punto|traco|ponto|hifen|tiret|point|puis|dann|dan|strip"
    "|lalu|roi|tapos|тире|потом|затем|дальше|sau do|kemudian"
)
_GAP = re.compile(rf"[\W_]{{0,8}}(?:(?:{_FILLERS})[\W_]{{1,4}}){{0,2}}")
_HAS_WORD = re.compile(r"[^\W\d_]")
MAX_ITEMS = 2_000


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


class _Item(NamedTuple):
    start: int
    end: int
    value: str
    is_word: bool
    is_lone_letter: bool = False  # "o", "i" or "l" standing alone: a digit only among digits.


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


def _items(text: str, with_words: bool) -> list[_Item]:
    """Figures, number words and look-alike groups in order, longest first where they overlap."""
    found = [_Item(match.start(), match.end(), match.group(), False) for match in _FIGURES.finditer(text)]
    for match in LOOKALIKE_FIGURES.finditer(text):
        if not match.group().isdigit():
            value = match.group().translate(_LETTER_DIGITS)
            found.append(_Item(match.start(), match.end(), value, True, len(value) == 1))
    if with_words:
        words, values = numerals()
        hits: Hits = {}
        words.find(text, hits)
        for hit in hits.get("numeral", ()):
            found.append(_Item(hit.start, hit.end, values[text[hit.start : hit.end]], True))
    found.sort(key=lambda item: (item.start, item.start - item.end))
    kept: list[_Item] = []
    for item in found:
        if not kept or item.start >= kept[-1].end:
            kept.append(item)
    return kept[:MAX_ITEMS]


def count_numerals(text: str, *, enough: int) -> bool:
    """Whether at least ``enough`` number words occur."""
    hits: Hits = {}
    numerals()[0].find(text, hits)
    return len(hits.get("numeral", ())) >= enough


def runs(text: str, *, least: int = 4, with_words: bool = True) -> Iterator[Run]:
    """Every run of at least ``least`` digits, in order; ``with_words``: there may be number words."""
    chain: list[_Item] = []
    gaps: list[str] = []
    for item in _items(text, with_words):
        if chain:
            between = text[chain[-1].end : item.start]
            if len(between) <= 24 and _GAP.fullmatch(between):
                gaps.append(between)
                chain.append(item)
                continue
            yield from _run(chain, gaps, least)
        chain, gaps = [item], []
    if chain:
        yield from _run(chain, gaps, least)


def _run(chain: list[_Item], gaps: list[str], least: int) -> Iterator[Run]:
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
    return chain[first:last], gaps[first : max(first, last - 1)]


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
        if value.endswith("s"):  # "three fives": a count, then the digit.
            count = int(groups.pop()) if groups and len(groups[-1]) == 1 and 1 < int(groups[-1]) < 6 else 2
            groups.append(value[0] * count)
            spelled, open_value = spelled + count, None
            continue
        if value == "00":
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
