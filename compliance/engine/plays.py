"""One word of a message as the telling word that somebody played with: letters turned round, moved along the
alphabet, padded with others, every second one a sham.

Looked up letter by letter only for words that stand in no dictionary, and remembered.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from compliance.engine.hosts import ordinary_words
from compliance.engine.text import fold
from compliance.engine.wordbook import book

_ALPHABETS = ("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя")
_KEYBOARDS = (
    ("qwertyuiop", "asdfghjkl;", "zxcvbnm,./"),
    ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
)
_SHORTEST, _SHORTEST_MOVED, _LONGEST = 6, 6, 48
_LETTERS = re.compile(r"[^\W\d_]+")
# Secret languages of children: a vowel said again behind a consonant, a consonant again behind an o.
_SAID_AGAIN = re.compile(r"([aeiouáéíóúаеиоуыэюя])(?:[pfgbkstcvpфпскт]|ch)\1")
_ROBBERS = re.compile(r"([bcdfghjklmnpqrstvwxz])o\1")
_LEAST_AGAIN = 2
_STUFFING = frozenset("xqzjkwyhхъыщ")
_LEAST_STUFFED, _LEAST_OTHERS = 2, 3


def _shifts() -> tuple[dict[int, int], ...]:
    tables = []
    for alphabet in _ALPHABETS:
        size = len(alphabet)
        tables += [str.maketrans(alphabet, alphabet[by:] + alphabet[:by]) for by in range(1, size)]
        tables.append(str.maketrans(alphabet, alphabet[::-1]))
    for rows in _KEYBOARDS:
        for one, other in ((rows[0], rows[1]), (rows[1], rows[2])):
            size = min(len(one), len(other))
            tables.append(str.maketrans(one[:size] + other[:size], other[:size] + one[:size]))
    for rows in _KEYBOARDS:
        for by in (1, -1, 2, -2):
            tables.append(
                {ord(row[at]): ord(row[(at + by) % len(row)]) for row in rows for at in range(len(row))}
            )
    return tuple(tables)


_SHIFTS = _shifts()
# One to three letters on or back, half the alphabet, its mirror, the keyboard: by any other key many words of
# any language become a short term.
_USUAL_SHIFTS = frozenset(
    number
    for number, table in enumerate(_SHIFTS)
    if number % 26 in (0, 1, 2, 12, 22, 23, 24, 25) or number >= len(_SHIFTS) - 18 or ord("я") in table
)


@lru_cache(maxsize=65_536)
def played(word: str, *, is_hinted: bool = False) -> str:
    """The term that an unusual word of letters stands for; empty if there is none.

    ``is_hinted``: the text says that there is something to be read.
    """
    shortest = _SHORTEST - 1 if is_hinted else _SHORTEST
    if not shortest <= len(word) <= _LONGEST or not word.isalpha() or word in ordinary_words():
        return ""
    known = book()
    if word in known.terms or word in known.words:
        return ""
    for letters, fewest in _readings(word):
        if (
            letters in known.terms
            and letters != word
            and len(letters) >= (fewest - 1 if is_hinted else fewest)
        ):
            return known.terms[letters]
    return ""


def _readings(word: str) -> Iterator[tuple[str, int]]:
    """Every way to read it, and of how many letters a word must be that is read so."""
    size = len(word)
    yield word[::-1], 6
    for at in range(1, size):
        yield word[at:] + word[:at], 6 if 1 < at < size - 1 else 7
    yield word[-1] + word[1:-1] + word[0], 7
    yield "".join(word[at : at + 2][::-1] for at in range(0, size, 2)), 6
    half = (size + 1) // 2
    yield "".join(one + other for one, other in zip(word[:half], word[half:] + " ", strict=False)).strip(), 6
    yield (
        "".join(
            one + other for one, other in zip(word[:half], word[half:][::-1] + " ", strict=False)
        ).strip(),
        6,
    )
    yield word[:half][::-1] + word[half:][::-1], 6
    yield word[: size // 2][::-1] + word[size // 2 :][::-1], 6
    for number, table in enumerate(_SHIFTS):
        yield word.translate(table), _SHORTEST_MOVED if number in _USUAL_SHIFTS else _SHORTEST_MOVED + 1
    for step in (2, 3):
        for first in range(step):
            yield word[first::step], 5
    again, times = _SAID_AGAIN.subn(r"\1", word)
    if times >= _LEAST_AGAIN:
        yield again, 4
    again, times = _ROBBERS.subn(r"\1", word)
    if times >= _LEAST_AGAIN:
        yield again, 4
    yield from _unpadded(word)


def _unpadded(word: str) -> Iterator[tuple[str, int]]:
    """Without a piece that stands in it again and again: "paxxyxxpal", "whizatsizap"."""
    for size in (1, 2, 3):
        pieces = [word[at : at + size] for at in range(len(word) - size + 1)]
        for piece in dict.fromkeys(pieces):
            times = word.count(piece)
            least = _LEAST_STUFFED if size > 1 or piece in _STUFFING else _LEAST_OTHERS
            if times >= least:
                yield word.replace(piece, ""), 5


@lru_cache(maxsize=65_536)
def moved(word: str) -> tuple[int, ...]:
    """The keys by which an unusual word is a word of some term."""
    if len(word) < _SHORTEST_MOVED or not word.isalpha() or word in ordinary_words() or word in book().words:
        return ()
    words = book().words
    return tuple(number for number, table in enumerate(_SHIFTS) if word.translate(table) in words)


def moved_phrases(text: str) -> Iterator[tuple[int, int, str]]:
    """Terms of several words that were moved along the alphabet or the keyboard together."""
    view = fold(text)
    tokens = list(_LETTERS.finditer(view.text))
    for place, token in enumerate(tokens):
        for key in moved(token.group()):
            found = _phrase(tokens, place, key)
            if found is not None:
                start, end, word = found
                yield (*view.span(start, end), word)
                break


def _phrase(tokens: list[re.Match[str]], place: int, key: int) -> tuple[int, int, str] | None:
    known = book().terms
    table = _SHIFTS[key]
    best: tuple[int, int, str] | None = None
    for first in range(max(0, place - 3), place + 1):
        letters = ""
        for last in range(first, min(len(tokens), first + 5)):
            letters += tokens[last].group().translate(table)
            if last >= place and last > first and letters in known:
                start, end = tokens[first].start(), tokens[last].end()
                if best is None or end - start > best[1] - best[0]:
                    best = start, end, known[letters]
    return best
