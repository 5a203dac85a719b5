"""Hosts and figures under a key: letters by their numbers, by their names, typed on another keyboard, moved.

As in ``spelt.py``, each function gives (start, end, plain), and only for what comes out as a host or figures.
"""

import codecs
import re
from collections.abc import Iterator
from itertools import pairwise

from compliance.engine.hosts import ending_weight, is_ordinary

Piece = tuple[int, int, str]

_USUAL_ENDING = 1.5
_HOST = re.compile(r"(?:[a-z0-9-]{2,40}\.)+([a-z]{2,13})(?:/\S*)?", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]{2,64}@(?:[a-z0-9-]{2,40}\.)+[a-z]{2,13}", re.IGNORECASE)


def is_host(text: str, least: float = _USUAL_ENDING) -> bool:
    """Whether a whole piece reads as a host or a mail address."""
    if _ADDRESS.fullmatch(text):
        return True
    found = _HOST.fullmatch(text)
    return found is not None and ending_weight(found[1].lower()) >= least


# ---- letters by their numbers ----

_BYTES = re.compile(r"(?<![\w.])[01]{8}(?:[\s,.|/-]{1,2}[01]{8}){5,60}(?![\w])")
_HEX = re.compile(
    r"(?<![\w.])(?:0x)?[2-7][0-9a-f](?:[\s,:.\-]{1,2}(?:0x)?[2-7][0-9a-f]){6,60}(?![\w])", re.IGNORECASE
)
_DECIMAL = re.compile(
    r"(?<![\w.])(?:4[56]|9[7-9]|1[01]\d|12[0-2]|4[89]|5[0-7]|64)(?:[\s,.\-]{1,2}(?:4[56]|9[7-9]|1[01]\d|12[0-2]|4[89]|5[0-7]|64)){5,60}(?![\w])"
)
_PLACES = re.compile(
    r"(?<![\w.])(?:[1-9]|1\d|2[0-6])(?:[-\s.,]{1,2}(?:[1-9]|1\d|2[0-6]|dot|punto|\.)){5,60}(?![\w])",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"[0-9a-f]+", re.IGNORECASE)
_PLACE = re.compile(r"\d+|dot|punto|(?<=[\s\-])\.(?=[\s\-])")


def lettered_codes(text: str) -> Iterator[Piece]:
    """Letters by the numbers of their characters, in base two, ten or sixteen."""
    for pattern, base in ((_BYTES, 2), (_HEX, 16), (_DECIMAL, 10)):
        for match in pattern.finditer(text):
            groups = _NUMBERS.findall(match.group().lower().replace("0x", ""))
            plain = "".join(chr(int(group, base)) for group in groups)
            if is_host(plain.lower(), least=0.5) or (plain.isdecimal() and _is_called(plain)):
                yield match.start(), match.end(), plain if not plain.isdecimal() else "-".join(plain)


def _is_called(digits: str) -> bool:
    """Whether figures by their characters' numbers begin like a number to call and not like sizes."""
    steps = {int(later) - int(one) for one, later in pairwise(digits)}
    return len(digits) in range(9, 14) and len(steps) > 2 and (digits[0] == "0" or digits[3:6] == "555")


def placed_letters(text: str) -> Iterator[Piece]:
    """Letters by their places in the alphabet, with a dot between ("2-18-1-19-19-dot-5-24")."""
    for match in _PLACES.finditer(text):
        parts = _PLACE.findall(match.group().lower())
        plain = "".join(chr(96 + int(part)) if part.isdigit() else "." for part in parts)
        if "." in plain and is_host(plain, least=0.5):
            yield match.start(), match.end(), plain


# ---- other scripts ----

