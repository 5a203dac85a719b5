"""Numbers that people read out, type in and cannot guess: ``T-7K3M-92QF-X``.

A prefix says what kind of thing it is, eight random characters (40 bits) say which one, and a check character
finds every single wrong character and every swap of two. The alphabet is Crockford's: no I, L, O or U.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_CHARACTERS: Final = 8

_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_LOOK_ALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS: Final = re.compile(r"[\s\-_.\u2010-\u2015\u2212]+")


def generate(prefix: str) -> str:
    """A new number of this kind. Unique by the database's constraint, not by this function."""
    return compose(prefix, "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS)))


def compose(prefix: str, body: str) -> str:
    """The number with these eight characters; raises ValueError for a prefix or body it cannot be made of."""
    _check_prefix(prefix)
    if len(body) != RANDOM_CHARACTERS or not set(body) <= set(ALPHABET):
        raise ValueError("the body needs eight characters of the alphabet")
    return f"{prefix}-{body[:4]}-{body[4:]}-{_check_character(prefix + body)}"


def parse(text: str, *, prefix: str) -> str:
    """The canonical form of what somebody typed; raises ValueError if it is no number of this kind.

    Case, spaces and dashes do not matter, O reads as 0, I and L as 1, and the prefix may be left out.
    """
    _check_prefix(prefix)
    parts = _SEPARATORS.sub(" ", text.upper()).translate(_LOOK_ALIKES).split()
    characters = "".join(parts)
    without_prefix = RANDOM_CHARACTERS + 1
    # A prefix that stands alone is one; otherwise only the length tells it from the number's own characters.
    if parts[:1] == [prefix] or len(characters) == without_prefix + len(prefix):
        characters = characters.removeprefix(prefix)
    if len(characters) != without_prefix or not set(characters) <= set(ALPHABET):
        raise ValueError("not a reference number")
    number = compose(prefix, characters[:-1])
    if number[-1] != characters[-1]:
        raise ValueError("the check character does not fit")
    return number


def _check_prefix(prefix: str) -> None:
    if not prefix or not set(prefix) <= set(ALPHABET):
        raise ValueError("a prefix needs characters of the alphabet, which has no I, L, O and U")


def _check_character(characters: str) -> str:
    """Sum of value times a power of two in the field of 32 elements.

    The weights differ and none is zero, so one wrong character or two swapped ones always change the sum.
    """
    total, weight = 0, 1
    for character in characters:
        weight = _times(weight, 2)
        total ^= _times(weight, _VALUES[character])
    return ALPHABET[total]


def _times(left: int, right: int) -> int:
    """Product in GF(32) with the primitive polynomial x^5 + x^2 + 1."""
    product = 0
    while right:
        if right & 1:
            product ^= left
        left <<= 1
        if left & 0b100000:
            left ^= 0b100101
        right >>= 1
    return product
