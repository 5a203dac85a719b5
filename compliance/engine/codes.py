"""Figures written by other means: escapes, turned or drawn figures, letters by a key, groups to count.

Each function gives (start, end, figures) for what it finds in a text; ``ciphers.py`` puts the figures in its
place. Nothing here decides whether a number is one to call.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

Piece = tuple[int, int, str]
Step = Callable[[str], Iterator[Piece]]

_FEWEST = 7
_WHOLE = range(9, 14)
_SEPARATORS = r"[\s.,/|_\-·•*~:;]"


def _parted(digits: str) -> str:
    """Figures one by one, so that they are read as disguised."""
    return "-".join(digits)


# ---- escapes of programs ----

_ESCAPE = re.compile(
    r"(?:\\u\{?|u\+|%u|\\x|&#x)([0-9a-f]{2,4})\}?;?|=3([0-9])|\\(06[0-7]|07[01])", re.IGNORECASE
)
ESCAPED = re.compile(r"\\[ux0]|u\+|%u|=3\d=3", re.IGNORECASE)


def escapes(text: str) -> Iterator[Piece]:
    """``\u0030``, ``U+0030``, ``\x30``, ``=30``, ``\060``."""
    found = [(match, _escaped(match)) for match in _ESCAPE.finditer(text)]
    is_number = sum(char.isdigit() for _, char in found) >= _FEWEST
    for match, char in found:
        if char.isprintable() and char.isascii():
            yield match.start(), match.end(), f"{char}-" if is_number and char.isdigit() else char


def _escaped(match: re.Match[str]) -> str:
    if match[2]:
        return match[2]
    return chr(int(match[1], 16)) if match[1] else chr(int(match[3], 8))


# ---- figures in other bases ----

_GROUPS = re.compile(
    rf"(?<![\w.])(?:[01]{{4}}(?:{_SEPARATORS}{{1,2}}[01]{{4}}){{6,14}}"
    rf"|[01]{{8}}(?:{_SEPARATORS}{{1,2}}[01]{{8}}){{6,14}}"
    rf"|(?:4[89]|5[0-7])(?:{_SEPARATORS}{{1,2}}(?:4[89]|5[0-7])){{8,14}}"
    rf"|(?:0x)?3[0-9](?:{_SEPARATORS}{{1,2}}(?:0x)?3[0-9]){{8,14}})(?![\w.])",
    re.IGNORECASE,
)
MAY_BE_GROUPS = re.compile(
    r"(?<!\d)[01]{4}\D{1,2}[01]{4}|(?<!\d)(?:4[89]|5[0-7])\D{1,2}(?:4[89]|5[0-7])\D|(?<!\d)(?:0x)?3[0-9]\D{1,2}(?:0x)?3[0-9]\D"
)
_GROUP = re.compile(r"[0-9]+")


def coded_groups(text: str) -> Iterator[Piece]:
    """Four or eight bits a figure, or the numbers of the figures' characters."""
    for match in _GROUPS.finditer(text):
        groups = _GROUP.findall(match.group().lower().replace("0x", ""))
        width = len(groups[0])
        if width == 2:
            codes = [int(group, 16 if groups[0][0] == "3" else 10) for group in groups]
            if len({later - code for code, later in pairwise(codes)}) < 3:
                continue  # Sizes that rise.
        else:
            codes = [int(group, 2) + (48 if width == 4 else 0) for group in groups]
        if all(48 <= code <= 57 for code in codes):
            yield match.start(), match.end(), _parted("".join(map(chr, codes)))


# ---- upside down, and drawn ----

