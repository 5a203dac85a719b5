"""Writings that have to be decoded before they can be read: references, Braille figures, sums, letters.

Each of them is rewritten into plain letters and figures in one view; the pipeline reads that view like
another message and leads what it finds back to the original. All steps are linear in the length of the text
and run only where a sign or a word of theirs stands.
"""

import base64
import codecs
import re
from collections.abc import Callable, Collection, Iterator
from html import unescape

from compliance.engine import codes, encodings, spelt
from compliance.engine.near import corrected
from compliance.engine.plays import moved_phrases
from compliance.engine.puzzles import MAY_BE_LINES, solved
from compliance.engine.scripts import respelt
from compliance.engine.splits import GLUED_SIGN, rejoined
from compliance.engine.text import LEET, Rewrite, View
from compliance.engine.veiled import named

Piece = tuple[int, int, str]
ALL_HINTS = spelt.TOLD | {"link_hint", "dot_sign", "host_ending"}
_Step = Callable[[str], Iterator[Piece]]

# What a browser or a mail program would read as other characters.
_CODED = re.compile(
    r"&#(?:x([0-9a-fA-F]{2,6})|(\d{2,7}));?|%([2-7][0-9a-fA-F])"
    r"|(?<![A-Za-z0-9+/=])((?:[A-Za-z0-9+/]{16,400}={0,2}|[A-Za-z0-9+/]{10,15}={1,2}))(?![A-Za-z0-9+/=])"
    r"|&(period|commat|sol|colon|lpar|rpar|num|hyphen|lowbar|excl|plus|ast|dollar|nbsp|ZeroWidthSpace|shy);"
)
_SHORT_PACKED = re.compile(r"[A-Za-z0-9+/]{10}={1,2}(?!\w)")
_LONG_WORD = re.compile(r"[A-Za-z0-9+/]{16}")
_TELLING = re.compile(r"[a-z0-9]\.[a-z]{2}|@|//|\d{7}")
# Marks of a web page or of Markdown inside a word: "wh<b></b>atsapp", "what**sapp**".
_TAGS = re.compile(
    r"(?<=\w)(?:</?[a-z]{1,6}(?: [^<>]{0,60})?/?>)+(?=\w)|</?(?:b|i|u|s|em|wbr|span|font)/?>"
    r"|<!--[^<>]{0,80}-->",
    re.I,
)
# Text that is shown from right to left whatever its letters are.
_OVERRIDE = re.compile("\u202e([^\u202c\u202d\n]{3,400})")
_MIRRORED = str.maketrans("()[]{}<>", ")(][}{><")
_BRAILLE_RUN = re.compile("[\u2801-\u28ff][\u2800-\u28ff \\-.]{5,80}[\u2801-\u28ff]")
_BRAILLE_FIGURES = dict(zip("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚", "1234567890", strict=True))
_BRAILLE_FIGURES |= dict(zip("⠂⠆⠒⠲⠢⠖⠶⠦⠔⠴", "1234567890", strict=True))
_FEWEST_FIGURES = 7
# "(4+1)", "9-2", "3*2" among single figures: at least five such pieces in a row give the figures of a number.
_SUM = r"(?:[(\[]\s?)?\d{1,2}\s?[+\-−–*x×]\s?\d{1,2}(?:\s?[)\]])?"
_SUMS = re.compile(
    rf"(?<![\w.,+\-])(?:(?:{_SUM}|\d)(?:\s?[,;/|]\s?|\s?[-.]\s|\s|(?=[(\[]))){{4,20}}(?:{_SUM}|\d)(?![\w.])"
)
_SUM_PARTS = re.compile(r"(\d{1,2})\s?([+\-−–*x×])\s?(\d{1,2})|\d")
_SUM_SIGN = re.compile(r"\d\s?[+\-−–*x×]\s?\d")
# Letters drawn with strokes.
_STROKES = (
    (r"|\/|", "m"), ("/\\/\\", "m"), ("|v|", "m"), (r"\/\/", "w"), (r"|\|", "n"), (r"/\/", "n"), ("|-|", "h"),
    ("}{", "h"), (r"/-\ ".strip(), "a"), ("/\\", "a"), (r"\/", "v"), ("|<", "k"), ("|{", "k"),
    ("|3", "b"), ("|)", "d"),
    ("|_|", "u"), ("()", "o"), ("[]", "o"), ("|_", "l"), ("|>", "p"), ("|*", "p"), ("`/", "y"), ("><", "x"),
)  # fmt: skip
_STROKE_LETTERS = dict(_STROKES)
_STROKE = re.compile("|".join(re.escape(drawn) for drawn, _ in _STROKES), re.IGNORECASE)
_STROKE_WORD = re.compile(r"(?<![^\s,;])[^\s,;]*[\\|(\[}>`][^\s,;]+")
# "lampshopDOTcom" among small letters.
_CAPITAL_DOT = re.compile(r"(?<=[a-z0-9])(DOT|AT)(?=[a-z])")
_ALPHABET = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa"
    " quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
)
_OTHER_NAMES = {
    "alfa": "a",
    "juliet": "j",
    "whisky": "w",
    "x-ray": "x",
    "yankees": "y",
    "dash": "-",
    "dot": ".",
}
_DOTS = ("point", "period", "punto", "ponto", "punkt")
_LETTER_OF = {word: word[0] for word in _ALPHABET.split()} | _OTHER_NAMES | dict.fromkeys(_DOTS, ".")
# The letters by their English names: many are words too, so they count in a longer run with a dot only.
_NAMES_OF_LETTERS = """
    a:ay b:bee c:see c:cee c:sea d:dee e:ee f:eff f:ef g:gee g:jee h:aitch h:haitch i:eye j:jay k:kay l:el
    l:ell m:em n:en o:oh p:pee p:pea q:cue q:queue r:are r:ar
    s:ess s:es t:tee t:tea u:you u:yew v:vee w:double-u
    w:double-you w:doubleyou x:ex y:why y:wye
    z:zee z:zed
"""
_ENGLISH_NAMES = {pair[2:]: pair[0] for pair in _NAMES_OF_LETTERS.split()}
_LETTER_OF |= _ENGLISH_NAMES
_FEWEST_NAMED = 6
_CODE = "|".join(sorted(_LETTER_OF, key=len, reverse=True))
_SPELLED = re.compile(
    rf"(?<![^\W_])(?:{_CODE})(?:[\s,./-]{{1,3}}(?:{_CODE})){{3,40}}(?![^\W_])", re.IGNORECASE
)
_CODE_WORD = re.compile(rf"(?<![^\W_])(?:{_CODE})(?![^\W_])", re.IGNORECASE)
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
            "-----",
            ".----",
            "..---",
            "...--",
            "....-",
            ".....",
            "-....",
            "--...",
            "---..",
            "----.",
        ],
        "abcdefghijklmnopqrstuvwxyz0123456789",
        strict=True,
    )
)
_MORSE |= {".-.-.-": ".", "-....-": "-", ".--.-.": "@", "-..-.": "/", "..--.-": "_"}
_MORSE_RUN = re.compile(r"(?<![\w.\-])[.\-·•−–]{1,6}(?:[ /|]{1,3}[.\-·•−–]{1,6}){3,60}(?![\w\-])")
_MORSE_SIGNS = str.maketrans("·•−–", "..--")
_ACROSTIC = re.compile(
    r"(?:first|initial) letters?[^\w\n]{1,4}((?:[a-z'’]{1,20}[\s,.]{1,3}){3,20}[a-z'’]{1,20})", re.I
)
_BACKWARDS = re.compile(
    r"backward|revers|right to left|from the end|mirror|al rev|al contrario|rückwärts|à l'envers", re.I
)
_ROTATED = re.compile(r"rot[ -]?13|caesar", re.I)
_TURNABLE = re.compile(r"(?<!\S)[\w.@:/-]{5,80}(?!\S)")


