"""Which question of a shop a customer's words ask: by keywords, at word boundaries, with modest typos.

Pure. A keyword of several words must stand in that order without a gap. Scripts that do not part words
(Chinese, Japanese, Thai) are searched anywhere in the text.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

# Letters of a word, and how many of them may be wrong, missing, doubled or swapped with the next.
TYPOS = ((9, 2), (5, 1))
_WORD = re.compile(r"\w+")
_UNPARTED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Question:
    """One entry as the matcher sees it; of two that fit equally well the earlier one wins."""

    id: int
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """``letters`` is the size of the keyword that was found; ``typos`` how far the text was from it."""

    question_id: int
    keyword: str
    letters: int
    typos: int


def best_match(text: str, questions: Iterable[Question]) -> Match | None:
    """The question whose longest keyword stands in the text, exact ones before those with typos."""
    words = words_of(text)
    run = "".join(words)
    found = [
        match
        for question in questions
        for keyword in question.keywords
        if (match := _match(question.id, keyword, words, run)) is not None
    ]
    return max(found, key=lambda match: (match.typos == 0, match.letters), default=None)


def words_of(text: str) -> list[str]:
    """Words without case, accents and punctuation; full-width forms become ordinary ones."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return _WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign)))


def _match(question_id: int, keyword: str, words: Sequence[str], run: str) -> Match | None:
    wanted = words_of(keyword)
    if not wanted:
        return None
    letters = sum(map(len, wanted))
    if _UNPARTED.search(keyword):
        return Match(question_id, keyword, letters, 0) if "".join(wanted) in run else None
    distances = (
        _distance(words[start : start + len(wanted)], wanted) for start in range(len(words) - len(wanted) + 1)
    )
    typos = min((distance for distance in distances if distance is not None), default=None)
    return None if typos is None else Match(question_id, keyword, letters, typos)


def _distance(words: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Typos over all words; None if one of them is another word."""
    total = 0
    for word, keyword in zip(words, wanted, strict=True):
        allowed = next((most for letters, most in TYPOS if len(keyword) >= letters), 0)
        typos = OSA.distance(word, keyword, score_cutoff=allowed)
        # People rarely get the first letter wrong, and "there" is not "where".
        if typos > allowed or (typos and word[0] != keyword[0]):
            return None
        total += typos
    return total
