"""Nearly the same text, told by 64 bits: a SimHash over the letters of the folded text.

Texts that share most of their shingles differ in few bits; unrelated ones in about half of them. In what way
the copies of one advert differ (name, greeting, emoji, codes, sums) is left out before.
"""

import re

import numpy as np
from numpy.typing import NDArray

from compliance.engine.text import fold_text

# Below this many letters a text says too little to be told apart; a letter of a script without spaces counts
# as two.
SHORTEST = 25
_LONGEST = 4_096
_DIGITS = re.compile(r"\d+")
_SIGNS = re.compile(r"[\W_]+")
_WIDE = re.compile("[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_SHINGLE, _WIDE_SHINGLE = 3, 2
# "Hi Anna!", "dear customer,", "王姐，": how a copy is made out to somebody.
_GREETING = re.compile(r"^[\W_]{0,9}[^\W_]{1,20}(?:[^\S\n]+[^\W_]{1,20}){0,2}[^\S\n]?[,!，！、:：]+")
# Odd 64-bit constants of splitmix64 and its kin (public domain): they only have to mix.
_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def letters_of(text: str, *, name: str = "") -> str:
    """What is compared: folded letters without signs, spaces and numbers, without greeting and the customer's
    name."""
    folded = _GREETING.sub("", fold_text(text[:_LONGEST]))
    for word in fold_text(name).split():
        if len(word) > 2:
            folded = re.sub(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", "", folded)
    return _SIGNS.sub("", _DIGITS.sub("", folded))


def fingerprint(text: str, *, name: str = "") -> int | None:
    """The SimHash as a signed 64-bit number; ``None`` for a text too short to compare. ``name``: the
    customer's."""
    letters = letters_of(text, name=name)
    wide = len(_WIDE.findall(letters))
    if len(letters) + wide < SHORTEST:
        return None
    size = _WIDE_SHINGLE if 2 * wide > len(letters) else _SHINGLE
    hashes = _shingles(letters, size)
    bits = np.unpackbits(hashes.view(np.uint8).reshape(-1, 8), axis=1).sum(0, dtype=np.int64)
    packed = np.packbits(2 * bits > len(hashes))
    return int.from_bytes(packed.tobytes(), "big", signed=True)


def _shingles(letters: str, size: int) -> NDArray[np.uint64]:
    """One well-mixed 64-bit hash for each different run of ``size`` letters."""
    codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    count = len(codes) - size + 1
    hashes = np.zeros(count, np.uint64)
    for place, factor in zip(range(size), _FACTORS, strict=False):
        hashes = (hashes ^ codes[place : place + count]) * np.uint64(factor)
    hashes ^= hashes >> np.uint64(30)
    hashes *= _MIX[0]
    hashes ^= hashes >> np.uint64(27)
    hashes *= _MIX[1]
    hashes ^= hashes >> np.uint64(31)
    return np.unique(hashes)


def distance(one: int, other: int) -> int:
    """In how many of 64 bits two fingerprints differ."""
    return ((one ^ other) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()