_LAYOUT = dict(zip("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`", strict=True)) | {
    "і": "s",
    "ї": "]",
    "є": "'",
}
_TYPED = re.compile(r"(?<![^\W_])[а-яёії0-9]{3,40}ю[а-яёії]{2,7}(?![^\W_])", re.IGNORECASE)
_SOUND_ENDINGS = {
    "ком": "com", "орг": "org", "ру": "ru", "рф": "ru", "инфо": "info", "шоп": "shop", "ио": "io", "ес": "es",
    "де": "de", "ко": "co", "ит": "it", "фр": "fr", "юа": "ua", "биз": "biz", "онлайн": "online", "кз": "kz",
    "сайт": "site", "стор": "store", "ми": "me", "мэ": "me", "эксампле": "example", "ехампле": "example",
    "пл": "pl",
}  # fmt: skip
_CYRILLIC_HOST = re.compile(
    rf"(?<![^\W_])([а-яёіїєa-z0-9-]{{4,40}})[\s\-()\[\]]{{0,4}}(?:точка|тчк|тчка|крапка)[\s\-()\[\]]{{1,4}}"
    rf"({'|'.join(_SOUND_ENDINGS)})(?![^\W_])",
    re.IGNORECASE,
)


def typed_in_russian(text: str) -> Iterator[Piece]:
    """A host typed while the keyboard was Russian: "дгтфквуфдыючня"."""
    for match in _TYPED.finditer(text):
        plain = "".join(_LAYOUT.get(char, char) for char in match.group().lower())
        if is_host(plain):
            yield match.start(), match.end(), plain


def heard_in_russian(text: str) -> Iterator[Piece]:
    """A host by its sound: "ламп точка ком"."""
    for match in _CYRILLIC_HOST.finditer(text):
        if not match[1].isascii():
            yield match.start(), match.end(), f"www.site.{_SOUND_ENDINGS[match[2].lower()]}"


_LETTERS_BY_NAME = {
    "ja": (
        "エー ビー シー ディー イー エフ ジー エイチ アイ ジェー ケー エル エム エヌ オー ピー キュー "
        "アール エス ティー ユー ブイ ダブリュー エックス ワイ ゼット",
        {"ジェイ": "j", "ケイ": "k", "エイ": "a", "ヴィー": "v", "ダブリュ": "w", "ドット": ".", "点": ".",
         "ハイフン": "-", "アンダーバー": "_", "アット": "@", "アットマーク": "@"},
    ),
    "ko": (
        "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 오 피 큐 알 에스 티 유 브이 더블유 "
        "엑스 와이 지",
        {"시": "c", "제트": "z", "점": ".", "닷": ".", "골뱅이": "@"},
    ),
    "ar": (
        "إيه بي سي دي إي إف جي إتش آي جيه كيه إل إم إن أو بي كيو آر إس تي يو في دبليو إكس واي زد",
        {"اي": "a", "ايه": "a", "دوت": ".", "نقطة": ".", "في": "v", "ات": "@"},
    ),
    "ru": (
        "эй би си ди и эф джи эйч ай джей кей эль эм эн оу пи кью ар эс ти ю ви даблью икс уай зет",
        {"точка": ".", "собака": "@", "зэт": "z"},
    ),
}  # fmt: skip
SIGNS_OF_DOTS = ("ドット", "점", "닷", "دوت", "точка")


def _name_tables() -> tuple[tuple[re.Pattern[str], dict[str, str]], ...]:
    found = []
    for names, more in _LETTERS_BY_NAME.values():
        table = dict(zip(names.split(), "abcdefghijklmnopqrstuvwxyz", strict=True)) | more
        one = "|".join(sorted(map(re.escape, table), key=len, reverse=True)) + r"|\d"
        found.append(
            (re.compile(rf"(?<![^\W_])(?:{one})(?:[\s・·,、.\-]{{1,2}}(?:{one})){{5,60}}(?![^\W_])"), table)
        )
    return tuple(found)


_NAME_TABLES = _name_tables()
_NAME_PARTS = re.compile(r"[^\s・·,、.\-]+")


def letters_by_name(text: str) -> Iterator[Piece]:
    """Letters by their names in Japanese, Korean, Arabic and Russian, with a dot among them."""
    for pattern, table in _NAME_TABLES:
        for match in pattern.finditer(text):
            plain = "".join(table.get(part, part) for part in _NAME_PARTS.findall(match.group()))
            if "." in plain.strip("."):
                yield match.start(), match.end(), plain


