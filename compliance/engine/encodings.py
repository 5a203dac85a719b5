"""Words in the writings of machines: bytes in some base, numbers of characters, places in the alphabet, keys
of a telephone, Morse signs in other dress.

Whatever comes out counts only if it holds a telling word, a number or an address: nobody reads base 64 by
chance, but many codes of parcels and parts look like it.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from compliance.engine.text import fold_text
from compliance.engine.veiled import named
from compliance.engine.wordbook import book, letters_of

Piece = tuple[int, int, str]

_TELLING = re.compile(r"[a-z0-9]{2}\.[a-z]{2}|@\w{3}|://|\d{7}")
_FEWEST, _FEWEST_HINTED, _FEWEST_BYTES = 5, 3, 4


def telling(plain: str, fewest: int = _FEWEST_BYTES) -> str:
    """The text if it holds something that nobody codes without a reason; else empty.

    ``fewest``: of how many letters a Latin word must be.
    """
    plain = plain.strip("\0\r\n\t ")
    if not plain or not all(char.isprintable() or char in "\n\t" for char in plain):
        return ""
    letters = letters_of(plain)
    if letters.isascii() and len(letters) < fewest:
        return ""
    if letters in book().terms:
        return book().terms[letters]
    folded = fold_text(plain)
    if next(named(folded), None) or _TELLING.search(folded):
        return "-".join(plain) if plain.isdecimal() else plain
    return ""


def _text_of(data: bytes) -> str:
    """Bytes as text: UTF-8, or two bytes a character."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    for codec in ("utf-16-le", "utf-16-be", "cp1251", "shift_jis"):
        try:
            found = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if telling(found):
            return found
    return ""


# ---- base 64, 32, 85 ----

_PACKED = re.compile(r"(?<![A-Za-z0-9+/_=])[A-Za-z0-9+/_-]{6,400}={0,2}(?![A-Za-z0-9+/_=])")
_CASES = re.compile(r"[a-z0-9+/_-][A-Z]|[A-Z][a-z]+\d")
_BASE32 = re.compile(
    r"(?<![\w=])(?=[A-Z2-7]*[2-7=])[A-Z2-7]{8,400}={0,6}(?![\w=])|(?<![\w=])[A-Z]{16,400}={0,6}(?![\w=])"
)
MAY_BE_PACKED = re.compile(r"[a-z0-9+/_-][A-Z]|[A-Z2-7]{8}|\w=(?!\w)")


def packed(text: str) -> Iterator[Piece]:
    """Base 64 with either pair of signs, with or without its filling; base 32."""
    for match in _PACKED.finditer(text):
        token = match.group()
        core = token.rstrip("=")
        if len(core) % 4 == 1 or not (_CASES.search(token) or token != core):
            continue
        if plain := _unpacked(core):
            yield match.start(), match.end(), plain
    for match in _BASE32.finditer(text):
        core = match.group().rstrip("=")
        try:
            plain = telling(_text_of(base64.b32decode(core + "=" * (-len(core) % 8))))
        except binascii.Error:
            continue
        if plain:
            yield match.start(), match.end(), plain


@lru_cache(maxsize=4_096)
def _unpacked(core: str) -> str:
    usual = core.replace("-", "+").replace("_", "/")
    try:
        return telling(_text_of(base64.b64decode(usual + "=" * (-len(usual) % 4), validate=True)))
    except binascii.Error:
        return ""


# ---- bytes and characters in hexadecimal, octal, binary and decimal ----

_GAP = r"[\s,;:/|._-]{1,3}"
_HEX = re.compile(
    r"(?<![\w])(?:0x)?[0-9a-f]{2}(?:(?:[\s,;:/|._-]{0,2}(?:0x|\\x)?)[0-9a-f]{2}){2,199}(?![\w])",
    re.IGNORECASE,
)
# A run of bits is taken whole (possessive): where one could be cut in several ways, a long row of noughts
# would be tried in each of them.
_BINARY = re.compile(r"(?<!\w)(?:0b)?[01]{7,800}+(?:[\s,;:/|._-]{1,2}+(?:0b)?[01]{7,800}+){0,99}+(?!\w)")
_FEWEST_BITS = 3 * 7
_OCTAL = re.compile(
    rf"(?<![\w])(?:0o|\\)?0?[0-3][0-7]{{2}}(?:(?:{_GAP}|\\)(?:0o)?0?[0-3][0-7]{{2}}){{2,99}}(?![\w])"
)
_DECIMAL = re.compile(rf"(?<![\w.,])\d{{2,5}}(?:{_GAP}\d{{2,5}}){{2,99}}(?![\w])")
MAY_BE_BYTES = re.compile(r"[0-9a-f]{2}(?:[\s,;:/|._-]|0x|\\x){0,3}[0-9a-f]*\d[0-9a-f]*", re.IGNORECASE)


