"""What a product card promises and what a seller says of the product, in words of 18 languages.

Texts are folded (``text.fold``): small letters, no accents. The words stand in ``data/claim_words.txt``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from compliance.engine.context import ProductFacts
from compliance.engine.exact import Matcher, build_matcher
from compliance.engine.money import read_number
from compliance.engine.numbers import count_numerals
from compliance.engine.text import DATA, fold_text

FEES = ("shipping", "return", "customs", "assembly", "packaging")
_LONGEST = 8_000
# Scripts whose words stand between spaces; Arabic words carry articles and conjunctions in front.
_SPACED = re.compile("[a-z0-9\u0400-\u04ff\u0900-\u097f]")
# How close "free" must stand to the cost on the card, and a denial to what it denies.
_NEAR, _DENIED = 30, 25

Places = Mapping[str, Sequence[tuple[int, int]]]


def _read_durations() -> tuple[dict[str, float], dict[str, float]]:
    """The value of each number word, and the months of each unit."""
    values: dict[str, float] = {}
    months: dict[str, float] = {}
    for line in (DATA / "duration_words.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            head, words = line.split(": ", 1)
            kind, value = head.split()
            for word in words.split():
                if kind == "number":
                    values[fold_text(word)] = float(value)
                else:
                    months[fold_text(word)] = float(value) / 30
    return values, months


_VALUE_OF, _MONTHS_OF = _read_durations()
_LIFETIME = 1_200.0


def _words(table: Mapping[str, float]) -> str:
    ends = re.compile("[a-z\u0400-\u04ff\u0600-\u06ff\u0900-\u097f]")
    return "|".join(
        re.escape(word) + (r"(?![^\W_])" if ends.match(word[-1]) else "")
        for word in sorted(table, key=len, reverse=True)
    )


_HAN = "一二两三四五六七八九十百"
_DURATION = re.compile(
    rf"(?<![\d.,])(?P<figure>\d{{1,3}})[\s-]{{0,2}}(?P<unit>{_words(_MONTHS_OF)})"
    rf"|(?<![^\W_])(?P<word>{_words(_VALUE_OF)})[\s-]{{0,2}}(?P<unit_too>{_words(_MONTHS_OF)})"
    rf"|(?P<bare>سنتين|سنتان|شهرين|سنه واحده|سنه|شهر واحد)(?![^\W_])"
    rf"|(?<![第{_HAN}])(?P<wide>[{_HAN}]{{1,5}})(?P<wide_unit>年|个月|個月|か月|ヶ月|天|日間)"
)
# Arabic says one and two of a unit without a number.
_BARE = {"سنه": 12.0, "سنه واحده": 12.0, "سنتين": 24.0, "سنتان": 24.0, "شهر واحد": 1.0, "شهرين": 2.0}
_BEFORE, _AFTER = 40, 50
# A word directly before, also over "and": "twenty-four", "treinta y seis".
_NUMBER_BEFORE = re.compile(r"([^\W\d_]+)[\s-]{1,2}(?:(?:and|y|e|et|und|en|i)[\s-])?$")
_LONGEST_WORD = 24
_ENDS = "!?\n。！？;；"


class Wording:
    """Finds the words of every kind in one pass."""

    def __init__(self, content: str) -> None:
        self._terms: list[tuple[str, bool, bool]] = []
        texts: list[str] = []
        kind = ""
        for line in content.splitlines():
            if line.startswith("@"):
                kind = line[1:].strip()
            elif line and not line.startswith("#"):
                for raw in line.split(";"):
                    text = fold_text(raw.strip().rstrip("*")).strip()
                    if text:
                        open_end = raw.strip().endswith("*") or not _SPACED.match(text[-1])
                        self._terms.append((kind, not _SPACED.match(text[0]), open_end))
                        texts.append(text)
        self._matcher: Matcher = build_matcher(texts)

    def find(self, text: str) -> dict[str, list[tuple[int, int]]]:
        """Places by kind, in order."""
        places: dict[str, list[tuple[int, int]]] = {}
        for number, start, end in self._matcher.find(text):
            kind, open_start, open_end = self._terms[number]
            if (open_start or start == 0 or not text[start - 1].isalnum()) and (
                open_end or end == len(text) or not text[end].isalnum()
            ):
                while end < len(text) and text[end].isalpha() and _SPACED.match(text[end]):
                    end += 1  # "warrant*" marks the whole word
                places.setdefault(kind, []).append((start, end))
        for found in places.values():
            found.sort()
        return places


@lru_cache(maxsize=1)
def wording() -> Wording:
    return Wording((DATA / "claim_words.txt").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Card:
    """What the card says. ``months``: of the warranty; ``free``: costs that it excludes."""

    months: float | None
    is_new: bool
    is_used: bool
    free: frozenset[str]


@lru_cache(maxsize=1_024)
def read_card(product: ProductFacts) -> Card:
    """The promises of a product card, read once."""
    text = fold_text(f"{product.title}\n{product.description}\n{product.fees}"[:_LONGEST])
    places = wording().find(text)
    used = any(not is_denied(text, places, *place) for place in places.get("used", ()))
    return Card(
        months=_first_months(fold_text(product.warranty)),
        is_new=not used and "new" in places,
        is_used=used,
        free=frozenset(kind for kind in FEES if _is_free(text, places, kind)),
    )


def _is_free(text: str, places: Places, kind: str) -> bool:
    """Whether the card says that a cost is none: "free shipping", "assembly included"."""
    sentences = [sentence_of(text, *place) for place in places.get(kind, ())]
    return any(
        first <= free[0] < last and min(abs(free[0] - end), abs(start - free[1])) <= _NEAR
        for (start, end), (first, last) in zip(places.get(kind, ()), sentences, strict=True)
        for free in places.get("free", ())
    )


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """The piece between the ends of sentences around a place."""
    first = max(max(text.rfind(sign, 0, start) for sign in _ENDS), text.rfind(". ", 0, start)) + 1
    stops = [at for sign in (*_ENDS, ". ") if (at := text.find(sign, end)) >= 0]
    return first, min([len(text), *stops])


def is_denied(text: str, places: Places, start: int, end: int) -> bool:
    """Whether the words around a place deny it or speak of another thing."""
    first, last = sentence_of(text, start, end)
    return any(
        max(first, start - _DENIED) <= at < end or end <= at <= min(last, end + 4)
        for at, _ in places.get("not_it", ())
    )


def _first_months(text: str) -> float | None:
    if "lifetime" in wording().find(text):
        return _LIFETIME
    return next((months for months, _, _ in _durations(text, 0, len(text))), None)


def months_near(text: str, places: Places, start: int, end: int) -> tuple[float, int, int] | None:
    """(months, start, end) of the duration that stands nearest to a place, in its sentence."""
    first, last = sentence_of(text, start, end)
    first, last = max(first, start - _BEFORE), min(last, end + _AFTER)
    found = list(_durations(text, first, last))
    found += [(_LIFETIME, *place) for place in places.get("lifetime", ()) if first <= place[0] < last]
    return min(found, key=lambda one: max(one[1] - end, start - one[2], 0), default=None)


def _durations(text: str, first: int, last: int) -> Iterator[tuple[float, int, int]]:
    """(months, start, end) of every duration; the "four" of "twenty-four months" is none."""
    for match in _DURATION.finditer(text, first, last):
        before = _NUMBER_BEFORE.search(text, max(0, match.start() - _LONGEST_WORD), match.start())
        if match["word"] is None or before is None or not count_numerals(before[1]):
            yield _months(match), *match.span()


def _months(match: re.Match[str]) -> float:
    if match["figure"]:
        return int(match["figure"]) * _MONTHS_OF[match["unit"]]
    if match["word"]:
        return _VALUE_OF[match["word"]] * _MONTHS_OF[match["unit_too"]]
    if match["bare"]:
        return _BARE[match["bare"]]
    return float(read_number(match["wide"]) or 0) * _MONTHS_OF[match["wide_unit"]]
