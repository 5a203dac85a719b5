"""Word lists by meaning, in all languages at once, and where their words occur in a text.

A concept ("a messenger's name", "to pay", "off the platform") lists words and phrases of every language in
``lexicon/*.txt``:

    @concept messenger strong
    en: whatsapp; what's app; telegram*
    zh: 微信

A line ``lang: term; term`` holds terms; ``*`` at an end means that the word may go on there. Words of scripts
written
without spaces match anywhere. A concept marked ``strong`` is also looked for in disguise (``text.squash``); a
strong term
written with a leading ``=`` is not.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from compliance.engine.exact import Matcher, build_matcher
from compliance.engine.languages import likely_languages, spaced
from compliance.engine.text import collapse, fold_text

LEXICON = Path(__file__).with_name("lexicon")
# A hostile text can repeat one word thousands of times; more occurrences of one concept add nothing.
MAX_HITS = 400
_SHORTEST_DISGUISED = 4
_SHORTEST_REVERSED = 6


class LexiconError(ValueError):
    """A lexicon file breaks the format; the text names file and line."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase of a concept, folded."""

    concept: str
    lang: str
    text: str
    open_start: bool
    open_end: bool
    disguised: bool


class Hit(NamedTuple):
    """One occurrence of a concept: place in the folded view, and the view that revealed it."""

    start: int
    end: int
    view: str


Hits = dict[str, list[Hit]]
_new_hit = tuple.__new__  # half the price of Hit(…), and called several times for each message
_SIGNS = re.compile(r"[\W_]")
# Arabic words carry particles in front, Indic and Thai vowel signs are no letters to Python: looked for as
# they are.
# "5/5" must not become "5 5".
_MARKS = re.compile(r"[\u0600-\u06ff\u0900-\u0dff\u0e00-\u0e7f]|\d[\W_]+\d")


def _is_spaceless(char: str) -> bool:
    """Whether words of this character's script are written without spaces (or with particles attached)."""
    code = ord(char)
    return (
        0x0E00 <= code <= 0x0E7F
        or 0x1100 <= code <= 0x11FF
        or 0x3040 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0xAC00 <= code <= 0xD7A3
        or code >= 0x1F000
        or 0x2190 <= code <= 0x2BFF
    )


def _terms_of(concept: str, lang: str, cell: str, strong: bool) -> Iterator[Term]:
    raw = cell.strip()
    if not raw:
        return
    disguised = strong and not raw.startswith("=")
    raw = raw.removeprefix("=").strip()
    open_start, open_end = raw.startswith("*"), raw.endswith("*")
    text = fold_text(raw.strip("*").strip())
    if not text:
        raise LexiconError(f"{concept}: the term {cell!r} folds to nothing")
    yield read_term(concept, lang, text, open_start=open_start, open_end=open_end, disguised=disguised)


def read_term(
    concept: str,
    lang: str,
    text: str,
    *,
    open_start: bool = False,
    open_end: bool = False,
    disguised: bool = False,
) -> Term:
    """A term from folded text; scripts without spaces match inside words."""
    return Term(
        concept=concept,
        lang=lang,
        text=text,
        open_start=open_start or _is_spaceless(text[0]) or not text[0].isalnum(),
        open_end=open_end or _is_spaceless(text[-1]) or not text[-1].isalnum(),
        disguised=disguised,
    )


def read_lexicon(name: str, content: str) -> Iterator[Term]:
    """Terms of one lexicon file. Raises ``LexiconError``."""
    concept, strong = "", False
    for number, raw in enumerate(content.splitlines(), start=1):
        line = raw.split("# ")[0].strip() if not raw.startswith("#") else ""
        if not line:
            continue
        if line.startswith("@concept"):
            words = line.split()
            if len(words) not in (2, 3) or (len(words) == 3 and words[2] != "strong"):
                raise LexiconError(f"{name} line {number}: expected '@concept NAME [strong]'")
            concept, strong = words[1], len(words) == 3
            continue
        lang, colon, cells = line.partition(":")
        if not colon or not concept or len(lang) > 3:
            raise LexiconError(f"{name} line {number}: expected 'lang: term; term'")
        for cell in cells.split(";"):
            yield from _terms_of(concept, lang.strip(), cell, strong)


@lru_cache(maxsize=1)
def all_terms() -> tuple[Term, ...]:
    """Every term of every lexicon file, in file order."""
    return tuple(
        term
        for path in sorted(LEXICON.glob("*.txt"))
        for term in read_lexicon(path.name, path.read_text(encoding="utf-8"))
    )


# (concept, languages it needs, by how much its end lies too far right) of a term whose word boundaries the
# matcher has checked already.
_Entry = tuple[str, frozenset[str], int]


