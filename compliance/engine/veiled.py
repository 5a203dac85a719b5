"""Words that nobody hides without a reason, found in whatever way their letters are dressed or kept apart.

All letters of a text are brought to one class each (figures and signs for letters, look-alikes, styled
alphabets, 1 = l = i, v = w), everything between them and every repeat is left out, and one Aho-Corasick pass
finds the words of ``data/veiled_words.txt``. A match counts only if the place in the original shows that
something was hidden: the word written plainly, or ordinary words that happen to touch, are no disguise.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from compliance.engine.canon import READINGS, Canon
from compliance.engine.exact import Matcher, build_matcher
from compliance.engine.hosts import ordinary_words
from compliance.engine.outlines import goes_on_apart, is_counted, is_ended, is_heading
from compliance.engine.places import Places
from compliance.engine.text import DATA, FOLDS, LOOKALIKES, without_repeats

WORDS = DATA / "veiled_words.txt"
# Pieces of hidden words that are words of their own in some language, but hide one beside the other piece.
_PIECES = frozenset({"whats", "tele", "insta", "sapp", "wha"})
_SIGN = re.compile(r"[@$!|+€£¢§(<¥₿#₽₩°†‡∂∑√∩∪∆∞©®×]")
_INTERLEAVED = re.compile(r"\d(?<=[^\W\d_]\d)[^\W\d_]\d[^\W\d_]")
# Something that hides: a figure or sign in a word, styled letters, three of a kind, letters alone. Most begin
# with what is rare.
_ODD = (
    re.compile(r"[^\w\s,.'’\-/](?<=[^\W\d_].)"),
    re.compile(r"[.*_/,'\-](?<=[^\W\d_].)[^\W\d_]"),
    re.compile(r"[0-9](?:(?<=[^\W\d_].)|[^\W\d_]{2})"),
    re.compile(r"[A-Z](?<=[a-z].)"),
    re.compile(
        r"[^\x00-\u024f\u0300-\u0307\u0400-\u04ff\u0600-\u06ff\u0900-\u0e7f\u1e00-\u1eff\u2010-\u2027\u20ac\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff0c\uff1f\uff01\ufe0f\U0001f300-\U0001faff]"
    ),
    re.compile(r"([^\W\d_])\1\1"),
    re.compile(r"(?<![^\W_])[^\W_][^\w\n]{1,3}[^\W_](?![^\W_])"),
)
_OTHER_SHAPES = re.compile(r"[\u0370-\u052f]")
_LATIN = re.compile(r"[A-Za-z]")
_SHORTEST_KEY = 4
_SHORTEST_SPACELESS = 2


class Term(NamedTuple):
    """A word to look for: its concept, its usual spelling and the class of each of its letters."""

    concept: str
    text: str
    lang: str
    key: str
    is_spaceless: bool


class Veil(NamedTuple):
    """A concept found in a disguise, and the word it reads; the place is one of the original text."""

    concept: str
    start: int
    end: int
    word: str


def key_of(text: str) -> str:
    """The classes of the letters of a word or phrase, no letter twice in a row."""
    return without_repeats(text.translate(READINGS[0]))


def is_spaceless(text: str) -> bool:
    """Whether a script without spaces (or whose words carry endings of grammar) holds the word."""
    code = ord(text[0])
    return 0x0E00 <= code <= 0x0E7F or 0x1100 <= code <= 0x11FF or 0x3040 <= code <= 0xD7FF


@lru_cache(maxsize=1)
def terms() -> tuple[Term, ...]:
    """Every word of the list."""
    found: dict[tuple[str, str], Term] = {}
    for raw in WORDS.read_text(encoding="utf-8").splitlines():
        if raw.startswith("@concept"):
            concept = raw.split()[1]
        elif raw and not raw.startswith("#"):
            lang, _, cells = raw.partition(":")
            for text in filter(None, map(str.strip, cells.split(";"))):
                known = found.get((concept, text))
                found[concept, text] = known or Term(concept, text, lang, key_of(text), is_spaceless(text))
    return tuple(found.values())


@lru_cache(maxsize=1)
def _plain_texts() -> frozenset[str]:
    return frozenset(term.text for term in terms())


class _Index:
    def __init__(self) -> None:
        by_key: dict[str, list[Term]] = {}
        for term in terms():
            shortest = _SHORTEST_SPACELESS if term.is_spaceless else _SHORTEST_KEY
            if len(term.key) >= shortest:
                by_key.setdefault(term.key, []).append(term)
        self.terms = list(by_key.values())
        self.matcher: Matcher = build_matcher(list(by_key))


@lru_cache(maxsize=1)
def _index() -> _Index:
    return _Index()


def is_worth_a_look(text: str) -> bool:
    """Whether a letter stands beside a sign, a figure or another letter in a way that may hide a word."""
    for odd in _ODD:
        if odd.search(text):
            return True
    return not text.isascii() and bool(_OTHER_SHAPES.search(text) and _LATIN.search(text))


def veiled(text: str, *, across: int | None = None) -> Iterator[Veil]:
    """Every word of the list that stands in a disguise. Linear in the length of the text.

    ``across``: only those that begin before this place and end after it.
    """
    seen: set[Veil] = set()
    for number, canon in enumerate(READINGS):
        if number == 1 and not (_SIGN.search(text) or "6" in text or "4" in text):
            continue
        if number == 2 and not _INTERLEAVED.search(text):
            continue
        found = _index().matcher.find(without_repeats(canon.read(text)))
        if across is not None and found:
            at = len(without_repeats(canon.read(text[:across])))
            found = [row for row in found if row[1] < at <= row[2]]  # at may be of a letter on both sides
        if found:
            new = [veil for veil in dict.fromkeys(_shown(text, canon, found)) if veil not in seen]
            seen.update(new)
            yield from new


def named(text: str) -> Iterator[Veil]:
    """Every word of the list that stands there as it is usually written: for what was in a code before."""
    canon = READINGS[0]
    found = _index().matcher.find(without_repeats(canon.read(text)))
    if not found:
        return
    runs = _runs(text, canon, max(last for _, _, last in found))
    places = sorted(
        (_edge(text, runs[first], at_end=False), _edge(text, runs[last - 1], at_end=True), number)
        for number, first, last in found
    )
    kept = Places()
    for start, end, number in sorted(places, key=lambda place: place[0] - place[1]):
        term = _index().terms[number][0]
        is_whole = term.is_spaceless or (_is_parted(text, start) and _is_parted(text, end))
        is_apart = not kept.overlaps(start, end)
        if is_whole and is_apart and _is_plain(text[start:end].lower()):
            kept.add(start, end)  # Of words in a longer one only the longer one.
            yield Veil(term.concept, start, end, text[start:end].lower())


def _is_parted(text: str, place: int) -> bool:
    """Whether a word begins or ends at a place, also between Latin letters and those of another script."""
    return is_edge(text, place) or text[place - 1].isascii() != text[place].isascii()


def _shown(text: str, canon: Canon, found: Sequence[tuple[int, int, int]]) -> Iterator[Veil]:
    """The matches whose places in the original show a disguise."""
    runs = _runs(text, canon, max(last for _, _, last in found))
    for number, first, last in found:
        start = _edge(text, runs[first], at_end=False)
        end = _edge(text, runs[last - 1], at_end=True)
        for term in _index().terms[number]:
            if is_hidden(term, text, start, end, canon):
                yield Veil(term.concept, start, end, term.text)
                break


_Runs = list[tuple[int, int]]


def _runs(text: str, canon: Canon, count: int) -> list[_Runs]:
    """For each of the first ``count`` squashed letters, the places of the same letter in a row."""
    kept: list[_Runs] = []
    before: str | int = ""
    for place, letter in canon.placed(text):
        if letter != before:
            if len(kept) == count:
                return kept
            kept.append([(place, place + 1)])
            before = letter
        elif kept[-1][-1][1] >= place:
            kept[-1][-1] = (kept[-1][-1][0], place + 1)
        else:
            kept[-1].append((place, place + 1))
    return kept


def _edge(text: str, runs: _Runs, *, at_end: bool) -> int:
    """Where a match begins or ends: at the edge of a word if one of the repeats is there."""
    if at_end:
        return next((end for _, end in runs if is_edge(text, end)), runs[0][1])
    return next((start for start, _ in reversed(runs) if is_edge(text, start)), runs[-1][0])


def is_edge(text: str, place: int) -> bool:
    """Whether a word begins or ends at a place."""
    if place <= 0 or place >= len(text):
        return True
    return not (text[place - 1].isalnum() and text[place].isalnum())


class _Dress(NamedTuple):
    """How the letters of a place are dressed: how many of each kind."""

    plain: int
    figures: int
    styled: int
    alike: int
    unseen: int
    marks: int
    accents: int


def _dress(piece: str, canon: Canon, *, is_wide_usual: bool) -> _Dress:
    plain = figures = styled = alike = unseen = marks = accents = 0
    for char in piece:
        if char.isascii():
            if char.isalpha():
                plain += 1
            elif canon[ord(char)]:
                figures += 1
            continue
        folded = FOLDS[char]
        if not folded:
            if "\u064b" <= char <= "\u0652":
                continue  # Arabic short vowels are written or left out as one likes.
            if unicodedata.combining(char):
                marks += 1
            elif char not in "\ufe0f\u0e4d":
                unseen += 1
        elif not folded.isalnum():
            unseen += char in "\u2800\u3164\u115f\u1160"
        elif folded.isascii():
            base = unicodedata.normalize("NFD", char)
            if base[0].isascii() or ord(char) < _LATIN_END:
                accents += 1
            elif not (is_wide_usual and 0xFF00 <= ord(char) < 0xFFEF):
                styled += 1
        elif folded.translate(LOOKALIKES).isascii():
            alike += 1
        else:
            plain += 1
    return _Dress(plain, figures, styled, alike, unseen, marks, accents)


_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_TRIPLE = re.compile(r"([^\W\d_])\1\1", re.IGNORECASE)
_PIECE = re.compile(r"[^\W_]+")
_FEWEST_SINGLE = 3
_LATIN_END = 0x250
# Any two letters are a word in some language.
_SHORTEST_TELLING = 3
_LONGEST_PIECE_GAP = 4
# Signs that stand between ordinary words in ordinary writing, too.
_USUAL_GAP = frozenset("-_/'’.,&+:;\"()!?–—\\#")


def is_hidden(term: Term, text: str, start: int, end: int, canon: Canon) -> bool:
    """Whether the place in the original shows that the word was hidden there."""
    piece = text[start:end]
    low = unicodedata.normalize("NFC", piece).lower()
    if piece.isascii() and _is_plain(low):
        return False
    dress = _dress(piece, canon, is_wide_usual=_has_wide(text))
    if not (dress.styled or dress.alike or dress.unseen or dress.marks):
        bare = "".join(FOLDS[char] for char in low)
        if _is_plain(low) or _is_plain(bare):
            return False
        low = low if term.is_spaceless else bare
    if dress.styled and not dress.plain and _is_decorated(text, piece):
        return False
    if term.concept.startswith(_OF_ANY_SHOP) and is_heading(text, start, end):
        return False
    if goes_on_apart(text, start, end):
        return False
    if "\n\n" in piece or low[0] in _NO_EDGE or low[-1] in _NO_EDGE or is_counted(low) or is_ended(low):
        return False
    if "\u0900" <= term.text[0] <= "\u0dff" and _spelt(low) != _spelt(term.text):
        return False  # Another word or form: Indic vowels are signs, which the classes leave out.
    if term.is_spaceless:
        return _is_apart_spaceless(term, low)
    if not (is_edge(text, start) and is_edge(text, end)):
        return _is_cased(text, start, end) and len(term.key) > _SHORTEST_KEY
    if (
        dress.alike
        and not dress.plain
        and (_OTHER_SHAPES.search(text, 0, start) or _OTHER_SHAPES.search(text, end))
    ):
        return False  # A word of the other alphabet among words of it.
    if not _is_same(term, low) and _is_dressed(term, dress):
        return low not in ordinary_words()
    return _is_apart(term, low)


# So many other letters in a style make it the text's own: headings in bold hide nothing.
_DECORATED = 3


def _is_decorated(text: str, piece: str) -> bool:
    """Whether the text is written in a style beside the piece, too."""
    return not text.isascii() and _styled(text) - _styled(piece) >= _DECORATED


# A text may hold thousands of hidden words: it is looked through once.
@lru_cache(maxsize=64)
def _styled(text: str) -> int:
    return _dress(text, READINGS[0], is_wide_usual=True).styled


@lru_cache(maxsize=64)
def _has_wide(text: str) -> bool:
    return bool(_WIDE.search(text))


_OF_ANY_SHOP = "veiled_common_"
# Signs that end or begin a sentence or a bracket there: "Anna!" ends with no l.
_NO_EDGE = frozenset("!|+(<#")


def _is_plain(low: str) -> bool:
    """Whether it is one of the words as they are written by everybody, also of somebody ("password's")."""
    return low in _plain_texts() or low.replace("'", "").removesuffix("s") in _plain_texts()


def _spelt(text: str) -> str:
    return "".join(filter(_belongs, unicodedata.normalize("NFC", text)))


def _is_same(term: Term, low: str) -> bool:
    """Whether the word's own letters and figures stand there, whatever stands between them."""
    return "".join(filter(str.isalnum, low)) == "".join(filter(str.isalnum, term.text))