_TURNED = dict(zip("0ƖᄅƐㄣϛ9ㄥ86߈∠h", "0123456789674", strict=True)) | {
    "⇂": "1",
    "↊": "2",
    "↋": "3",
    "ᔭ": "4",
    "Ƨ": "2",
}
_TURNED_RUN = re.compile(r"[0689ƖᄅƐㄣϛㄥ߈∠⇂↊↋ᔭ](?:[\s.\-()/]{0,2}[0689ƖᄅƐㄣϛㄥ߈∠⇂↊↋ᔭ]){6,14}")
TURNED = re.compile("[ƖᄅƐㄣϛㄥ⇂↊↋ᔭ]")
_LEAST_TURNED = 2


def turned_figures(text: str) -> Iterator[Piece]:
    for match in _TURNED_RUN.finditer(text):
        if len(TURNED.findall(match.group())) >= _LEAST_TURNED:
            digits = "".join(_TURNED[sign] for sign in reversed(match.group()) if sign in _TURNED)
            yield match.start(), match.end(), _parted(digits)


def _pictures() -> dict[str, str]:
    """Dice, playing cards, clocks, domino halves and tiles, each with its figure."""
    table = {chr(0x2680 + place): str(place + 1) for place in range(6)}
    for suit in (0x1F0A0, 0x1F0B0, 0x1F0C0, 0x1F0D0):
        table |= {chr(suit + value): str(value % 10) for value in range(1, 11)}
    for suit in (0x1F007, 0x1F010, 0x1F019):
        table |= {chr(suit + place): str(place + 1) for place in range(9)}
    table |= {chr(0x1F550 + place): str((place + 1) % 10) for place in range(10)}
    table |= {chr(0x1F031 + 7 * high + low): f"{high}{low}" for high in range(7) for low in range(7)}
    table |= {chr(0x1F063 + 7 * high + low): f"{high}{low}" for high in range(7) for low in range(7)}
    fingers = {
        "☝": "1",
        "👆": "1",
        "✌": "2",
        "🤟": "3",
        "👌": "3",
        "🖖": "4",
        "🖐": "5",
        "✋": "5",
        "✊": "0",
        "👊": "0",
    }
    medals = {"🥇": "1", "🥈": "2", "🥉": "3", "🎱": "8", "⭕": "0", "🅾": "0", "🔟": "10"}
    return table | fingers | medals


_PICTURES = _pictures()
_MAY_BE_PICTURE = re.compile("[\u2600-\u2bff\U0001f000-\U0001faff]")
_PICTURE_RUN = re.compile(
    rf"(?:[{''.join(_PICTURES)}\d]\ufe0f?[\U0001f3fb-\U0001f3ff]?{_SEPARATORS}{{0,3}}){{5,15}}"
)
_FEWEST_PICTURES = 4
_KINDS = 3


def pictured_figures(text: str) -> Iterator[Piece]:
    for match in _PICTURE_RUN.finditer(text):
        signs = [sign for sign in match.group() if sign in _PICTURES or sign.isdecimal()]
        digits = "".join(_PICTURES.get(sign, sign) for sign in signs)
        pictured = sum(sign in _PICTURES for sign in signs)
        if pictured >= _FEWEST_PICTURES and len(digits) >= _FEWEST and len(set(signs)) >= _KINDS:
            yield match.start(), match.start() + len(match.group().rstrip()), _parted(digits)


# Groups of one sign, to be counted: "⭐⭐ ⭐ ⭐⭐⭐⭐ …"; nothing, a word or a figure for zero.
_NONE = r"(?:o|zero|nothing|none|empty|blank|no|nada|cero|null|-|–|\d)"
_COUNTED = re.compile(
    rf"(?<!\S)(?:{_NONE}[\s,/]{{1,3}}){{0,3}}((?![\d\s,/])[^\w\s]|[ox|il])(?:\1|\ufe0f){{0,20}}"
    rf"(?:[\s,/]{{1,3}}(?:(?:\1\ufe0f?){{1,12}}|{_NONE})){{6,12}}(?!\S)",
    re.IGNORECASE,
)
COUNTABLE = re.compile(r"([^\w\s]|[xoil|])\ufe0f?\1\ufe0f?[\s,]")


