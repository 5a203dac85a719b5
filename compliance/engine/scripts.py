"""Telling words written by means of a script: other characters for the same sound, other letters, apart.

Each reader has a gate that costs little; what they find is put into the ``decoded`` view (``ciphers.py``).
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache

from compliance.engine import han, hangul, kana, marks, romanised
from compliance.engine.near import Correction
from compliance.engine.text import View, fold_text
from compliance.engine.veiled import Veil, terms

# A hostile text may hold thousands of them.
_MOST = 40


@lru_cache(maxsize=64)
def respelt(text: str) -> tuple[Correction, ...]:
    """Every place of a text that stands for a telling word, from left to right, none in another."""
    kept: list[Correction] = []
    for one in sorted(_every(text), key=lambda one: (one.start - one.end, one.start)):
        if len(kept) == _MOST:
            break
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return tuple(sorted(kept))


def veils(text: str, view: View) -> Iterator[Veil]:
    """What was hidden among these, with its concept and its place in a view of the text."""
    for one in respelt(text):
        concept = _concepts().get(fold_text(one.word), "")
        if concept and not one.is_slip and view.starts is not None:
            first, last = bisect_left(view.starts, one.start), bisect_left(view.starts, one.end)
            if first < last:  # Else it lies in something longer that was read in another way.
                yield Veil(concept, first, last, one.word)


@lru_cache(maxsize=1)
def _concepts() -> Mapping[str, str]:
    """The concept of each telling word, folded."""
    return {fold_text(term.text): term.concept for term in reversed(terms())}


def _every(text: str) -> Iterator[Correction]:
    if han.HAN.search(text):
        yield from han.spellings(text)
    if kana.KANA.search(text):
        yield from kana.spellings(text)
    if hangul.HANGUL.search(text):
        yield from hangul.spellings(text)
    if marks.ARABIC.search(text):
        yield from marks.in_arabic(text)
    if marks.VIETNAMESE.search(text):
        yield from marks.in_vietnamese(text)
    if romanised.OTHER.search(text):
        yield from romanised.spellings(text)