def _is_dressed(term: Term, dress: _Dress) -> bool:
    """Whether the letters themselves are dressed."""
    if term.text.isascii() and (dress.styled or dress.unseen or dress.marks):
        return True
    if dress.alike and term.text.isascii() and (dress.plain or len(term.key) > _SHORTEST_KEY):
        return True
    if not term.text.isascii() and (dress.styled or (dress.unseen and not _is_joined_script(term.text))):
        return True
    if dress.figures and dress.plain >= (1 if len(term.key) > _SHORTEST_KEY else 2):
        return True
    return term.lang == "en" and dress.accents > 1


def _is_joined_script(text: str) -> bool:
    """Arabic and Indic words hold joiners in ordinary writing."""
    return "\u0600" <= text[0] <= "\u06ff" or "\u0900" <= text[0] <= "\u0dff"


def _is_cased(text: str, start: int, end: int) -> bool:
    """Whether capitals mark a word inside a longer one: "myTelegramNow", "xvqTELEGRAMkd"."""
    piece = text[start:end]
    before, after = text[start - 1 : start], text[end : end + 1]
    begins = is_edge(text, start) or (before.islower() and piece[0].isupper())
    finishes = is_edge(text, end) or (
        after.isupper() != piece[-1].isupper() and after.isalpha() and piece[-1].isalpha()
    )
    return begins and finishes and piece.isalpha()