def counted_groups(text: str) -> Iterator[Piece]:
    for match in _COUNTED.finditer(text):
        sign = match[1]
        groups = re.split(r"[\s,/]+", match.group().replace("\ufe0f", ""))
        counts = [group if group.isdigit() else str(group.count(sign) % 10) for group in groups]
        if len(counts) >= _FEWEST and len(set(counts)) >= _KINDS:
            yield match.start(), match.end(), _parted("".join(counts))


# ---- letters by a key ----

_SHIFT = dict(zip(")!@#$%^&*(", "0123456789", strict=True)) | {"£": "3", '"': "2"}
_SHIFTED = re.compile(r"[)!@#$%^&*(£](?:[ .\-/]?[)!@#$%^&*(£]){6,14}")


def shifted_figures(text: str) -> Iterator[Piece]:
    """The signs above the figures of a keyboard."""
    for match in _SHIFTED.finditer(text):
        digits = "".join(_SHIFT[sign] for sign in match.group() if sign in _SHIFT)
        if len(digits) >= _FEWEST and len(set(digits)) >= _KINDS:
            yield match.start(), match.end(), _parted(digits)


_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_ALPHABET = dict(zip("abcdefghij", "1234567890", strict=True)) | {"o": "0"}
_ALPHABET_FROM_ZERO = dict(zip("abcdefghij", "0123456789", strict=True))
_TOP_ROW = dict(zip("qwertyuiop", "1234567890", strict=True)) | {"z": "6"}
_AZERTY_ROW = dict(zip("azertyuiop", "1234567890", strict=True))
_FRENCH_ROW = dict(zip("&é\"'(-è_çà", "1234567890", strict=True))
_ROWS = frozenset({"qwertyuiop", "azertyuiop", "qwertzuiop", "abcdefghij", "abcdefghi", "qwertyuio"})
_DEFINED = re.compile(
    r"(?<![^\W_])([a-z])\s?(?:=|:|->|→|is|means|for|equals|stands for|as)\s?(\d)(?![^\W_])", re.IGNORECASE
)
_LETTER_RUN = re.compile(
    r"(?<![^\W_])(?:[a-z0-9][\s.,/|_\-·•*~]{1,3}){6,14}[a-z0-9](?![^\W_])|(?<![^\W_])[a-z0-9]{7,14}(?![^\W_])"
    r"|(?<![^\W_])[a-z0-9]{2,4}(?:[ .\-/][a-z0-9]{2,5}){1,3}(?![^\W_])",
    re.IGNORECASE,
)
_BY_KEYPAD = re.compile(
    r"key ?pad(?! lock)|dial ?pad|\bt9\b|phone (?:keys|letters)|letters? on (?:the|your) phone"
    r"|vanity (?:number|line|phone)",
    re.IGNORECASE,
)
_BY_ROW = re.compile(r"top row|qwert|azert|keyboard|number row|same keys", re.IGNORECASE)
_BY_ALPHABET = re.compile(r"alphabet|letter code|\ba ?(?:=|is) ?1\b", re.IGNORECASE)
_SHAPED = re.compile(r"[a-z0-9]{3}[ .\-/][a-z0-9]{3}[ .\-/][a-z0-9]{4}", re.IGNORECASE)


def keyed_letters(text: str) -> Iterator[Piece]:
    """Letters that stand for figures by a key which the text tells or names."""
    for table in _keys(text):
        for match in _LETTER_RUN.finditer(text):
            letters = [char for char in match.group().lower() if char.isalnum()]
            digits = [char if char.isdigit() else table.get(char, "") for char in letters]
            if sum(char.isalpha() for char in letters) < _KINDS or len(set(digits)) < _KINDS:
                continue
            if "".join(letters) in _ROWS:
                continue  # The key itself.
            if all(digits) and len(digits) in _WHOLE:
                yield match.start(), match.end(), _parted("".join(digits))
    if _BY_KEYPAD.search(text):
        for match in _LETTER_RUN.finditer(text):
            shown = match.group()
            if re.search(r"\d", shown) or (shown.isupper() and _SHAPED.fullmatch(shown)):
                figures = re.sub(r"\W", "", shown.lower().translate(_KEYPAD))
                if 10 <= len(figures) <= 12 and figures.isdigit():
                    yield match.start(), match.end(), _parted(figures)


