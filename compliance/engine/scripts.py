"""Telling words written by means of a script: other characters for the same sound, other letters, apart.

Each reader has a gate that costs little; what they find is put into the ``decoded`` view (``ciphers.py``).
"""

from collections.abc import Iterator
from functools import lru_cache

from compliance.engine import han, hangul, kana, romanised
from compliance.engine.near import Correction

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


def _every(text: str) -> Iterator[Correction]:
    if han.HAN.search(text):
        yield from han.spellings(text)
    if kana.KANA.search(text):
        yield from kana.spellings(text)
    if hangul.HANGUL.search(text):
        yield from hangul.spellings(text)
    if romanised.OTHER.search(text):
        yield from romanised.spellings(text)
