"""Canonical views of a text, each with a map back to the original.

A view is a rewritten copy in which a disguise no longer works: widths, case, accents, invisible characters
and digits of
any script (``folded``), look-alike letters (``lookalike``), signs and digits in place of letters with
everything between
letters removed (``squashed``). Everything is linear in the length of the text.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, compress
from operator import ne
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).with_name("data")

# Combining marks that only decorate: Latin accents, enclosing signs (key-caps), Arabic vowel signs.
_DECORATION = (
    (0x0300, 0x036F),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0x3099, 0x309A),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
    (0xE0000, 0xE01EF),
)
# Letters that no Unicode mapping folds: barred and dotless letters, Arabic variants that writers exchange
# freely.
_EXTRA_FOLDS = {
    "đ": "d",
    "ð": "d",
    "ø": "o",
    "ł": "l",
    "ħ": "h",
    "ı": "i",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ё": "е",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ي",
    "ة": "ه",
    "ؤ": "و",
    "ئ": "ي",
    "ک": "ك",
    "ی": "ي",
    "ͺ": "ι",
    "ـ": "",
    "\u00ad": "",
    "\u115f": "",
    "\u1160": "",
    "\u3164": "",
    "\uffa0": "",
    "\u2800": " ",
    "❶": "1",
    "❷": "2",
    "❸": "3",
    "❹": "4",
    "❺": "5",
    "❻": "6",
    "❼": "7",
    "❽": "8",
    "❾": "9",
    "⓿": "0",
    "➊": "1",
    "➋": "2",
    "➌": "3",
    "➍": "4",
    "➎": "5",
    "➏": "6",
    "➐": "7",
    "➑": "8",
    "➒": "9",
    "🔟": "10",
    "˙": ".",
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "`": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "−": "-",
}
# Letters in brackets, each one sign: "⒜⒝⒞".
_EXTRA_FOLDS |= {chr(0x249C + place): chr(ord("a") + place) for place in range(26)}  # fmt: skip
# Signs of their own for whole numbers: doubly circled, Suzhou, Roman in one sign ...
_WHOLE = frozenset(range(21))
_BRAILLE_DOTS = (
    "1 12 14 145 15 124 1245 125 24 245 13 123 134 1345 135 1234 12345 1235 234 2345 136 1236 2456 1346 13456"
    " 1356"
)
_BRAILLE = {
    0x2800 + sum(1 << int(dot) - 1 for dot in dots): letter
    for letter, dots in zip(
        "abcdefghijklmnopqrstuvwxyz",
        _BRAILLE_DOTS.split(),
        strict=True,
    )
}
_SMALL_CAPS = dict(zip("ᴀʙᴄᴅᴇғɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
_UPSIDE_DOWN = dict(zip("ɐqɔpǝɟƃɥᴉɾʞןɯuodbɹsʇnʌʍxʎz", "abcdefghijklmnopqrstuvwxyz", strict=True))
_UPSIDE_DOWN_SIGNS = frozenset("ɐɔǝɟƃɥᴉɾʞןɯɹʇʌʍʎ")
# Letters of other alphabets that are used for their shape, where the confusables table has no single target.
_SHAPE_PAIRS = """
    вb гr дd з3 иu йu кk лn мm нh пn тt уy фo цu ч4 шw щw ъb ыb ьb эe юo яr єe їi ћh ђh џu љn њh аa еe оo
    рp сc хx βb γy δd εe ζz ηn θo ιi κk λl μu νv ξe πn σo ςc τt υu φo χx ψy ωw άa έe ήn ίi όo ύu ώw αa οo ρp
"""
_SHAPES = {pair[0]: pair[1] for pair in _SHAPE_PAIRS.split()}
LEET = {
    "0": "o", "1": "i", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "i", "|": "l", "+": "t", "€": "e", "£": "l", "¢": "c", "§": "s", "*": "",
}  # fmt: skip
LEET_ONE = {**LEET, "1": "l", "!": "l", "|": "i", "2": "2", "6": "b", "9": "q", "4": "h"}
_LEET_LETTERS = str.maketrans(LEET)
_REPEATED = re.compile(r"(.)(?=\1)", re.DOTALL)


class View(NamedTuple):
    """A rewritten text. ``starts`` and ``ends`` give for each character its place in the original; ``None``:
    unchanged."""

    name: str
    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of this view lies in the original text."""
        if self.starts is None or self.ends is None:
            return start, end
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else 0
            return at, at
        return self.starts[start], self.ends[end - 1]