class _Table:
    """Two matchers over a set of terms: whole words and stems in a spaced copy, the rest in the text as it
    is."""

    def __init__(self, terms: list[Term]) -> None:
        words: dict[str, dict[str, set[str]]] = {}
        loose: dict[str, dict[tuple[str, bool, bool], set[str]]] = {}
        for term in terms:
            plain = _SIGNS.sub(" ", term.text)
            if not term.open_start and not _MARKS.search(term.text) and plain.strip() == plain:
                key = f" {plain}" if term.open_end else f" {plain} "
                words.setdefault(key, {}).setdefault(term.concept, set()).add(term.lang)
            else:
                entry = (term.concept, term.open_start, term.open_end)
                loose.setdefault(term.text, {}).setdefault(entry, set()).add(term.lang)
        # A word of the spaced copy lies one place further right and may end with the space after it.
        self.words_found: list[tuple[_Entry, ...]] = [
            tuple(
                (concept, _needed(key.strip(), langs), 2 if key.endswith(" ") else 1)
                for concept, langs in found.items()
            )
            for key, found in words.items()
        ]
        self.words: Matcher = build_matcher(list(words))
        self.loose_entries = [
            tuple((*entry, _needed(key, langs)) for entry, langs in found.items())
            for key, found in loose.items()
        ]
        self.loose: Matcher = build_matcher(list(loose))


class Lexicon:
    """Finds every concept in a text.

    Words of spaced scripts are looked for with the spaces around them in a copy where every sign is a space,
    so that
    most terms that only lie inside other words never reach Python. ASCII texts meet only the terms they can
    hold.
    """

    def __init__(self, terms: tuple[Term, ...]) -> None:
        self._every = _Table(list(terms))
        self._ascii = _Table([term for term in terms if term.text.isascii()])
        squashed: dict[str, list[str]] = {}
        for term in terms:
            key = collapse(term.text)
            if not term.disguised or len(key) < _SHORTEST_DISGUISED:
                continue
            squashed.setdefault(key, []).append(term.concept)
            named = term.concept in ("messenger", "pay_app")
            if len(key) >= (_SHORTEST_DISGUISED if named else _SHORTEST_REVERSED) and key.isascii():
                squashed.setdefault(key[::-1], []).append(term.concept)
        self._squashed_concepts = [tuple(dict.fromkeys(concepts)) for concepts in squashed.values()]
        self._squashed: Matcher = build_matcher(list(squashed))

    def find(self, text: str, hits: Hits, view: str = "folded") -> None:
        """Add every occurrence in ``text`` to ``hits``."""
        spoken: frozenset[str] | None = None
        table = self._ascii if text.isascii() else self._every
        words = spaced(text)
        entries = table.words_found
        for number, start, end in table.words.find(words):
            for concept, needed, beyond in entries[number]:
                if needed:
                    spoken = likely_languages(words) if spoken is None else spoken
                    if needed.isdisjoint(spoken):
                        continue
                hit = _new_hit(Hit, (start, end - beyond, view))
                places = hits.get(concept)
                if places is None:
                    hits[concept] = [hit]
                elif len(places) < MAX_HITS:
                    places.append(hit)
        size = len(text)
        for number, start, end in table.loose.find(text):
            after = text[end] if end < size else ""
            before = text[start - 1] if start else ""
            # "1:1" in "21:15" only cuts numbers in two.
            if (before.isdigit() and text[start].isdigit()) or (after.isdigit() and text[end - 1].isdigit()):
                continue
            for concept, open_start, open_end, needed in table.loose_entries[number]:
                if not open_end and after.isalpha():
                    continue
                if not open_start and before.isalpha() and not _attached(text, start):
                    continue
                if needed:
                    spoken = likely_languages(words) if spoken is None else spoken
                    if needed.isdisjoint(spoken):
                        continue
                hit = _new_hit(Hit, (start, end, view))
                places = hits.get(concept)
                if places is None:
                    hits[concept] = [hit]
                elif len(places) < MAX_HITS:
                    places.append(hit)

    def find_squashed(self, squashed_text: str) -> list[tuple[tuple[str, ...], int, int]]:
        """(concepts, start, end) of strong terms in a squashed text; the caller checks the word
        boundaries."""
        return [
            (self._squashed_concepts[number], start, end)
            for number, start, end in self._squashed.find(squashed_text)
        ]


_DISTINCTIVE = 7
_NO_LANGUAGE: frozenset[str] = frozenset()


def _needed(text: str, langs: set[str]) -> frozenset[str]:
    """The languages one of which the text must be in: short Latin words mean other things in other
    languages."""
    if langs & {"en", "emo"} or len(text) >= _DISTINCTIVE or not "a" <= text[0] <= "z":
        return _NO_LANGUAGE
    return frozenset(langs)


_ARABIC_PREFIXES = frozenset("والبكلفس")


def _attached(text: str, start: int) -> bool:
    """Whether an Arabic word only carries an article or conjunction in front ("والواتس")."""
    if not "\u0600" <= text[start] <= "\u06ff":
        return False
    begin = start
    while begin > 0 and start - begin < 4 and text[begin - 1].isalpha():
        begin -= 1
    return 0 < start - begin <= 3 and all(char in _ARABIC_PREFIXES for char in text[begin:start])


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon of this ruleset, built on first use."""
    return Lexicon(all_terms())


def concepts_by_lang() -> Mapping[str, frozenset[str]]:
    """Which languages each concept has words in: shown in the docs and checked by tests."""
    found: dict[str, set[str]] = {}
    for term in all_terms():
        found.setdefault(term.concept, set()).add(term.lang)
    return {concept: frozenset(langs) for concept, langs in found.items()}
