"""Telling words cut at odd places, or told in pieces: "wha tsa pp", "rep(lica)", "tele and then gram".

The pieces of a text are put together from left to right as long as some term begins so. What comes out counts
only if the cut is not how the term is usually parted and something shows that it is no accident: a piece that
is no word, a sign inside a word, or words which say that the pieces belong together.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from compliance.engine.hosts import ordinary_words
from compliance.engine.text import fold, lookalike
from compliance.engine.wordbook import book, is_common

Piece = tuple[int, int, str]

_WORD = re.compile(r"[^\W_]+")
# Their vowels are marks that part nothing, and words touch one another.
_OTHER_LETTERS = re.compile(r"[\u0590-\u08ff\u0900-\u0eff]")
_MOST_PIECES = 10
# A sign of adding between words, a bracket or quotation mark inside one.
GLUED_SIGN = re.compile(
    r"[^\W\d_]['\"”]?\s?[+&➕]\s?['\"“]?[^\W\d_]{2}|[^\W\d_][\"“„«»”\[({<'][^\W\d_]+[\"”“«»\])}>']"
)
_SHORTEST = 5
_LONGEST_GAP = 6
# Where one sentence or item of a list ends and the next begins.
_ENDS = re.compile(r"[.!?;:,。！？](?:\s|$)|\n\s*\n|[.,:]{2}")
_PLAIN_GAP = re.compile(r"\s+|\s?[-‐–—/,.'’&_]\s?|-\n|\s-\s")
# What says that the pieces on both sides are one: a sign of adding, or words.
_JOIN = re.compile(
    r"[\s'\"“”„«»’‘()\[\],.;:…-]*(?:"
    r"\+|&|…|\.{2,}|->|→|➕|(?<![^\W_])(?:plus|and|then|after that|followed by|with|ends?(?: with| in)?|"
    r"second|first|last|part|half|piece|bit|pause|is|the|next|add|add on|glued to|stuck to|attached to|joined"
    r"|y|luego|despues|mas|segunda|parte|mitad|und|dann|danach|zweiter|teil|halfte|endet auf|et|puis|ensuite|"
    r"deuxieme|partie|moitie|e|poi|depois|mais|seguito da|en|daarna|i|potem|ve|sonra|arti|dan|lalu|terus|"
    r"и|потом|плюс|далее|вторая|часть|та|потім|ja|sitten|och|sedan|va|roi|apoi|si|a|pak)(?![^\W_])"
    r"|然后|加|再|と|足す|그리고|더하기|다음|ثم|زائد)[\s'\"“”„«»’‘()\[\],.;:…-]*"
)
_SURE_JOIN = re.compile(
    r"\+|➕|ends?|plus|then|followed|second|half|part|piece|pause|glued|stuck|joined|luego|dann|puis|poi|depois|daarna"
    r"|potem|sonra|lalu|потом|плюс|потім|далее|sitten|sedan|apoi|roi|pak|arti|然后|再|足す|더하기|다음|ثم|زائد|mas"
)
_MOST_JOINS = 5
_FEWEST_SHREDS, _LONGEST_SHRED = 2, 3


class _Found(NamedTuple):
    end: int
    letters: str
    words: tuple[str, ...]
    is_shown: bool


@lru_cache(maxsize=64)
def rejoined(text: str) -> tuple[Piece, ...]:
    """(start, end, term) of every term that stands in pieces; places in the text as it was written."""
    view = fold(text)
    found = list(_rejoined(view.text))
    if not found and (latin := lookalike(view)) is not None:
        found = list(_rejoined(latin.text))
    return tuple((*view.span(start, end), word) for start, end, word in found)


def _rejoined(text: str) -> Iterator[Piece]:
    known = book()
    at = 0
    for match in _WORD.finditer(text):
        word = match.group()
        if match.start() < at or word not in known.heads or _OTHER_LETTERS.match(word):
            continue
        best: _Found | None = None
        for found in _grown(text, match.end(), word, (word,), is_shown=False, joins=0):
            if best is None or len(found.letters) > len(best.letters):
                best = found
        if best is not None:
            yield match.start(), best.end, known.terms[best.letters]
            at = best.end


def _grown(
    text: str, end: int, letters: str, words: tuple[str, ...], *, is_shown: bool, joins: int
) -> Iterator[_Found]:
    """Every term that begins with these letters and goes on behind them."""
    known = book()
    if len(words) > _MOST_PIECES:
        return
    for start, shown, joined in _next_places(text, end, joins):
        match = _WORD.match(text, start)
        if match is None:
            continue
        longer, more = letters + match.group(), (*words, match.group())
        is_told = is_shown or shown
        if longer in known.terms and _is_telling(longer, more, is_told):
            yield _Found(match.end(), longer, more, is_told)
        if longer in known.heads:
            yield from _grown(text, match.end(), longer, more, is_shown=is_told, joins=joined)


def _next_places(text: str, end: int, joins: int) -> Iterator[tuple[int, bool, int]]:
    """Where the next piece may begin, whether what lies between shows a purpose, and the number of joins."""
    after = _WORD.search(text, end, end + _LONGEST_GAP)
    if after is not None:
        gap = text[end : after.start()]
        if not _ENDS.search(gap):
            yield after.start(), not _PLAIN_GAP.fullmatch(gap) and not gap.isspace(), joins
    join = _JOIN.match(text, end)
    told = False
    while join is not None and joins < _MOST_JOINS and join.end() < len(text):
        joins += 1
        told = told or bool(_SURE_JOIN.search(join.group()))
        yield join.end(), told, joins
        join = _JOIN.match(text, join.end())


def _is_telling(letters: str, words: tuple[str, ...], is_shown: bool) -> bool:
    known = book()
    if known.is_usual(letters, list(words)) and not (is_shown and known.is_one_word(letters)):
        return False
    if not letters.isascii() and is_shown and len(letters) < _SHORTEST:
        return not "а" <= letters[0] <= "я"
    if len(letters) < _SHORTEST or all(len(word) == 1 for word in words):
        return False
    if is_shown:
        return len(words[-1]) > 1 and len(words[0]) > 1
    if len(words) > _FEWEST_SHREDS and max(map(len, words)) <= _LONGEST_SHRED:
        return not ordinary_words().issuperset(word for word in words if len(word) > 1)
    return not all(map(is_common, words))