def _is_decoration(code: int) -> bool:
    return any(low <= code <= high for low, high in _DECORATION)


def _negative_letter(code: int) -> str:
    """Letters in filled circles and squares, regional indicators and letter-like tags have no mapping of
    their own."""
    for base in (0x1F150, 0x1F170, 0x1F1E6, 0x1F130, 0x1F110):
        if base <= code < base + 26:
            return chr(ord("a") + code - base)
    return ""


def fold_char(char: str) -> str:
    """The plain form of one character: lower case, without accent or width; empty when it only decorates."""
    if char in _EXTRA_FOLDS:
        return _EXTRA_FOLDS[char]
    code = ord(char)
    if _is_decoration(code):
        return ""
    category = unicodedata.category(char)
    if category in ("Cf", "Cs") or (category == "Cc" and char not in "\n\r\t"):
        return ""
    if category == "Zs" or char in "\r\t\u2028\u2029":
        return " "
    if category == "Nd":
        return str(unicodedata.digit(char))
    if letter := _negative_letter(code):
        return letter
    if 0x2801 <= code <= 0x2835 and code in _BRAILLE:
        return _BRAILLE[code]
    compat = unicodedata.normalize("NFKC", char).lower()
    if compat == char and category in ("No", "Nl"):
        value = unicodedata.numeric(char, -1)
        return str(int(value)) if value in _WHOLE else char
    if len(compat) == 1 and compat in _EXTRA_FOLDS:
        return _EXTRA_FOLDS[compat]
    if 0xAC00 <= ord(compat[0]) <= 0xD7A3 or not compat:
        return compat
    base = "".join(part for part in unicodedata.normalize("NFD", compat) if not _is_decoration(ord(part)))
    return "".join(_EXTRA_FOLDS.get(part, part) for part in unicodedata.normalize("NFC", base)).lower()


class _FoldTable(dict[str, str]):
    """Folds each character once; bounded by the number of code points."""

    def __missing__(self, char: str) -> str:
        folded = self[char] = fold_char(char)
        return folded


FOLDS = _FoldTable()


def fold(text: str) -> View:
    """The view most detectors read: see ``fold_char``. ASCII text costs one ``lower()``."""
    if text.isascii():
        return View("folded", text.lower().replace("\r", " ").replace("\t", " "))
    pieces = list(map(FOLDS.__getitem__, text))
    folded = "".join(pieces)
    if len(folded) == len(pieces) and "" not in pieces:
        return View("folded", folded)
    starts: list[int] = []
    ends: list[int] = []
    for place, piece in enumerate(pieces):
        if not piece:
            if ends:
                ends[-1] = place + 1  # A dropped mark belongs to the letter before it.
            continue
        for _ in piece:
            starts.append(place)
            ends.append(place + 1)
    return View("folded", folded, starts, ends)


def fold_text(text: str) -> str:
    """Only the text of ``fold``: for word lists."""
    return fold(text).text


_RARE_SCRIPTS = 0x10280


def _read_lookalikes() -> dict[str, str]:
    table: dict[str, str] = dict(_SHAPES)
    # Texts are folded first: what matters is the folded form, and a small letter's own row wins over its
    # capital's.
    by_case: dict[str, str] = {}
    for line in (DATA / "confusables.tsv").read_text(encoding="utf-8").splitlines():
        target, chars = line.split("\t")
        for char in chars:
            form = FOLDS[char]
            if ord(char) >= _RARE_SCRIPTS:
                FOLDS[char] = target  # Capitals and small letters of these look like different letters.
                continue
            if len(form) == 1 and not form.isascii() and not form.isdecimal():
                (table if form == char else by_case).setdefault(form, target)
    table = by_case | table
    table.update(_SMALL_CAPS)
    return table


LOOKALIKES = str.maketrans(_read_lookalikes())
_LOOKALIKE = re.compile(f"[{re.escape(''.join(map(chr, LOOKALIKES)))}]")
_TURNED = str.maketrans(_UPSIDE_DOWN)
_TURNED_SIGN = re.compile(f"[{''.join(_UPSIDE_DOWN_SIGNS)}]")


def lookalike(folded: View) -> View | None:
    """Letters of other alphabets replaced by the Latin letters they resemble; ``None`` if nothing changes."""
    if folded.text.isascii() or not _LOOKALIKE.search(folded.text):
        return None
    return View("lookalike", folded.text.translate(LOOKALIKES), folded.starts, folded.ends)


