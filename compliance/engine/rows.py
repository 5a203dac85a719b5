"""Numbers told in number words of one language, in a row: inflected, misspelt, glued, mixed with figures.

In a row of their own language words count that are everyday words elsewhere ("to", "ate", "si", "ba"): eight
figures that follow each other with nothing but a pause, "and" or "then" between them are a number.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from compliance.engine.text import DATA, LEET, fold_text

_TOKEN = re.compile(r"[^\s,./·\-;:|…_*+()\[\]{}<>~=\"#&!?،、。]+")
_NO_LANGUAGES = ("fillers", "x2", "x3", "x4", "loose")
_MOST_FILLERS = 3
_WHOLE_NUMBER = 10
_LONGEST_GAP = 24
_FEWEST_FIGURES = 9
_FEWEST_WORDS = 4
_FEWEST_SURE = 3
_MOST_LANGUAGES = 5
_MOST_GUESSED_BEFORE = 3
_MOST_FIGURES = 15
_SHORTEST_GUESSED = 3
_LONGEST_WORD = 120
_SHORTEST_GLUED = 9
_FEWEST_GLUED = 3
_LONGEST_TERM = 4
# A word only of letters that look like figures, and as long as a number: looked at twice.
_LIKE_FIGURES, _FIGURE_LETTERS = range(9, 13), "odqilzeasgtbq|$!"
_FEWEST_STEPS = 3
_LARGEST_FIGURE = 9
_TENS = range(20, 100, 10)
_LEET_LETTERS = str.maketrans(
    {sign: letter for sign, letter in LEET.items() if sign.isdigit() or sign in "@$!|"}
)
_FIGURE_THEN_LETTERS = re.compile(r"(\d)([^\W\d_]{2,10})")
_LETTERS_THEN_FIGURE = re.compile(r"[^\W\d_]{0,8}\d[^\W\d_]{1,8}")


class Token(NamedTuple):
    start: int
    end: int
    text: str
    pause: bool  # Whether a comma, a dash or another sign follows.


class Told(NamedTuple):
    """A number told in words: place, figures, how many of them in words, lengths of the pieces as written."""

    start: int
    end: int
    digits: str
    spelled: int
    pieces: tuple[int, ...]


class Words(NamedTuple):
    """One language: the figures of each word or phrase, its misspellings, all in a row, words by figure."""

    values: Mapping[str, str]
    near: Mapping[str, str]
    glued: re.Pattern[str]
    units: Mapping[str, tuple[str, ...]]
    heads: frozenset[str]  # words that phrases begin with


def _forms(cell: str) -> list[str]:
    return [folded for form in cell.split("|") if (folded := fold_text(form).strip().replace("-", " "))]


@lru_cache(maxsize=1)
def _lines() -> Mapping[str, Mapping[str, str]]:
    """The lines of ``data/numeral_rows.txt`` by language and kind."""
    lines: dict[str, dict[str, str]] = {}
    for line in (DATA / "numeral_rows.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            head, cells = line.split(":", 1)
            lang, _, kind = head.partition(" ")
            lines.setdefault(lang, {})[kind or "units"] = cells.strip()
    return lines


class _Between(NamedTuple):
    """Words that may stand between figures, that repeat the next, and that are seldom figures at an end."""

    fillers: frozenset[str]
    repeats: Mapping[str, int]
    loose: frozenset[str]


@lru_cache(maxsize=1)
def _between() -> _Between:
    lines = _lines()
    folded = {name: [fold_text(word) for word in lines[name]["units"].split()] for name in _NO_LANGUAGES}
    repeats = {word: times for times in (2, 3, 4) for word in folded[f"x{times}"]}
    return _Between(frozenset(folded["fillers"]), repeats, frozenset(folded["loose"]))


@lru_cache(maxsize=1)
def languages() -> Mapping[str, Words]:
    """The number words of each language, read from ``data/numeral_rows.txt``."""
    return {lang: _read(kinds) for lang, kinds in _lines().items() if lang not in _NO_LANGUAGES}


def _read(kinds: Mapping[str, str]) -> Words:
    units = [_forms(cell) for cell in kinds["units"].split()]
    tens = [_forms(cell) for cell in kinds.get("tens", "").split()]
    teens = [_forms(cell) for cell in kinds.get("teens", "").split()]
    values = {form: str(digit) for digit, forms in enumerate(units) for form in forms}
    values |= {form: str(10 * place) for place, forms in enumerate(tens, start=1) for form in forms}
    values |= {form: str(place) for place, forms in enumerate(teens, start=11) for form in forms}
    near = _neighbours(values)
    for place, forms in enumerate(tens[1:], start=2):
        for ten in forms:
            for digit, words in enumerate(units[1:], start=1):
                for unit in words:
                    for joined in _joined(kinds.get("joined", ""), unit, ten):
                        values.setdefault(joined, str(10 * place + digit))
    if "quatre vingt" in values:
        values |= _french(values)
    glue = "|".join(sorted((re.escape(word) for word in values if len(word) > 1), key=len, reverse=True))
    heads = frozenset(word.split()[0] for word in values if " " in word)
    by_digit = {str(digit): tuple(forms) for digit, forms in enumerate(units)}
    return Words(values, near, re.compile(rf"(?:{glue}|\d)"), by_digit, heads)


def _french(values: Mapping[str, str]) -> dict[str, str]:
    teens = {word: int(value) for word, value in values.items() if 10 <= int(value) < 20 and " " not in word}
    return {
        f"{head} {word}": str(base + value)
        for head, base in (("soixante", 60), ("quatre vingt", 80))
        for word, value in teens.items()
    } | {f"soixante et {word}": str(60 + value) for word, value in teens.items()}


def _joined(kind: str, unit: str, ten: str) -> Iterator[str]:
    """How "twenty" and "one" become one word in a language."""
    if kind == "tens unit":
        yield ten + unit
    elif kind == "tens unit elided":
        yield (ten[:-1] if unit[0] in "uo" else ten) + unit
    elif kind == "tens i unit":
        yield (ten[:-1] + "i" if ten == "veinte" else ten + "i") + unit
        yield ten + "y" + unit
    elif kind == "unit w tens":
        yield f"{unit} و{ten}"
    elif kind:
        yield unit + kind.split()[1] + ten


def _neighbours(values: Mapping[str, str]) -> dict[str, str]:
    """Each word without any one of its letters, unless that may be another number too."""
    found: dict[str, str] = {}
    for word, value in values.items():
        if len(word) <= _SHORTEST_GUESSED - 1 or " " in word:
            continue
        for form in {word, *_shortened(word)}:
            if len(form) > 1:
                found[form] = value if found.get(form, value) == value else ""
    return found


def _shortened(word: str) -> Iterator[str]:
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


@lru_cache(maxsize=1)
def row_words() -> frozenset[str]:
    """Every single word that may be a number somewhere."""
    return frozenset(part for words in languages().values() for form in words.values for part in form.split())


@lru_cache(maxsize=1)
def _langs_by_word() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for lang, words in languages().items():
        for form in words.values:
            for part in form.split():
                found.setdefault(part, []).append(lang)
    return {word: tuple(dict.fromkeys(langs)) for word, langs in found.items()}


# Too common to tell that a number may follow; within a row they count.
_EVERYDAY = frozenset(
    (
        "to",
        "too",
        "for",
        "at",
        "on",
        "no",
        "so",
        "do",
        "a",
        "i",
        "he",
        "me",
        "set",
        "single",
        "n",
        "pair",
        "couple",
    )
)


@lru_cache(maxsize=16_384)
def count_in_word(word: str) -> int:
    """How many number words a word is, or is glued from; 0 for an ordinary or everyday word."""
    if word in _EVERYDAY:
        return 0
    if word in row_words():
        return 1
    if len(word) in _LIKE_FIGURES and not word.strip(_FIGURE_LETTERS):
        return len(word)
    if not _SHORTEST_GLUED <= len(word) <= _LONGEST_WORD:
        return 0
    langs = _langs_by_start().get(word[:2], ())
    return max((len(parts) for lang in langs if (parts := _parts(languages()[lang], word))), default=0)


@lru_cache(maxsize=1)
def _langs_by_start() -> Mapping[str, frozenset[str]]:
    """By the first two letters the languages that have a number word which begins so."""
    found: dict[str, set[str]] = {}
    for lang, words in languages().items():
        for form in words.values:
            found.setdefault(form[:2], set()).add(lang)
    return {start: frozenset(langs) for start, langs in found.items()}


def _parts(words: Words, word: str) -> list[str]:
    """The number words that a word is glued from, at least three; empty if it is not."""
    if len(word) < _SHORTEST_GLUED or words.glued.match(word) is None:
        return []
    parts = words.glued.findall(word)
    in_words = sum(not part.isdigit() for part in parts)
    return parts if in_words >= _FEWEST_GLUED and sum(map(len, parts)) == len(word) else []


def rows(text: str) -> Iterator[Told]:
    """Numbers told in words of one language, at least four of them in words; places in ``text``."""
    tokens = [
        Token(match.start(), match.end(), match.group(), text[match.end() : match.end() + 1] not in "\n ")
        for match in _TOKEN.finditer(text)
    ]
    counts: Counter[str] = Counter()
    known = _langs_by_word()
    for token in tokens:
        if token.text in known:
            counts.update(known[token.text])
        elif count_in_word(token.text):
            counts.update(
                {lang: _FEWEST_WORDS for lang, words in languages().items() if _parts(words, token.text)}
            )
    taken: list[Told] = []
    for lang, count in counts.most_common(_MOST_LANGUAGES):
        if count < _FEWEST_WORDS - 1:
            break
        for told in _rows_of(languages()[lang], tokens):
            if not any(told.start < other.end and other.start < told.end for other in taken):
                taken.append(told)
    yield from sorted(taken)


class _Piece(NamedTuple):
    start: int
    end: int
    value: str
    is_word: bool
    is_guess: bool
    word: str = ""


def _rows_of(words: Words, tokens: list[Token]) -> Iterator[Told]:
    between = _between()
    pieces: list[_Piece] = []
    fillers, at, repeat, repeat_from = 0, 0, 1, 0
    while at < len(tokens):
        token = tokens[at]
        far = bool(pieces) and token.start - pieces[-1].end > _LONGEST_GAP * (1 + fillers)
        size, found = (0, []) if far else _values_at(words, tokens, at, is_inside=bool(pieces))
        if found:
            if not pieces:
                pieces = _guessed_before(words, tokens, at)
            start = token.start if repeat == 1 else repeat_from
            end = tokens[at + size - 1].end
            if repeat > 1 and len(found[0].value) == 1:
                found = [found[0]._replace(value=found[0].value * repeat), *found[1:]]
            pieces.extend(piece._replace(start=start, end=end) for piece in found)
            fillers, repeat, at = 0, 1, at + size
            continue
        if not far and token.text in between.repeats:
            repeat, repeat_from, at = between.repeats[token.text], token.start, at + 1
            continue
        if pieces and not far and token.text in between.fillers and fillers < _MOST_FILLERS:
            fillers, at = fillers + 1, at + 1
            continue
        if pieces:
            yield from _told(pieces)
            was_far = far
            pieces, fillers, repeat = [], 0, 1
            if was_far:
                continue
        at, repeat = at + 1, 1
    yield from _told(pieces)


def _values_at(words: Words, tokens: list[Token], at: int, *, is_inside: bool) -> tuple[int, list[_Piece]]:
    """How many tokens from here on are one number, and what it is."""
    token = tokens[at]
    longest = min(_LONGEST_TERM, len(tokens) - at) if token.text in words.heads else 1
    for size in range(longest, 1, -1):
        phrase = " ".join(one.text for one in tokens[at : at + size])
        if phrase in words.values:
            return size, [_Piece(0, 0, words.values[phrase], is_word=True, is_guess=False)]
    word = token.text
    if word.isdigit():
        return (1, [_Piece(0, 0, word, is_word=False, is_guess=False)]) if len(word) <= 4 else (0, [])
    if value := words.values.get(word, ""):
        return 1, [_Piece(0, 0, value, is_word=True, is_guess=False, word=word)]
    if len(word) > _LONGEST_WORD:
        return 0, []
    if parts := _parts(words, word):
        return 1, [_Piece(0, 0, words.values.get(part, part), is_word=True, is_guess=False) for part in parts]
    if value := half_written(words, word):
        return 1, [_Piece(0, 0, value, is_word=True, is_guess=False)]
    if is_inside and word not in _between().fillers and (value := guessed(words, word)):
        return 1, [_Piece(0, 0, value, is_word=True, is_guess=True)]
    return 0, []


def _guessed_before(words: Words, tokens: list[Token], at: int) -> list[_Piece]:
    """Misspelt number words right before the first figure, parted from it by commas or dashes."""
    found: list[_Piece] = []
    while at and len(found) < _MOST_GUESSED_BEFORE:
        at -= 1
        before = tokens[at]
        value = guessed(words, before.text) if before.pause and before.text not in _between().fillers else ""
        if not value:
            break
        found.insert(0, _Piece(before.start, before.end, value, is_word=True, is_guess=True))
    return found


def half_written(words: Words, word: str) -> str:
    """The figure of a word whose beginning, or some of whose letters, are figures: "9ve", "z3ro", "5nco"."""
    if match := _FIGURE_THEN_LETTERS.fullmatch(word):
        tail = match[2]
        if any(form.endswith(tail) and len(form) - len(tail) <= 3 for form in words.units.get(match[1], ())):
            return match[1]
    if _LETTERS_THEN_FIGURE.fullmatch(word):
        plain = word.translate(_LEET_LETTERS)
        return words.values.get(plain, "")
    return ""


def unleeted(word: str) -> str:
    """A word of figures and letters in letters: "f1v3"; figures alone stay."""
    return word.translate(_LEET_LETTERS) if not word.isalpha() and not word.isdecimal() else word


def guessed(words: Words, word: str) -> str:
    """The figures of a word with one letter more, less, other or exchanged; or empty."""
    if not _SHORTEST_GUESSED <= len(word) <= 14:
        return ""
    plain = word.translate(_LEET_LETTERS)
    for form in (plain, *_shortened(plain)):
        if value := words.near.get(form, ""):
            return value
    return ""


def filler_words() -> frozenset[str]:
    """Words that may stand between figures in any language."""
    return _between().fillers


def loose_words() -> frozenset[str]:
    """Everyday words that are figures only among figures."""
    return _between().loose


def counts_on(groups: Sequence[str]) -> bool:
    """Whether somebody counts or lists sizes: each piece is as much more, or less, than the one before; or
    all of many rise or fall."""
    values = [int(group) for group in groups]
    steps = [later - value for value, later in pairwise(values)]
    if len(steps) >= _FEWEST_STEPS and len(set(steps)) == 1:
        return True
    is_long = len(steps) > _FEWEST_STEPS and max(values) > _LARGEST_FIGURE and groups[0][0] != "0"
    return is_long and (min(steps) > 0 or max(steps) < 0)


def _told(pieces: list[_Piece]) -> Iterator[Told]:
    pieces = _without_loose_ends(pieces)
    groups, spelled = grown([(piece.value, piece.is_word) for piece in pieces])
    digits = "".join(groups)
    in_words = [piece for piece in pieces if piece.is_word]
    if not _FEWEST_FIGURES <= len(digits) <= _MOST_FIGURES or len(in_words) < _FEWEST_WORDS:
        return
    guesses = sum(piece.is_guess for piece in in_words)
    fewest = _FEWEST_SURE if len(in_words) == len(pieces) else _FEWEST_SURE + 1
    if len(in_words) - guesses < fewest or 3 * guesses > 2 * len(in_words) or len(set(digits)) < 3:
        return
    if counts_on(groups):
        return
    yield Told(pieces[0].start, pieces[-1].end, digits, spelled, tuple(map(len, groups)))


def _without_loose_ends(pieces: list[_Piece]) -> list[_Piece]:
    """Without words at an end that are only like number words, or everyday, beside a whole number."""
    loose = _between().loose
    first, last = 0, len(pieces)
    while last > first and pieces[last - 1].is_guess and last - first > _WHOLE_NUMBER:
        last -= 1
    while last - first > _WHOLE_NUMBER and pieces[last - 1].word in loose:
        last -= 1
    while last - first > _WHOLE_NUMBER and pieces[first].word in loose:
        first += 1
    return pieces[first:last]


def grown(pieces: Iterable[tuple[str, bool]]) -> tuple[list[str], int]:
    """The figures of each piece (value, whether a word), "thirty" and "five" as one; and how many are in
    words."""
    groups: list[str] = []
    spelled = 0
    is_open = False
    for value, is_word in pieces:
        if is_open and is_word and len(value) == 1 and value != "0":
            groups[-1] = groups[-1][0] + value
            is_open = False
            continue
        groups.append(value)
        is_open = is_word and len(value) == 2 and int(value) in _TENS
        spelled += len(value) if is_word else 0
    return groups, spelled