def _keys(text: str) -> Iterator[dict[str, str]]:
    defined = {match[1].lower(): match[2] for match in _DEFINED.finditer(text)}
    known = (_ALPHABET, _ALPHABET_FROM_ZERO, _TOP_ROW, _AZERTY_ROW)
    if len(defined) >= 2:
        fitting = [table for table in known if all(table.get(key) == value for key, value in defined.items())]
        yield from ({**table, **defined} for table in fitting) if fitting else iter([defined])
        return
    if _BY_ROW.search(text):
        yield _TOP_ROW
        yield _AZERTY_ROW
    if _BY_ALPHABET.search(text):
        yield _ALPHABET


# "1-800-FLOWERS", "555-CALL-NOW": letters of a telephone's keys in the place of figures.
_VANITY = re.compile(
    r"(?<![\w-])(?:1[-. ]?)?\(?8(?:00|33|44|55|66|77|88)\)?[-. ]?([A-Z]{3,8}(?:-[A-Z]{2,6})?)(?![\w-])"
)
_LETTERED_LINE = re.compile(r"(?<![\w-])(?:1[-. ])?\(?[2-9]\d{2}\)?[-. ][2-9]\d{2}[-. ][A-Z]{4}(?![\w-])")
_CALLED = re.compile(
    r"call|phone|ring|text|dial|reach|whatsapp|contact|number|message|find us|my cell|mobile|hit me up|ping",
    re.IGNORECASE,
)
# In every match of the one below.
_BEFORE_CAPITALS = re.compile(r"\d\)?[-. ]?[A-Z]{3}")
VANITY = re.compile(r"8(?:00|33|44|55|66|77|88)\)?[-. ]?[A-Z]{3}|[2-9]\d{2}[-. ][A-Z]{4}(?![\w-])")


def vanity_numbers(text: str) -> Iterator[Piece]:
    for match in _VANITY.finditer(text):
        digits = re.sub(r"\W", "", match.group().lower().translate(_KEYPAD))
        if len(digits) >= 10:
            yield match.start(), match.end(), _parted(digits[:11])
    for match in _LETTERED_LINE.finditer(text) if _CALLED.search(text) else ():
        yield match.start(), match.end(), _parted(re.sub(r"\W", "", match.group().lower().translate(_KEYPAD)))


# ---- figures by their places ----

_AT_PLACE = re.compile(
    r"(?<![\d.,])#?(\d{1,2})(?:st|nd|rd|th|\.|º|ª)?(?: digit| number| figure| one)?"
    r"\s?(?:[)\]:=→>-]{1,3}|is)\s?(\d)(?![\d.,]\d|\d|\s?(?:cm|mm|kg|g|ml|l|m|in|x|st|ch|pcs|beads?|rows?)(?![^\W_]))",
    re.IGNORECASE,
)
PLACED = re.compile(r"1(?<!\d1)(?:st)?(?: digit)?\s?(?:[)\]:=→>-]|is)\s?\d(?!\d)", re.IGNORECASE)


def placed_figures(text: str) -> Iterator[Piece]:
    """ "1) 6 2) 0 3) 9": each figure with its place in the number, in any order."""
    found = list(_AT_PLACE.finditer(text))
    places = {int(match[1]): match[2] for match in found}
    order = sorted(places)
    is_whole = len(order) in _WHOLE and len(found) == len(order) and order == list(range(1, len(order) + 1))
    if is_whole and len(set(places.values())) >= _KINDS:
        yield found[0].start(), found[-1].end(), _parted("".join(places[place] for place in order))