def coded_bytes(text: str, *, is_hinted: bool) -> Iterator[Piece]:
    """Bytes or characters by their numbers in any usual base."""
    fewest = _FEWEST_HINTED if is_hinted else _FEWEST_BYTES
    for match in _BINARY.finditer(text):
        bits = re.sub(r"0b|[^01]", "", match.group())
        if len(bits) < _FEWEST_BITS:
            continue
        groups = re.findall(r"[01]+", match.group().replace("0b", ""))
        width = 7 if all(len(group) == 7 for group in groups) or (len(bits) % 8 and not len(bits) % 7) else 8
        values = [int(bits[at : at + width], 2) for at in range(0, len(bits) - width + 1, width)]
        yield from _of_bytes(match, values, fewest)
    for match in _HEX.finditer(text):
        digits = re.sub(r"0x|\\x|[^0-9a-f]", "", match.group().lower())
        if len(digits) % 2 == 0:
            yield from _of_bytes(match, list(bytes.fromhex(digits)), fewest)
        groups = re.findall(r"[0-9a-f]+", match.group().lower().replace("0x", ""))
        if all(len(group) == 4 for group in groups):
            yield from _of_characters(match, [int(group, 16) for group in groups], fewest)
    for match in _OCTAL.finditer(text):
        yield from _of_bytes(
            match, [int(group, 8) for group in re.findall(r"[0-7]{3,4}", match.group())], fewest
        )
    for match in _DECIMAL.finditer(text):
        yield from _of_characters(match, list(map(int, re.findall(r"\d+", match.group()))), fewest)


def _of_bytes(match: re.Match[str], values: list[int], fewest: int) -> Iterator[Piece]:
    if max(values) < 256 and (plain := telling(_text_of(bytes(values)), fewest)):
        yield match.start(), match.end(), plain


def _of_characters(match: re.Match[str], values: list[int], fewest: int) -> Iterator[Piece]:
    if all(32 <= value < 0xD800 for value in values):
        plain = telling("".join(map(chr, values)), fewest)
        # Sizes and prices are numbers, too, but no figures' numbers in a row.
        if plain and not plain[0].isdigit():
            yield match.start(), match.end(), plain


# ---- escapes of programs, pages and mails ----

_ESCAPE = re.compile(
    r"\\u\{?([0-9a-fA-F]{2,6})\}?|\\U([0-9a-fA-F]{8})|[uU]\+([0-9a-fA-F]{2,5})[\s,]?|%u([0-9a-fA-F]{4})"
    r"|((?:%[0-9a-fA-F]{2})+)|((?:=[0-9A-F]{2})+)|((?:\\x[0-9a-fA-F]{2})+)|((?:\\[0-3][0-7]{2})+)"
)
MAY_BE_ESCAPED = re.compile(r"\\[uUx0-3]|[uU]\+[0-9a-fA-F]|%[0-9a-fA-Fu][0-9a-fA-F]|=[0-9A-F]{2}=")
_PUNYCODE = re.compile(r"xn--[a-z0-9-]{2,60}", re.IGNORECASE)


def escaped(text: str) -> Iterator[Piece]:
    """Characters and bytes by the escapes of programs, addresses and mails, whatever their script."""
    for match in _ESCAPE.finditer(text):
        if (plain := _unescaped(match)) and (len(plain) > 1 or not plain.isascii()):
            yield match.start(), match.end(), plain
    for match in _PUNYCODE.finditer(text):
        try:
            plain = match.group()[4:].encode().decode("punycode")
        except UnicodeError:
            continue
        if telling(plain):
            yield match.start(), match.end(), plain


