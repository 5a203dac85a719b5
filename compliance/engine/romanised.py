"""Telling words of other scripts in Latin letters, and names in Latin letters in other scripts.

``data/transliteration.txt`` brings the letters of each script, and Latin letters as people write its sounds,
to the same key. A word in Latin letters in a text of the script that the word belongs to hides something
("можно stavki?"), and so does a name in another script in a Latin text ("write me on ვოტსაპი"). A name in
the letters of its text is only read ("пишите в вотсапп").
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product

from compliance.engine.hosts import ordinary_words
from compliance.engine.near import Correction, is_one_off
from compliance.engine.text import DATA, FOLDS
from compliance.engine.veiled import terms

LATIN = re.compile(r"[A-Za-z]{3}")
_ANY_LATIN = re.compile(r"[A-Za-z]{2}")
OTHER = re.compile(r"[\u0370-\u10ff\u30a1-\u30fa\uac00-\ud7a3]")
_RUN = re.compile(r"[A-Za-zÀ-ɏ0-9][A-Za-zÀ-ɏ0-9'’]*(?:[ -][A-Za-zÀ-ɏ0-9'’]+){0,30}")
_PIECE = re.compile(r"[^\s-]+")
_WORD = re.compile(r"[^\W\d_][\w\u0900-\u0dff\u0e30-\u0e4e]*")
_DOUBLE = re.compile(r"(.)\1+")
_LETTER = re.compile(r"[a-z]")
_MOST_PIECES, _LONGEST = 4, 40
_NAMES = DATA / "spoken_names.txt"
Pairs = Sequence[tuple[str, str]]


def _replaced(text: str, pairs: Pairs) -> str:
    for one, other in pairs:
        if one in text:
            text = text.replace(one, other)
    return text


class Script:
    """The letters of one script and how their sounds are written in Latin letters."""

    def __init__(self, head: str) -> None:
        self.name, langs, span, fewest, signs = head.split()
        self.langs = frozenset(langs.split(","))
        first, last = (int(code, 16) for code in span.split("-"))
        self.pattern = re.compile(f"[{chr(first)}-{chr(last)}]")
        # The shortest key and the fewest signs of a word in Latin letters.
        self.fewest, self.signs = int(fewest), int(signs)
        self.cells: dict[str, Pairs] = {}
        self._table: dict[str, str] = {}
        self.words: dict[str, str] = {}

    def read(self, line: str) -> None:
        """Take one line of the table."""
        head, _, cells = line.partition(": ")
        pairs = []
        for cell in cells.split():
            one, _, other = cell.partition("=")
            pairs.append((one, other))
        self.cells[head] = pairs
        if head == "letters":
            self._table = dict(pairs)

    def sound(self, text: str) -> str:
        """A text of the script as it sounds, in plain letters."""
        text = _replaced(text, self.cells.get("pairs", ()))
        return "".join(map(self._letter, unicodedata.normalize("NFD", text)))

    def _letter(self, char: str) -> str:
        if char in self._table:
            return self._table[char]
        code = ord(char)
        if 0x980 <= code <= 0xD7F:  # The other Indic scripts lie as Devanagari does.
            return self._table.get(chr(0x900 + code % 0x80), "")
        return char if "a" <= char <= "z" else ""

    def key(self, text: str) -> str:
        """What a word of the script and its ways to be written in Latin letters have in common."""
        return self._common(self.sound(text))

    def keys(self, token: str) -> Iterator[str]:
        """The same for a token of Latin letters and figures, whose letters may be ambiguous."""
        read = _replaced(token, self.cells.get("latin", ()))
        either = [cell for cell in self.cells.get("either", ()) if cell[0] in read]
        for chosen in product((False, True), repeat=len(either)):
            pairs = [
                (one, other.replace("/", "")) for (one, other), use in zip(either, chosen, strict=True) if use
            ]
            yield self._common(_replaced(read, pairs))
        if self.name == "arabic" and "9" in token:
            yield from self.keys(token.replace("9", "8"))

    def key_of_latin(self, token: str) -> str:
        """The first of these keys."""
        return next(iter(self.keys(token)))

    def _common(self, text: str) -> str:
        return _DOUBLE.sub(r"\1", _replaced(_DOUBLE.sub(r"\1", text), self.cells.get("common", ())))


@lru_cache(maxsize=1)
def scripts() -> tuple[Script, ...]:
    """Every script of the table, with the telling words of its languages by their keys."""
    found: list[Script] = []
    for line in (DATA / "transliteration.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("@script"):
            found.append(Script(line.removeprefix("@script ")))
        elif line and not line.startswith("#"):
            found[-1].read(line)
    for script in found:
        for term in terms():
            text = term.text.replace(" ", "")
            if term.lang in script.langs and script.pattern.match(text):
                key = script.key(text)
                if len(key) >= min(script.fewest, _FEWEST_CONSONANTS):
                    script.words.setdefault(key, term.text)
    return tuple(found)


def spellings(text: str) -> Iterator[Correction]:
    """Every place of a text where a word of a script stands in Latin letters, or a name in
    its own."""
    others = [script for script in scripts() if script.pattern.search(text)]
    for script in others:
        if script.words and LATIN.search(text):
            yield from _in_latin(text, script)
        yield from _names_in(text, script)


def _in_latin(text: str, script: Script) -> Iterator[Correction]:
    for run in _RUN.finditer(text):
        pieces = [
            (match.start() + run.start(), match.end() + run.start()) for match in _PIECE.finditer(run.group())
        ]
        at = 0
        while at < len(pieces):
            for last in range(min(len(pieces), at + _MOST_PIECES), at, -1):
                word = _word_of(text[pieces[at][0] : pieces[last - 1][1]], script.name)
                if word:
                    yield Correction(pieces[at][0], pieces[last - 1][1], word, is_slip=False)
                    at = last - 1
                    break
            at += 1


@lru_cache(maxsize=32_768)
def _word_of(written: str, name: str) -> str:
    """The word of a script that Latin letters stand for; empty if none."""
    script = next(one for one in scripts() if one.name == name)
    folded = "".join(FOLDS[char] for char in written).replace("-", " ")
    token = folded.replace(" ", "")
    if not script.signs <= len(token) <= _LONGEST or not _LETTER.search(token) or token.isdigit():
        return ""
    for key in script.keys(token):
        is_enough = len(key) >= script.fewest or (
            len(key) >= _FEWEST_CONSONANTS and len(token) > script.signs
        )
        word = script.words.get(key) if is_enough else None
        if (
            word is not None
            and (script.name == "hangul" or (" " in word) >= (" " in folded))
            and not _is_latin_word(folded, script)
        ):
            return word
    return ""


def _is_latin_word(folded: str, script: Script) -> bool:
    """Whether these may be words that are written in Latin letters anyway."""
    pieces = folded.split()
    if script.name in _WITHOUT_VOWELS:
        if any(map(str.isdigit, folded)):
            return False
        if len(pieces) == 1 and len(script.key_of_latin(folded)) < _FEWEST_BONES:
            return True
        return all(piece in ordinary_words() for piece in pieces)
    return all(piece in ordinary_words() or piece in _ENGLISH or piece in _latin_terms() for piece in pieces)


_ENGLISH = frozenset(
    "beaten seeks acute randy herein bitten goalie racket drags chute hater sikhs gully bessie petting"  # noqa: SIM905
    " chassis telefon parol".split()
)


_WITHOUT_VOWELS = frozenset({"arabic", "hebrew"})
_FEWEST_BONES = 5


@lru_cache(maxsize=1)
def _latin_terms() -> frozenset[str]:
    return frozenset(term.text for term in terms() if term.lang == "en")


_CLASSES = str.maketrans("bpfdt8kgqxvwszcC$93rlmniyjaeou", "ppptttkkkkvvsssss9srrmniiiaaoo")
_TWO_AS_ONE = (("ts", "s"), ("tc", "s"), ("tC", "s"), ("dz", "s"), ("ng", "n"), ("h", ""), ("'", ""))
_VOWELS = str.maketrans("", "", "aio")
_FEWEST_CONSONANTS = 3


def _classes(sound: str) -> tuple[str, str]:
    """The consonants of a sound and the whole, one letter for what languages take for one another."""
    read = _DOUBLE.sub(r"\1", _replaced(sound, _TWO_AS_ONE).translate(_CLASSES))
    consonants = _DOUBLE.sub(r"\1", read.translate(_VOWELS))
    return consonants, read


@lru_cache(maxsize=1)
def _names() -> Mapping[str, Mapping[str, str]]:
    """Names by their consonants, then by all of their sound."""
    found: dict[str, dict[str, str]] = {}
    for line in _NAMES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, _, forms = line.partition(":")
            for form in forms.split():
                consonants, whole = _classes(form.replace("č", "C"))
                found.setdefault(consonants, {}).setdefault(whole, name)
    return found


@lru_cache(maxsize=32_768)
def _name_of(word: str, name: str) -> str:
    """The name that a word of a script sounds like; empty if none."""
    script = next(one for one in scripts() if one.name == name)
    folded = "".join(FOLDS[char] for char in word)
    consonants, whole = _classes(script.sound(folded))
    forms = _names().get(consonants) if len(consonants) >= _FEWEST_CONSONANTS else None
    if not forms:
        return ""
    if len(consonants) == _FEWEST_CONSONANTS:
        return forms.get(whole, "")
    return next((meant for known, meant in forms.items() if is_one_off(known, whole)), "")


@lru_cache(maxsize=32_768)
def _is_spelt_out(word: str, name: str) -> bool:
    """Whether a word of a script is just how its writers spell a name."""
    script = next(one for one in scripts() if one.name == name)
    return _DOUBLE.sub(r"\1", script.sound("".join(FOLDS[char] for char in word))) in _forms()


@lru_cache(maxsize=1)
def _forms() -> frozenset[str]:
    lines = _NAMES.read_text(encoding="utf-8").replace("č", "C").splitlines()
    return frozenset(_DOUBLE.sub(r"\1", form) for line in lines for form in line.partition(":")[2].split())


_SOUNDED = frozenset({"cyrillic", "greek", "indic", "hangul", "georgian", "armenian"})


def _names_in(text: str, script: Script) -> Iterator[Correction]:
    if script.name not in _SOUNDED:
        return
    words = [match for match in _WORD.finditer(text) if script.pattern.match(match.group())]
    found = [(match, _name_of(match.group(), script.name)) for match in words]
    # A word in another script than all others sounds like the name on purpose.
    is_foreign = all(name for _, name in found) and bool(_ANY_LATIN.search(text))
    for match, name in found:
        if name and (is_foreign or _is_spelt_out(match.group(), script.name)):
            yield Correction(match.start(), match.end(), name, is_slip=not is_foreign)