def _is_apart_spaceless(term: Term, low: str) -> bool:
    """Whether signs stand between the letters of a word of a script without spaces."""
    folded = "".join(FOLDS[char] for char in low)
    letters = "".join(char for char in folded if _belongs(char))
    if letters != "".join(FOLDS[char] for char in term.text if _belongs(char)):
        return False
    gaps = [gap for gap in "".join("x" if _belongs(char) else char for char in low).split("x") if gap]
    if not gaps:
        return len(folded) != len(low)
    if any(len(gap) > _LONGEST_PIECE_GAP or not _ENDS_NOTHING.isdisjoint(gap) for gap in gaps):
        return False
    if all(gap.isspace() for gap in gaps):
        is_korean = "\uac00" <= term.text[0] <= "\ud7a3"
        return len(gaps) >= len(letters) - 1 > (1 if is_korean else 0)
    return True


def _belongs(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"


_ENDS_NOTHING = frozenset("，。、！？\n,!?")


def _gaps(piece: str) -> list[str]:
    return re.split(r"[^\W_]+", piece)[1:-1]


def _is_apart(term: Term, low: str) -> bool:
    """Whether letters are repeated, exchanged or kept apart by something."""
    if _TRIPLE.search(low) or _is_doubled(low):
        return True
    pieces = _PIECE.findall(low)
    if len(pieces) == 1:
        return _is_exchanged(term, low)
    if all(len(part) == 1 for part in pieces):
        return len(pieces) >= _FEWEST_SINGLE
    gaps = _gaps(low)
    if without_repeats(_plainly(low)) != without_repeats(_plainly(term.text)):
        return False
    if len(pieces) == 2 and gaps[0].isspace() and min(map(len, pieces)) == 1:
        return False
    usual = pieces == _PIECE.findall(term.text)
    is_split = len(term.key) > _SHORTEST_KEY and max(map(len, gaps)) <= _LONGEST_PIECE_GAP
    if not usual and is_split and not all(map(_is_ordinary, pieces)):
        return True
    return all(gap and not gap.isspace() and gap == gap.strip() and not _USUAL_GAP & set(gap) for gap in gaps)


def _is_ordinary(word: str) -> bool:
    if len(word) < _SHORTEST_TELLING or word in _plain_texts():
        return True
    return word in ordinary_words() and word not in _PIECES


def _is_doubled(low: str) -> bool:
    """Whether nearly every letter stands twice."""
    letters = [char for char in low if char.isalpha()]
    twice = sum(one == other for one, other in pairwise(letters))
    return twice >= _FEWEST_SINGLE and twice * 3 >= len(letters)


def _is_exchanged(term: Term, low: str) -> bool:
    """Whether i and l stand for one another ("ketamlne"), in no word of its own."""
    usual = _plainly(term.text)
    if not low.isalpha() or len(low) < _SHORTEST_EXCHANGED or len(low) != len(usual):
        return False
    if low in ordinary_words() or low in _TOWNS:
        return False
    return low != usual and low.translate(_ONE_STROKE) == usual.translate(_ONE_STROKE)


_SHORTEST_EXCHANGED = 6
_ONE_STROKE = str.maketrans("l", "i")
_TOWNS = frozenset({"pistoia"})


def _plainly(text: str) -> str:
    return "".join(FOLDS[char] for char in text if char.isalpha())