def _unescaped(match: re.Match[str]) -> str:
    for number in range(1, 5):
        if match[number]:
            code = int(match[number], 16)
            is_char = 32 <= code < 0x110000 and not 0xD800 <= code < 0xE000
            return chr(code) if is_char else ""
    if match[8]:
        data = bytes(int(group, 8) for group in match[8].split("\\")[1:])
    else:
        shown = match[5] or match[6] or match[7]
        data = unquote_to_bytes(shown.replace("=", "%").replace("\\x", "%"))
    try:
        found = data.decode()
    except UnicodeDecodeError:
        return ""
    return found if found.isprintable() else ""


# ---- places in the alphabet, keys of a telephone, squares ----

_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "abcdefghijklmnñopqrstuvwxyz",
    "αβγδεζηθικλμνξοπρστυφχψω",
)
_NUMBERS = re.compile(r"(?<![\w.,])\d{1,4}(?:(?:[\s,;:/|._+–-]{1,3}|\s[-–/|]\s)\d{1,4}){2,60}(?![\w])")
MAY_BE_PLACES = re.compile(r"\d[\s,;:/|._+–-]{1,3}\d{1,4}[\s,;:/|._+–-]{1,3}\d")


def places(text: str, *, is_hinted: bool) -> Iterator[Piece]:
    """ "23-8-1-20-19-1-16-16", "p=16 a=1": numbers of letters, from either end of the alphabet."""
    fewest = _FEWEST_HINTED if is_hinted else _FEWEST
    for match in _NUMBERS.finditer(text):
        groups = re.findall(r"\d+", match.group())
        values = list(map(int, groups))
        if (len(values) >= fewest and (word := _by_place(tuple(values), fewest))) or (
            len(values) >= fewest and (word := _by_keys(tuple(groups), fewest))
        ):
            yield match.start(), match.end(), word


@lru_cache(maxsize=4_096)
def _by_place(values: tuple[int, ...], fewest: int) -> str:
    known = book().terms
    for alphabet in _ALPHABETS:
        size = len(alphabet)
        for shift, sign in ((-1, 1), (0, 1), (size, -1)):
            at = [sign * value + shift for value in values]
            if min(at) < 0:
                at = [place for place, value in zip(at, values, strict=True) if value]
            if at and min(at) >= 0 and max(at) < size:
                letters = letters_of("".join(alphabet[place] for place in at))
                if len(letters) >= fewest and letters in known:
                    return known[letters]
    return ""


_ON_KEYS = ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz")
_KEYS = {letter: (str(key), at) for key, row in enumerate(_ON_KEYS, 2) for at, letter in enumerate(row, 1)}
_SQUARE = {letter: f"{at // 5 + 1}{at % 5 + 1}" for at, letter in enumerate("abcdefghiklmnopqrstuvwxyz")}


class _Figures:
    """Every Latin term in the figures of a telephone's keys and of a square of letters."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.presses: dict[str, str] = {}
        for letters, term in book().terms.items():
            if len(letters) < _FEWEST_HINTED or not (letters.isascii() and letters.isalpha()):
                continue
            pressed = [_KEYS[letter] for letter in letters]
            self.keys.setdefault("".join(key for key, _ in pressed), term)
            self.presses.setdefault("".join(key * times for key, times in pressed), term)
            self.presses.setdefault("".join(f"{key}{times}" for key, times in pressed), term)
            square = [_SQUARE[letter.replace("j", "i")] for letter in letters]
            self.presses.setdefault("".join(square), term)
            self.presses.setdefault("".join(pair[::-1] for pair in square), term)


@lru_cache(maxsize=1)
def _figures() -> _Figures:
    return _Figures()


def _by_keys(groups: tuple[str, ...], fewest: int) -> str:
    """What groups of figures spell on a telephone or in a square; groups of one figure are keys."""
    joined = (
        "".join(groups).replace("0", "").replace("1", "")
        if all(map(_is_one_key, groups))
        else "".join(groups)
    )
    figures = _figures()
    if all(len(group) == 1 for group in groups):
        return figures.keys.get(joined, "") if fewest == _FEWEST_HINTED else ""
    return figures.presses.get(joined, "")


def _is_one_key(group: str) -> bool:
    return len(set(group)) == 1


_KEYED = re.compile(r"(?<![\w.,+-])[0-9](?:[\s.,_/*#-]{0,2}\d){2,60}(?![\w])")


def keyed(text: str) -> Iterator[Piece]:
    """Words typed on a telephone's keys, where the text says so: once for each letter, or pressed through."""
    figures = _figures()
    for match in _KEYED.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        bare = digits.replace("0", "").replace("1", "")
        word = figures.presses.get(digits) or figures.presses.get(bare) or figures.keys.get(bare)
        if word:
            yield match.start(), match.end(), word


