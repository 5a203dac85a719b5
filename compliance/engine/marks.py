"""Telling words with other dots and marks than usual: Arabic letters of other languages, without dots, with
a vowel sign on each, and Vietnamese phrases without marks among words that have theirs."""

import re
from collections.abc import Iterator
from functools import lru_cache

from compliance.engine.exact import Matcher, build_matcher
from compliance.engine.near import Correction
from compliance.engine.text import FOLDS, fold_text
from compliance.engine.veiled import terms

# Letters that Arabic words are written with for their look; and the skeletons of letters without dots.
_FOREIGN = dict(zip("ٺٻۆڤڕڪگپہھۀےڵێڎڊڒڔۇۈۋ", "تبوفرككبهههيليدذررووو", strict=True))
_BARE = dict(zip("ٮڡٯ", "بفق", strict=True))
_OF_OTHERS = re.compile("[پچژگٹڈڑےہھۆڕڵێ]")
_ODD = re.compile(f"[{''.join(_FOREIGN)}{''.join(_BARE)}]")
_SIGN = re.compile("[\u064b-\u0652]")
ARABIC = re.compile(f"{_ODD.pattern}|{_SIGN.pattern}.?{_SIGN.pattern}")
_SKELETON = str.maketrans("تثنيجخذزشضظغق", "ببببححدرسصطعف")
_FEWEST_SIGNS, _SHORTEST = 3, 4
_PREFIXES = frozenset({"", "و", "ب", "ال", "وال", "بال", "لل", "ل"})
VIETNAMESE = re.compile("[àáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]", re.IGNORECASE)
_ASCII_WORDS = re.compile(r"(?<!\w)[a-z]{1,7}(?: [a-z]{1,7})+(?!\w)", re.IGNORECASE)
# Phrases that have no marks when they are written with all of theirs.
_SHORTEST_PHRASE = 5
_UNMARKED = frozenset({"add zalo", "game bai"})


class _Words:
    def __init__(self) -> None:
        arabic: dict[str, str] = {}
        bare: dict[str, str] = {}
        for term in terms():
            if term.lang in ("ar", "fa") and "\u0600" <= term.text[0] <= "\u06ff":
                folded = _plain(fold_text(term.text))
                if len(folded) >= _SHORTEST:
                    arabic.setdefault(folded, term.text)
                    bare.setdefault(folded.translate(_SKELETON), term.text)
        self.arabic, self.bare = list(arabic.items()), list(bare.items())
        self.matcher: Matcher = build_matcher(list(arabic))
        self.bare_matcher: Matcher = build_matcher(list(bare))
        self.vietnamese = {
            term.text: term.text
            for term in terms()
            if term.lang == "vi"
            and term.text.isascii()
            and term.text not in _UNMARKED
            and len(term.text) - term.text.count(" ") >= _SHORTEST_PHRASE
            and " " in term.text
        }
        self.heads = frozenset(phrase.split()[0] for phrase in self.vietnamese)


def _plain(text: str) -> str:
    return "".join(_FOREIGN.get(char, _BARE.get(char, char)) for char in text)


@lru_cache(maxsize=1)
def _words() -> _Words:
    return _Words()


def in_arabic(text: str) -> Iterator[Correction]:
    """Arabic words with letters, dots or vowel signs that the rest of the text doesn't have."""
    letters = [(char, place) for place, sign in enumerate(text) for char in FOLDS[sign]]
    folded = "".join(char for char, _ in letters)
    words = _words()
    plain = _plain(folded)
    found = [(words.arabic[number][1], start, end) for number, start, end in words.matcher.find(plain)]
    if any(char in _BARE for char in folded):
        read = plain.translate(_SKELETON)
        found += [(words.bare[number][1], start, end) for number, start, end in words.bare_matcher.find(read)]
    for word, start, end in found:
        if not _is_whole(plain, start, end):
            continue
        first, last = letters[start][1], letters[end - 1][1] + 1
        while last < len(text) and _SIGN.match(text[last]):
            last += 1
        if _is_odd(text, first, last, folded[start:end], word):
            yield Correction(first, last, word, is_slip=False)


def _is_whole(plain: str, start: int, end: int) -> bool:
    if plain[end : end + 1].isalpha():
        return False
    begin = start
    while begin and plain[begin - 1].isalpha() and start - begin < _SHORTEST:
        begin -= 1
    return plain[begin:start] in _PREFIXES


def _is_odd(text: str, first: int, last: int, written: str, word: str) -> bool:
    """Whether a place is written otherwise than its word, and otherwise than the rest of the text."""
    rest, piece = f"{text[:first]} {text[last:]}", text[first:last]
    if any(char in _BARE for char in written):
        return True
    if written != fold_text(word) and _ODD.search(written):
        return not _OF_OTHERS.search(rest)
    signs = len(_SIGN.findall(piece))
    return (
        signs >= _FEWEST_SIGNS and signs * 2 > len(written) and not _SIGN.search(rest) and bool(rest.strip())
    )


def in_vietnamese(text: str) -> Iterator[Correction]:
    """Vietnamese phrases without marks in a text that has them."""
    if _words().heads.isdisjoint(text.lower().split()):
        return
    for match in _ASCII_WORDS.finditer(text):
        pieces = list(re.finditer(r"[^ ]+", match.group().lower()))
        for first in range(len(pieces)):
            for last in range(min(len(pieces), first + 5), first + 1, -1):
                phrase = " ".join(piece.group() for piece in pieces[first:last])
                if phrase in _words().vietnamese:
                    start = match.start()
                    yield Correction(
                        start + pieces[first].start(), start + pieces[last - 1].end(), phrase, is_slip=False
                    )