def turned(folded: View) -> View | None:
    """Upside-down writing turned back: signs exchanged and the order reversed; ``None`` if there is none."""
    if folded.text.isascii() or not _TURNED_SIGN.search(folded.text):
        return None
    return _reverse(View("turned", folded.text.translate(_TURNED), folded.starts, folded.ends))


def _reverse(view: View) -> View:
    """The view read from its end; spans of it still lie rightly in the original."""
    size = len(view.text)
    starts = view.starts if view.starts is not None else range(size)
    ends = view.ends if view.ends is not None else range(1, size + 1)
    # In reverse order the first character of a match is the last of the original piece.
    return View(view.name, view.text[::-1], list(reversed(starts)), list(reversed(ends)))


# Letters or digits standing alone, at least four in a row, with up to three signs between them.
_PULLED_APART = re.compile(r"(?<![^\W_])[^\W_](?:[ \n._\-*~|/·•+=^'\"#,:;♥]{1,3}[^\W_](?![^\W_])){3,}")
# The second and third of them: starts at a sign, so ordinary words are skipped fast.
_PULLED_LETTERS = re.compile(
    r"[ \n._\-*~|/·•+=^'\"#,:;♥][^\W_][ \n._\-*~|/·•+=^'\"#,:;♥]{1,3}[^\W_][ \n._\-*~|/·•+=^'\"#,:;♥]"
)
_GAP_IN_RUN = re.compile(r"[\W_]+")


def despace(text: str) -> View | None:
    """Pulled-apart words joined ("w h a t s"); a wider gap than usual stays a space. ``None`` if there are
    none.

    The view leads back into ``text``, not into the original.
    """
    if not _PULLED_LETTERS.search(text):
        return None
    found = list(_PULLED_APART.finditer(text))
    if not found:
        return None
    rewrite = Rewrite(text)
    for match in found:
        gaps = [(gap.start() + match.start(), gap.group()) for gap in _GAP_IN_RUN.finditer(match.group())]
        usual = Counter(gap for _, gap in gaps).most_common(1)[0][0]
        for place, gap in gaps:
            if gap == usual:
                rewrite.replace(place, place + len(gap), "")
            elif gap.strip():
                rewrite.replace(place, place + len(gap), gap.strip())
            elif len(gap) > len(usual):
                rewrite.replace(place, place + len(gap), " ")
    return rewrite.view("despaced")