# ---- two signs ----

_MORSE = dict(
    zip(
        [
            ".-",
            "-...",
            "-.-.",
            "-..",
            ".",
            "..-.",
            "--.",
            "....",
            "..",
            ".---",
            "-.-",
            ".-..",
            "--",
            "-.",
            "---",
            ".--.",
            "--.-",
            ".-.",
            "...",
            "-",
            "..-",
            "...-",
            ".--",
            "-..-",
            "-.--",
            "--..",
        ],
        "abcdefghijklmnopqrstuvwxyz",
        strict=True,
    )
)
_SPOKEN = re.compile(
    r"(?<![^\W_])(?:dot|dash|dit|dah|di|da|ti|ta|punto|raya|punkt|strich|point|trait|short|long|точка|тире)"
    r"(?:[\s,./|-]{1,3}(?:dot|dash|dit|dah|di|da|ti|ta|punto|raya|punkt|strich|point|trait|short|long|точка|тире)){5,200}",
    re.IGNORECASE,
)
_SHORT = frozenset("dot dit di ti punto punkt point short точка".split())  # noqa: SIM905
_TWO_SIGNS = re.compile(r"(?<![\w])([^\w\s/|]{1,6}(?:[\s/|]{1,3}[^\w\s/|]{1,12}){3,60})")
_SPACED = re.compile(r"\s*[/|]\s*|\s{2,}")
_STEADY = str.maketrans("·•−–—_", "..----")


def morse(text: str) -> Iterator[Piece]:
    """Dots and dashes in any dress: signs, pictures, words."""
    for match in _TWO_SIGNS.finditer(text):
        piece = match[1].replace("\ufe0f", "").translate(_STEADY)
        signs = sorted(set(piece) - set(" \t\n/|"))
        if len(signs) != 2:
            continue
        for dot, dash in ((signs[0], signs[1]), (signs[1], signs[0])):
            plain = piece.replace(dot, "\1").replace(dash, "\2").replace("\1", ".").replace("\2", "-")
            if word := _from_morse(re.split(r"[\s/|]+", plain.strip())):
                yield match.start(1), match.start(1) + len(match[1].rstrip()), word
                break
    for match in _SPOKEN.finditer(text):
        letters = re.split(r"\s*[,/|]\s*|\s{2,}", match.group().lower())
        groups = [
            "".join("." if word in _SHORT else "-" for word in re.split(r"[\s.-]+", letter))
            for letter in letters
        ]
        if word := _from_morse(groups):
            yield match.start(), match.end(), word


def _from_morse(groups: list[str]) -> str:
    letters = "".join(_MORSE.get(group, "?") for group in groups if group)
    return book().terms.get(letters, "") if len(letters) > _FEWEST_HINTED else ""


Step = Callable[[str], Iterator[Piece]]


def steps(text: str, *, is_hinted: bool, has_figures: bool) -> Iterator[Step]:
    """The functions above that may find something: a look at a few signs."""
    if MAY_BE_PACKED.search(text):
        yield packed
    if ("\\" in text or "%" in text or "=" in text or "+" in text) and MAY_BE_ESCAPED.search(text):
        yield escaped
    if "xn--" in text:
        yield escaped
    if has_figures:
        if MAY_BE_BYTES.search(text):
            yield lambda piece: coded_bytes(piece, is_hinted=is_hinted)
        if MAY_BE_PLACES.search(text):
            yield lambda piece: places(piece, is_hinted=is_hinted)
        if is_hinted:
            yield keyed
    if is_hinted or not text.isascii() or "--" in text or ".." in text:
        yield morse