# ---- a key that is told ----

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_TO_LEFT = {row[place]: row[place - 1] for row in _ROWS for place in range(1, len(row))}
_TO_RIGHT = {left: right for right, left in _TO_LEFT.items()}
_TOKEN = re.compile(r"(?<!\S)[a-z0-9][a-z0-9.@_/-]{5,80}(?:\s\.\s[a-z]{2,8})?(?!\S)", re.IGNORECASE)


def _shifted(word: str, by: int) -> str:
    return "".join(chr((ord(char) - 97 + by) % 26 + 97) if "a" <= char <= "z" else char for char in word)


def _ways(word: str) -> Iterator[str]:
    """What a word may be by the usual keys: turned, swapped, doubled, every other letter, moved."""
    yield word[::-1]
    yield _shifted(word, -1)
    yield _shifted(word, 1)
    yield codecs.encode(word, "rot13")
    yield word[::2]
    yield word[1::2]
    yield "".join(word[place : place + 2][::-1] for place in range(0, len(word), 2))
    for table in (_TO_LEFT, _TO_RIGHT):
        yield "".join(table.get(char, char) for char in word)


def by_a_key(text: str) -> Iterator[Piece]:
    """Words that are a host once the key that the text tells is used."""
    for match in _TOKEN.finditer(text):
        word = match.group().lower().replace(" ", "")
        if not any(map(str.isalpha, word)) or is_ordinary(word):
            continue
        for plain in _ways(word):
            if is_host(plain) and not is_host(word):
                yield match.start(), match.end(), plain
                break


_TAKE_OUT = re.compile(
    r"(?<![^\W_])(?:remove|delete|without|drop|minus|omit|ignore|skip|strip|erase|take out|leave out|ohne"
    r"|entferne|losche|weg mit|sin|quita|quite|borra|elimina|sem|tire|tira|remova|sans|enlevez|enleve"
    r"|supprime[rz]?|retirez|senza|togli|rimuovi|убрать|убери|уберите|без|удали|удалите|bez|usun|zonder|utan"
    r"|sil|cikar|çıkar|kaldir|hapus|tanpa|去掉|删掉|去除|不要)[\s:]{0,2}"
    r"(?:the |all |every |each |of |el |la |los |las |le |les |o |os |die |das |den |der |il |i |gli "
    r"|letters? |word |слово ){0,2}[\"'“«(]?([^\s\"'”».,;:()]{1,14})",
    re.IGNORECASE,
)
_FEWEST_OUT, _MOST_OUT = 2, 20


def taken_out(text: str) -> Iterator[Piece]:
    """What the text says must be taken out of its words: "urbNOSPAManNOSPAM.it, remove NOSPAM"."""
    known: dict[str, list[tuple[int, int]]] = {}
    for told in _TAKE_OUT.finditer(text):
        out = told[1]
        if len(out) == 1 and out.isalnum() and out.islower():
            continue
        if out not in known:
            if len(known) == _MOST_OUT:
                return
            inside = re.compile(rf"{re.escape(out)}(?=[^\s])|(?<=[^\s]){re.escape(out)}")
            known[out] = [match.span() for match in inside.finditer(text)]
        if not known[out]:
            continue
        places = [place for place in known[out] if place[1] <= told.start() or place[0] >= told.end()]
        if len(places) >= _FEWEST_OUT or (places and not out.islower()):
            yield from ((start, end, "") for start, end in places)
            return


_PUT = re.compile(
    r"(?:replace|swap|change|ersetze|remplace[rz]?|cambia|troque|sostituisci)\s[\"'“]?(\S{1,4}?)[\"'”]?\s(?:with|by|for|to|durch|par|por|con|into)\s"
    r"(?:a |an |the |un |una |um |einen )?[\"'“(]?(dot|\.|punto|ponto|punkt|point|@|at)",
    re.IGNORECASE,
)


def put_in(text: str) -> Iterator[Piece]:
    """ "Replace ß with . in lampßcom"."""
    for told in _PUT.finditer(text):
        new = "@" if told[2].lower() in ("@", "at") else "."
        for match in re.finditer(rf"(?<=[a-z0-9]){re.escape(told[1])}(?=[a-z0-9])", text, re.IGNORECASE):
            if not told.start() <= match.start() < told.end():
                yield match.start(), match.end(), new
