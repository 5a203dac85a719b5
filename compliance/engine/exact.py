"""The exact layer: thousands of terms found in one pass.

Aho-Corasick by default. Vectorscan (hyperscan) finds the same and tests compare the two: its raw scan is
faster, but each
of its matches is a call back into Python and its positions are bytes, so on chat texts with a few matches
each it took
11 µs against 3 µs (3,000 terms, 833 lines). It stays as the second implementation for machines without the
first wheel.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

try:
    import ahocorasick_rs
except ImportError:  # No wheel for this processor.
    ahocorasick_rs = None  # type: ignore[assignment]
try:
    import hyperscan
except ImportError:
    hyperscan = None  # type: ignore[assignment]


class Matcher(Protocol):
    def find(self, text: str) -> list[tuple[int, int, int]]:
        """(number of the term, start, end) of every occurrence, overlaps included, in no certain order."""


# So many take little memory in the faster form; the lexicon's twenty thousand would take 25 MB.
_FEW_TERMS = 2_000


class AhoCorasickMatcher:
    """Terms as they are; positions in code points."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._automaton: Any = ahocorasick_rs.AhoCorasick(
            list(terms),
            implementation=ahocorasick_rs.Implementation.DFA
            if len(terms) <= _FEW_TERMS
            else ahocorasick_rs.Implementation.ContiguousNFA,
            store_patterns=False,
        )
        self.find: Callable[[str], list[tuple[int, int, int]]] = partial(
            self._automaton.find_matches_as_indexes, overlapping=True
        )


class HyperscanMatcher:
    """The same through Vectorscan, whose positions are bytes."""

    def __init__(self, terms: Sequence[str]) -> None:
        encoded = [term.encode() for term in terms]
        self._lengths = [len(term) for term in encoded]
        self._database: Any = hyperscan.Database()
        self._database.compile(
            expressions=encoded, ids=list(range(len(encoded))), elements=len(encoded), literal=True, flags=0
        )

    def find(self, text: str) -> list[tuple[int, int, int]]:
        ends: list[tuple[int, int]] = []

        def keep(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append((number, end))

        data = text.encode("utf-8", "replace")
        self._database.scan(data, match_event_handler=keep)
        lengths = self._lengths
        if len(data) == len(text):
            return [(number, end - lengths[number], end) for number, end in ends]
        place = [0] * (len(data) + 1)
        at = 0
        for index, char in enumerate(text):
            place[at] = index
            at += len(char.encode("utf-8", "replace"))
        place[at] = len(text)
        return [(number, place[end - lengths[number]], place[end]) for number, end in ends]


class EmptyMatcher:
    """Finds nothing: for an empty list of terms."""

    def find(self, text: str) -> list[tuple[int, int, int]]:
        return []


def build_matcher(terms: Sequence[str]) -> Matcher:
    """The fastest matcher that works on this machine."""
    if not terms:
        return EmptyMatcher()
    return AhoCorasickMatcher(terms) if ahocorasick_rs is not None else HyperscanMatcher(terms)


def stands_apart(text: str, words: Matcher) -> bool:
    """Whether one of the words stands inside the text with no letter beside it but plain ones."""
    size = len(text)
    for _, start, end in words.find(text):
        if start > 0 and end < size and _is_apart(text[start - 1]) and _is_apart(text[end]):
            return True
    return False


def _is_apart(sign: str) -> bool:
    return sign.isascii() or not sign.isalnum()