def decoded(
    text: str,
    *,
    is_hinted: bool = True,
    has_figures: bool = True,
    has_long_word: bool = True,
    is_near: bool = True,
    concepts: Collection[str] = ALL_HINTS,
    figures: int = 8,
    is_alone: bool = True,
    is_mixed: bool = True,
) -> View | None:
    """The text with everything above written plainly; ``None`` if there is nothing of it.

    ``is_hinted``: a word stands there that spells letters or tells how to read ("backwards");
    ``has_figures``: there may be figures; ``has_long_word``: there may be sixteen letters in a row;
    ``is_near``: a word may be nearly a telling one; for the others see ``spelt.steps``.
    """
    may_be_lines = "\n" in text and MAY_BE_LINES.search(text) is not None
    is_glued = not _GLUING.isdisjoint(text) and GLUED_SIGN.search(text) is not None
    may_be_split = is_near or is_hinted or is_glued
    is_asked = is_hinted or has_figures or has_long_word or is_near or not ALL_HINTS.isdisjoint(concepts)
    if not (is_asked or may_be_lines or may_be_split or may_be_coded(text)):
        return None
    steps = _steps(text, is_hinted, has_figures, has_long_word)
    steps += spelt.steps(text, concepts, figures=figures, is_alone=is_alone, is_mixed=is_mixed)
    if is_hinted or may_be_lines:
        steps.append(lambda piece: iter(solved(piece, is_hinted=is_hinted)))
    if may_be_split:
        steps.append(lambda piece: iter(rejoined(piece)))
    if is_near:
        steps += [_corrected, moved_phrases]
    if not text.isascii():
        steps.append(_respelt)
    if not steps:
        return None
    pieces = [piece for step in steps for piece in step(text)]
    if not pieces:
        return None
    rewrite = Rewrite(text)
    at = 0
    for start, end, new in sorted(pieces, key=lambda piece: (piece[0], -piece[1])):
        if start >= at:
            rewrite.replace(start, end, new)
            at = end
    return rewrite.view("decoded")


