"""The telling words of ``data/veiled_words.txt`` as one string of letters each, however they are parted.

What is cut, turned or coded is looked up here once its letters are in order.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from compliance.engine.hosts import ordinary_words
from compliance.engine.text import View, fold_text
from compliance.engine.veiled import Veil, terms

_LETTERS = re.compile(r"[^\W_]+")
_SHORTEST_HEAD = 2
_SHORTEST_TAIL = 3
_FIRST_CJK = "\u1100"
# Words of no language that hide only beside the rest of a name.
_PIECES = frozenset({"whats", "tele", "insta", "sapp", "wha", "gram", "dis"})


class Book:
    """Every term by its letters, and what such strings may begin and end with."""

    def __init__(self) -> None:
        self.terms: dict[str, str] = {}
        self.concepts: dict[str, str] = {}
        self._parted: dict[str, set[tuple[int, ...]]] = {}
        for term in terms():
            text = fold_text(term.text)
            words = _LETTERS.findall(text)
            letters = "".join(words)
            if len(letters) < _SHORTEST_HEAD:
                continue
            self.terms.setdefault(letters, term.text)
            self.concepts.setdefault(term.text, term.concept)
            self._parted.setdefault(letters, set()).add(cuts_of(words))
        self.heads = frozenset(
            letters[:end]
            for letters in self.terms
            for end in range(_SHORTEST_HEAD if letters < _FIRST_CJK else 1, len(letters))
        )
        self.tails = frozenset(
            letters[start:] for letters in self.terms for start in range(1, len(letters) - _SHORTEST_TAIL + 1)
        )
        self.words = frozenset(word for term in terms() for word in _LETTERS.findall(fold_text(term.text)))
        self.by_letters: dict[str, str] = {}
        for letters, text in self.terms.items():
            self.by_letters.setdefault("".join(sorted(letters)), text)

    def is_usual(self, letters: str, words: list[str]) -> bool:
        """Whether these words are how the term is parted in ordinary writing."""
        cuts = cuts_of(words)
        return cuts in self._parted[letters]

    def is_one_word(self, letters: str) -> bool:
        """Whether the term is written in one word, too."""
        return () in self._parted[letters]


def cuts_of(words: list[str]) -> tuple[int, ...]:
    """After how many letters each of these words ends, but for the last."""
    places, at = [], 0
    for word in words[:-1]:
        at += len(word)
        places.append(at)
    return tuple(places)


def letters_of(text: str) -> str:
    """The letters and figures of a text, folded, with nothing between them."""
    return "".join(_LETTERS.findall(fold_text(text)))


def whole_terms(view: View) -> Iterator[Veil]:
    """The terms that stand in a view in place of something else, short ones too; places are the view's."""
    if view.starts is None:
        return
    known = book()
    for _, places in groupby(range(len(view.text)), key=view.starts.__getitem__):
        run = list(places)
        if len(run) > 1 and (concept := known.concepts.get(view.text[run[0] : run[-1] + 1])):
            yield Veil(concept, run[0], run[-1] + 1, view.text[run[0] : run[-1] + 1])


@lru_cache(maxsize=1)
def book() -> Book:
    return Book()


@lru_cache(maxsize=65_536)
def is_common(word: str) -> bool:
    """Whether a word stands in a dictionary of some language, or is too short to tell."""
    if len(word) < _SHORTEST_TAIL:
        return True
    if word in _PIECES:
        return False
    words = ordinary_words()
    return word in words or word in book().words or (word[-1] == "s" and word[:-1] in words)


@lru_cache(maxsize=65_536)
def may_be_piece(word: str) -> bool:
    """Whether a word of a text may be one of the pieces of a term: no word of its own, but the end of one."""
    if len(word) < _SHORTEST_TAIL or is_common(word):
        return False
    known = book()
    return word in known.heads or word in known.tails