# ---- sums in words ----

_NAMES = (
    ("zero", "oh", "nought"), ("one", "single"), ("two", "couple"), ("three",), ("four",),
    ("five",),
    ("six",), ("seven",), ("eight",), ("nine",), ("ten",), ("eleven",), ("twelve",), ("thirteen",),
    ("fourteen",),
    ("fifteen",), ("sixteen",), ("seventeen",), ("eighteen",),
)  # fmt: skip
_WORD_VALUES = {word: value for value, words in enumerate(_NAMES) for word in words}
_VALUE = rf"(?:{'|'.join(_WORD_VALUES)}|\d{{1,2}})"
_OPERATION = rf"{_VALUE} (?:plus|minus|times|less|and|take away|add) {_VALUE}"
_WORD_SUMS = re.compile(
    rf"(?<!\w)(?:{_OPERATION}|{_VALUE})"
    rf"(?:[\s,;/|()\[\].]{{1,4}}(?:then |and |next )?(?:{_OPERATION}|{_VALUE})){{6,14}}(?!\w)",
    re.IGNORECASE,
)
_WORD_SUM = re.compile(rf"({_VALUE})(?: (plus|minus|times|less|take away|add) ({_VALUE}))?", re.IGNORECASE)
SUM_IN_WORDS = re.compile(
    r" (?:plus|minus|times|less|take away) \w+[\s,;/|()\[\].]{1,4}(?:then |and |next )?\w+", re.IGNORECASE
)
_FEWEST_SUMS = 3
# In every match of the pattern above but those with "less" and "take away".
SPOKEN = (" plus ", " minus ", " times ")


def sums_in_words(text: str) -> Iterator[Piece]:
    for match in _WORD_SUMS.finditer(text):
        terms = list(_WORD_SUM.finditer(match.group()))
        values = [_result(term) for term in terms]
        sums = sum(term[2] is not None for term in terms)
        if sums >= _FEWEST_SUMS and len(values) >= _FEWEST and all(0 <= value <= 9 for value in values):
            yield match.start(), match.end(), _parted("".join(map(str, values)))


def _result(term: re.Match[str]) -> int:
    first = _number(term[1])
    if term[2] is None:
        return first
    second = _number(term[3])
    sign = term[2].lower()
    if sign in ("plus", "add"):
        return first + second
    return first * second if sign == "times" else first - second


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _WORD_VALUES[word.lower()]


# ---- which of them a text may need ----


def steps(text: str, *, is_hinted: bool, has_figures: bool) -> list[Step]:
    """The functions above that may find something: a look at a few signs.

    ``is_hinted``: a word stands there that tells how to read; ``has_figures``: there may be figures.
    """
    found: list[Step] = []
    if ("\\" in text or "+" in text or "%u" in text or "=3" in text) and ESCAPED.search(text):
        found.append(escapes)
    if not text.isascii():
        if TURNED.search(text):
            found.append(turned_figures)
        if _MAY_BE_PICTURE.search(text) and not _PICTURES.keys().isdisjoint(text):
            found.append(pictured_figures)
    if (is_hinted or not text.isascii() or "||" in text or "**" in text) and COUNTABLE.search(text):
        found.append(counted_groups)
    if has_figures:
        if _BEFORE_CAPITALS.search(text) and VANITY.search(text):
            found.append(vanity_numbers)
        if "1" in text and PLACED.search(text):
            found.append(placed_figures)
        if (is_hinted or text.count("0") + text.count("5") >= _FEWEST) and MAY_BE_GROUPS.search(text):
            found.append(coded_groups)
    if any(map(text.__contains__, SPOKEN)) and SUM_IN_WORDS.search(text):
        found.append(sums_in_words)
    if is_hinted:
        found += [shifted_figures, keyed_letters]
    return found