_GLUING = frozenset('+&➕[({<"“„«')  # what ``GLUED_SIGN`` needs, but for an apostrophe, which any message has
# Letters, figures and the signs of any message: no code is made of these alone, but for what stands below.
_USUAL = bytes(code for code in range(128) if chr(code).isalnum() or chr(code) in " \n\r\t.,!?'")
_UNUSUAL = ("..", "   ", "dot", "DOT", "www", "WWW", "meet", *codes.SPOKEN)


def may_be_coded(text: str) -> bool:
    """Whether a step may find anything in a text without figures, words of sixteen letters, misspelt ones and
    hints: a step that waits for something else must be told of here."""
    if not text.isascii() or text.encode().translate(None, _USUAL):
        return True
    return any(map(text.__contains__, _UNUSUAL))


def _steps(text: str, is_hinted: bool, has_figures: bool, has_long_word: bool) -> list[_Step]:
    """What there may be something of: a look at a few signs for each message."""
    steps = codes.steps(text, is_hinted=is_hinted, has_figures=has_figures)
    steps += encodings.steps(text, is_hinted=is_hinted, has_figures=has_figures)
    if (
        "&" in text
        or "%" in text
        or ("=" in text and _SHORT_PACKED.search(text))
        or (has_long_word and _LONG_WORD.search(text))
    ):
        steps.append(_references)
    if "<" in text:
        steps.append(_tags)
    if not text.isascii():
        if "\u202e" in text:
            steps.append(_overridden)
        if _BRAILLE_RUN.search(text):
            steps.append(_braille)
    if has_figures and ("+" in text or "-" in text or "x" in text or "*" in text) and _SUM_SIGN.search(text):
        steps.append(_sums)
    if "\\" in text or "|" in text or "()" in text:
        steps.append(_strokes)
    if "DOT" in text:
        steps.append(_capital_dots)
    if ".." in text or "-." in text or ".-" in text or "- " in text or "··" in text or "••" in text:
        steps.append(_morse)
    if is_hinted:
        steps += [find for pattern, find in _HINTED if pattern.search(text)]
    return steps


def _corrected(text: str) -> Iterator[Piece]:
    for one in corrected(text):
        yield one.start, one.end, one.word


def _respelt(text: str) -> Iterator[Piece]:
    for one in respelt(text):
        yield one.start, one.end, one.word


def _references(text: str) -> Iterator[Piece]:
    for match in _CODED.finditer(text):
        plain = _decode(match)
        if plain:
            yield match.start(), match.end(), plain