class Rewrite:
    """Replaces pieces of a text from left to right and remembers where everything came from."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._at = 0

    def _copy(self, until: int) -> None:
        at = self._at
        self._parts.append(self._text[at:until])
        if until == at + 1:  # A letter pulled apart from its word.
            self._starts.append(at)
            self._ends.append(until)
        else:
            self._starts.extend(range(at, until))
            self._ends.extend(range(at + 1, until + 1))

    def replace(self, start: int, end: int, new: str) -> None:
        """Put ``new`` in place of a piece; pieces must come in order."""
        self._copy(start)
        if new:
            self._parts.append(new)
            self._starts.extend([start] * len(new))
            self._ends.extend([end] * len(new))
        self._at = end

    def view(self, name: str) -> View:
        self._copy(len(self._text))
        return View(name, "".join(self._parts), self._starts, self._ends)


# Figures and signs as the letters that they stand for, in both readings; what stands for none is a space.
_READ_AS = tuple(
    str.maketrans({sign: letter or " " for sign, letter in table.items()}) for table in (LEET, LEET_ONE)
)
_IS_LETTER = bytes(chr(code).isalnum() for code in range(128)) + bytes(128)


class Squashed:
    """Letters and digits only, leet read as letters, runs collapsed; ``places`` leads back into the folded
    view."""

    def __init__(self, source: str, *, second_reading: bool) -> None:
        self._source = source
        read = source.translate(_READ_AS[second_reading])
        self._is_letter: Sequence[int] = (
            read.encode().translate(_IS_LETTER) if read.isascii() else list(map(str.isalnum, read))
        )
        letters = list(compress(read, self._is_letter))
        is_new = list(map(ne, letters, chain(("",), letters)))
        self.text = "".join(compress(letters, is_new))
        self.places = list(compress(compress(range(len(read)), self._is_letter), is_new))

    def is_whole(self, start: int, end: int) -> bool:
        """Whether a piece begins and ends where words of the folded view do, so that "seven months" is not
        read as a payment app."""
        first = self.places[start]
        if first and self._is_letter[first - 1]:
            return False
        if end == len(self.places):
            return True
        # Between the last letter and the one after it lie repeats of it and signs; an apostrophe parts no
        # words.
        is_letter = self._is_letter
        return any(
            is_letter[at - 1] and not is_letter[at] and self._source[at] != "'"
            for at in range(self.places[end - 1] + 1, self.places[end])
        )


def squash(text: str, *, second_reading: bool = False) -> Squashed:
    """Remove everything between letters and collapse repeats. ``second_reading`` takes 1 as l instead of i
    and so on."""
    return Squashed(text, second_reading=second_reading)


def without_repeats(text: str) -> str:
    """Each letter once where it stands several times in a row. Linear.

    For ASCII the text is taken as one number: beside itself moved by one place, equal neighbours are zeros.
    """
    if not text.isascii():
        return _REPEATED.sub("", text)
    size = len(text)
    number = int.from_bytes(text.encode(), "little")
    beside = (number ^ number >> 8).to_bytes(size, "little")
    again = beside.find(0, 0, size - 1) if size > 1 else -1
    if again < 0:
        return text
    parts, last = [], 0
    while again >= 0:
        parts.append(text[last:again])
        last = again + 1
        again = beside.find(0, last, size - 1)
    parts.append(text[last:])
    return "".join(parts)


def collapse(word: str) -> str:
    """A word with letters and digits only and no letter twice in a row: the form ``squash`` gives it."""
    if not word.isalpha():
        word = word.translate(_LEET_LETTERS)
        if not word.isalnum():
            word = "".join(filter(str.isalnum, word))
    return _REPEATED.sub("", word)


_MIXED_WORD = re.compile(r"[^\W\d_]+")
# Figures and signs for letters, as in "c4nc3l th3 0rd3r": read as letters where at least two words are
# written so.
_LEET_WORD = re.compile(
    r"(?<![^\W_])(?=[0-9@$!|]*[a-z][0-9@$!|a-z]*)[0-9@$!|a-z]*[0-9@$!|][0-9@$!|a-z]*", re.IGNORECASE
)
_LEET_INSIDE = re.compile(r"[a-z][013457@$!|]{1,2}[a-z]|(?<![^\W_])[013457@$]{1,2}[a-z]{2}", re.IGNORECASE)
_LEET_SIGN = re.compile(r"[013457@$!|][^\W\d_]")  # in every match of the one above
_FEWEST_LEET = 2
# A letter of the Latin alphabet beside one that isn't: in every word that is written in two alphabets.
_TWO_ALPHABETS = re.compile(
    r"[A-Za-z\u00c0-\u024f][^\W\d_\x00-\x7f\u00c0-\u024f]|[^\W\d_\x00-\x7f\u00c0-\u024f][A-Za-z\u00c0-\u024f]"
)
_LONGEST_REMEMBERED = 500


def plain(text: str) -> str:
    """The text as its reader understands it, for models.

    No invisible characters, one alphabet a word, nothing pulled apart, figures for letters read as letters.
    Ordinary
    texts stay as they are. Several models ask for it: short texts are remembered.
    """
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else _undisguised(text)


def _undisguised(text: str) -> str:
    if not text.isascii():
        pieces = list(map(FOLDS.__getitem__, text))
        if "" in pieces:
            kept = zip(text, pieces, strict=True)
            text = "".join(char for char, piece in kept if piece or char in "\u0301\u0300")
        text = unicodedata.normalize("NFKC", text)
        if _TWO_ALPHABETS.search(text):
            text = _MIXED_WORD.sub(lambda match: _one_alphabet(match.group()), text)
    view = despace(text)
    text = text if view is None else view.text
    if len(_LEET_SIGN.findall(text)) >= _FEWEST_LEET and len(_LEET_INSIDE.findall(text)) >= _FEWEST_LEET:
        text = _LEET_WORD.sub(lambda match: match.group().lower().translate(_LEET_LETTERS), text)
    return text


_remembered = lru_cache(maxsize=8_192)(_undisguised)


@lru_cache(maxsize=8_192)
def _one_alphabet(word: str) -> str:
    """A word of Latin letters and look-alikes of other alphabets in Latin letters; other words unchanged."""
    if word.isascii() or not any("a" <= char <= "z" for char in word.lower()):
        return word
    foreign = any(not char.isascii() and not "\u00c0" <= char <= "\u024f" for char in word)
    latin = "".join(char if char.isascii() else FOLDS[char].translate(LOOKALIKES) for char in word)
    return latin if latin.isascii() and foreign else word