def _decode(match: re.Match[str]) -> str:
    """What one coded piece stands for; empty if it isn't one."""
    hexadecimal, decimal, percent, packed, entity = match.groups()
    if entity:
        return unescape(match.group())
    if packed is None:
        code = int(hexadecimal or percent, 16) if hexadecimal or percent else int(decimal)
        return chr(code) if 32 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
    if packed.isdigit() or packed.islower() or packed.isupper():
        return ""
    try:
        found = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode("ascii")
    except ValueError:
        return ""
    telling = _TELLING.search(found.lower()) or next(named(found), None)
    if found.isdecimal():
        return "-".join(found)
    return found if found.isprintable() and telling else ""


def _tags(text: str) -> Iterator[Piece]:
    for match in _TAGS.finditer(text):
        yield match.start(), match.end(), ""


def _overridden(text: str) -> Iterator[Piece]:
    for match in _OVERRIDE.finditer(text):
        yield match.start(), match.end(), match[1][::-1].translate(_MIRRORED)


def _braille(text: str) -> Iterator[Piece]:
    """Braille letters a to j are figures too; a run with any other letter is a word and read elsewhere."""
    for match in _BRAILLE_RUN.finditer(text):
        signs = [sign for sign in match.group() if sign not in "\u2800 -.⠼⠤⠐⠰"]
        if len(signs) >= _FEWEST_FIGURES and all(sign in _BRAILLE_FIGURES for sign in signs):
            yield match.start(), match.end(), "-".join(_BRAILLE_FIGURES[sign] for sign in signs)


def _sums(text: str) -> Iterator[Piece]:
    for match in _SUMS.finditer(text):
        parts = list(_SUM_PARTS.finditer(match.group()))
        values = [_value(part) for part in parts]
        if len(values) >= _FEWEST_FIGURES and all(0 <= value <= 9 for value in values):
            start = match.start()
            spoken = " ".join(str(value) for value in values)
            yield start, match.end(), spoken


def _value(part: re.Match[str]) -> int:
    if part[1] is None:
        return int(part.group())
    first, last = int(part[1]), int(part[3])
    if part[2] == "+":
        return first + last
    return first - last if part[2] in "-−–" else first * last


def _strokes(text: str) -> Iterator[Piece]:
    for word in _STROKE_WORD.finditer(text):
        drawn = _STROKE.sub(lambda match: _STROKE_LETTERS[match.group().lower()], word.group())
        if drawn != word.group() and sum(char.isalnum() or char in LEET for char in drawn) == len(drawn) > 3:
            yield word.start(), word.end(), drawn


def _capital_dots(text: str) -> Iterator[Piece]:
    for match in _CAPITAL_DOT.finditer(text):
        yield match.start(), match.end(), f" {match.group().lower()} "


def _spelled(text: str) -> Iterator[Piece]:
    for match in _SPELLED.finditer(text):
        words = [word.group().lower() for word in _CODE_WORD.finditer(match.group())]
        letters = "".join(_LETTER_OF[word] for word in words)
        if _ENGLISH_NAMES.keys().isdisjoint(words) or (len(words) >= _FEWEST_NAMED and "." in letters[1:-1]):
            yield match.start(), match.end(), letters


def _morse(text: str) -> Iterator[Piece]:
    for match in _MORSE_RUN.finditer(text):
        groups = re.split(r"[ /|]+", match.group().translate(_MORSE_SIGNS))
        if all(group in _MORSE for group in groups):
            plain = "".join(_MORSE[group] for group in groups)
            yield match.start(), match.end(), "-".join(plain) if plain.isdecimal() else plain


def _acrostics(text: str) -> Iterator[Piece]:
    for match in _ACROSTIC.finditer(text):
        yield match.start(), match.end(), "".join(word[0] for word in match[1].split())


def _backwards(text: str) -> Iterator[Piece]:
    for match in _TURNABLE.finditer(text):
        turned = match.group()[::-1]
        if _TELLING.search(turned) and not match.group().isdigit():
            yield match.start(), match.end(), turned


def _rotated(text: str) -> Iterator[Piece]:
    """Letters moved by thirteen places, where the text says so."""
    for match in _TURNABLE.finditer(text):
        moved = codecs.decode(match.group(), "rot13")
        if _TELLING.search(moved):
            yield match.start(), match.end(), moved


_HINTED: tuple[tuple[re.Pattern[str], _Step], ...] = (
    (_SPELLED, _spelled),
    (_ACROSTIC, _acrostics),
    (_BACKWARDS, _backwards),
    (_ROTATED, _rotated),
)
