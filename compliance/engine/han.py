"""Chinese telling words in other characters: by sound, in pinyin, as initials, traditional, in their parts.

Every character counts as its sound without the tone (``data/han_sounds.txt``), and so do pinyin, figures and
signs that are read for their sound ("验🐎", "支fu宝"); one Aho-Corasick pass finds the sounds of the words of
``data/veiled_words.txt``. A word in characters of the same sound counts only where these stand in no ordinary
word, neither among themselves nor with their neighbours (``data/han_pairs.txt``).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from compliance.engine.exact import Matcher, build_matcher
from compliance.engine.near import Correction
from compliance.engine.text import DATA, FOLDS
from compliance.engine.veiled import terms

HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f\uac00-\ud7a3]")
_HAN_ONLY = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]+")
_GAP = re.compile(r"[1-5]?[\s'’\-.·•/|~*+]{1,2}|[1-5]")
# Characters of so many sentences that their sound says nothing; and words that only short talk joins.
_COMMON = frozenset(
    "的一是不了在人我有他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所"
    "然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它"
    "与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或"
    "新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口"
    "认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保"
    "至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交"
    "规万取拉格望觉术领共确传师观清今切院让识候带导争运笔写吗吧呢啊呀哦嘛您妈骂爸姐哥弟吃喝玩买卖码抢换找收拿放穿煮"
)
_PARTICLES = frozenset("吗吧呢啊嘛的要你您妈了是在不码")
_TALK = frozenset(
    [
        "火曜",
        "支障",
        "変態",
        "献金",
        "小節",
        "手技",
        "杓子",
        "浩平",
        "现下",
        "覆刻",
        "转帐",
        "小杰",
        "懒人",
        "获邀",
        "枪枝",
        "打码",
        "大码",
        "均码",
        "你妈",
        "薇款",
    ]
)
# Words whose sounds stand in too many sentences.
_NOT_BY_SOUND = frozenset(
    [
        "加微",
        "加薇",
        "加v",
        "妈的",
        "尼玛",
        "麻叶",
        "笑气",
        "操你",
        "妈也",
        "去死",
        "快手",
        "卫星",
        "企鹅",
        "猪肉",
        "菠菜",
        "电报群",
        "死全家",
        "你妈死了",
    ]
)
# Characters that are taken for another's shape.
_ALIKE = {"徽": "微", "徵": "微", "伩": "信"}
# The one letter for 微 ("V信", "+v").
_SHORT = {"v": "wei", "q": "qun"}
_FIRST_CODE = 0xE000
_LONGEST_RUN = 24
_FEWEST_SURE = 3
# Initials that everybody reads in Chinese talk.
_KNOWN_INITIALS = {
    "zfb": "支付宝", "sjh": "手机号", "yhk": "银行卡", "yzm": "验证码", "sfz": "身份证", "wxh": "微信号",
    "xyk": "信用卡", "zhm": "账号密码", "wxzz": "微信转账", "vxh": "微信号",
}  # fmt: skip


class _Unit(NamedTuple):
    """One character, syllable or sign of a text: the code of its sound, its place and its character."""

    code: str
    start: int
    end: int
    char: str


class _Tables:
    """Sounds, ordinary pairs, traditional forms and parts of characters."""

    def __init__(self) -> None:
        self.sound: dict[str, str] = {}
        self.simple: dict[str, str] = {}
        self.simplified: frozenset[str] = frozenset()
        codes: dict[str, str] = {}
        for line in (DATA / "han_sounds.txt").read_text(encoding="utf-8").splitlines():
            name, _, cells = line.partition(" ")
            if name == "=":
                self.simple = {char: cell[0] for cell in cells.split() for char in cell[1:]}
            elif name == "~":
                self.simplified = frozenset(cells)
            elif name != "#":
                code = codes.setdefault(name, chr(_FIRST_CODE + len(codes)))
                for char in cells:
                    self.sound.setdefault(char, code)
        self.codes = codes
        self.sound.update((alike, self.sound[char]) for alike, char in _ALIKE.items())
        self.pairs: dict[str, frozenset[str]] = {}
        for line in (DATA / "han_pairs.txt").read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                self.pairs[line[0]] = frozenset(line[1:])
        parts: dict[str, str] = {}
        for line in (DATA / "han_parts.txt").read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                char, *forms = line.split()
                parts.update(dict.fromkeys(forms, char))
        self.parts = parts
        self.apart = re.compile("|".join(sorted(map(re.escape, parts), key=len, reverse=True)))

    def is_pair(self, one: str, other: str) -> bool:
        one, other = self.simple.get(one, one), self.simple.get(other, other)
        return other in self.pairs.get(one, ())


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    return _Tables()


class _Words:
    """The words to look for, by their sounds, and those with a part in initials."""

    def __init__(self) -> None:
        tables = _tables()
        found: dict[str, list[str]] = {}
        texts = [term.text for term in terms() if term.lang == "zh" and _HAN_ONLY.fullmatch(term.text)]
        self.texts = frozenset(texts)
        # Listed spellings of a word that is listed before them.
        self.variants: set[str] = set()
        plain = [text for text in texts if len(text) > 1 and text not in _NOT_BY_SOUND]
        for text in plain:
            text = "".join(tables.simple.get(char, char) for char in text)
            for key in self._keys(text, tables):
                known = found.setdefault(key, [])
                if text not in known:
                    known.append(text)
                    if len(known) > 1 and not any(tables.is_pair(*pair) for pair in pairwise(text)):
                        self.variants.add(text)
        self.by_sound = list(found.values())
        self.sounds: Matcher = build_matcher(list(found))
        initials: dict[str, str] = {}
        names = {code: name for name, code in tables.codes.items()}
        for text in dict.fromkeys(plain):
            if len(text) < _FEWEST_SURE or not all(char in tables.sound for char in text):
                continue
            heads = [names[tables.sound[char]][0] for char in text]
            if "银行" in text:
                heads[text.index("银行") + 1] = "h"
            for first in range(len(text)):
                for last in range(first + 2, len(text) + 1):
                    if last - first < len(text):
                        initials.setdefault(text[:first] + "".join(heads[first:last]) + text[last:], text)
        self.with_initials = list(initials.items())
        self.initials: Matcher = build_matcher([form for form, _ in self.with_initials])

    @staticmethod
    def _keys(text: str, tables: _Tables) -> Iterator[str]:
        if all(char in tables.sound for char in text):
            key = "".join(tables.sound[char] for char in text)
            yield key
            if "银行" in text:  # The one of these words with a character of two sounds.
                yield key.replace(tables.sound["行"], tables.codes["hang"])


@lru_cache(maxsize=1)
def _words() -> _Words:
    return _Words()


def spellings(text: str) -> Iterator[Correction]:
    """Every place of a text with Chinese characters where one of the words is meant and not written."""
    if _KANA.search(text):
        return
    tables, words = _tables(), _words()
    units = list(_units(text, tables))
    yield from _by_sound(text, units, tables, words)
    if tables.apart.search(text):
        yield from _by_sound(text, list(_put_together(units, text, tables)), tables, words, only_apart=True)
    low = text.lower()
    if len(low) == len(text) and _LATIN.search(low):
        yield from _in_initials(low, words)


def _in_initials(low: str, words: _Words) -> Iterator[Correction]:
    for number, start, end in words.initials.find(low):
        if not (_is_letter(low[start - 1 : start]) and _is_letter(low[start])) and not (
            _is_letter(low[end : end + 1]) and _is_letter(low[end - 1])
        ):
            yield Correction(start, end, words.with_initials[number][1], is_slip=False)
    for match in _LATIN.finditer(low):
        if match.group() in _KNOWN_INITIALS:
            yield Correction(match.start(), match.end(), _KNOWN_INITIALS[match.group()], is_slip=False)


def _is_letter(sign: str) -> bool:
    return bool(sign) and sign.isascii() and sign.isalpha()


def _units(text: str, tables: _Tables) -> Iterator[_Unit]:
    """The characters, syllables and signs with a sound, in order; a break between them where words end."""
    at, size = 0, len(text)
    while at < size:
        char = text[at]
        if char in tables.sound:
            yield _Unit(tables.sound[char], at, at + 1, char)
            at += 1
            if text[at : at + 1] == "\ufe0f":
                at += 1
        elif char.isalpha() and ord(char) < 0x250:
            last = at
            while last < size and text[last].isalpha() and ord(text[last]) < 0x250:
                last += 1
            yield from _syllables(text, at, last, tables)
            at = last
        else:
            gap = _GAP.match(text, at)
            before, after = text[at - 1 : at], text[gap.end() : gap.end() + 1] if gap else ""
            if gap is None or not (_is_latin(before) or _is_latin(after)):
                yield _Unit("\n", at, at + 1, "")
            at = gap.end() if gap else at + 1


def _is_latin(sign: str) -> bool:
    return bool(sign) and sign.isalpha() and ord(sign) < 0x250


def _syllables(text: str, start: int, end: int, tables: _Tables) -> Iterator[_Unit]:
    folded = [FOLDS[char] for char in text[start:end]]
    run = "".join(folded)
    if len(run) != end - start or len(run) > _LONGEST_RUN:
        yield _Unit("\n", start, end, "")
        return
    run = run.replace("ü", "v")
    if run in _SHORT:
        yield _Unit(tables.codes[_SHORT[run]], start, end, "")
        return
    pieces = syllables(run)
    if pieces is None:
        yield _Unit("\n", start, end, "")
        return
    for piece in pieces:
        yield _Unit(tables.codes[piece], start, start + len(piece), "")
        start += len(piece)


@lru_cache(maxsize=16_384)
def syllables(run: str) -> tuple[str, ...] | None:
    """A run of Latin letters as syllables of pinyin, as few as possible; ``None`` if it is none."""
    codes = _tables().codes
    best: list[tuple[str, ...] | None] = [()] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is not None and run[start:end] in codes:
                here = (*before, run[start:end])
                known = best[end]
                if known is None or len(here) < len(known):
                    best[end] = here
    return best[len(run)]


def _put_together(units: Sequence[_Unit], text: str, tables: _Tables) -> Iterator[_Unit]:
    """The same with characters that were pulled apart put together."""
    places = {unit.start: number for number, unit in enumerate(units)}
    at = 0
    for match in tables.apart.finditer(text):
        first = next((places[place] for place in range(match.start(), -1, -1) if place in places), len(units))
        if units and first < len(units) and units[first].start < match.start():
            first += 1
        char = tables.parts[match.group()]
        if char not in tables.sound or first < at:
            continue
        yield from units[at:first]
        yield _Unit(tables.sound[char], match.start(), match.end(), char)
        at = first
        while at < len(units) and units[at].start < match.end():
            at += 1
    yield from units[at:]


def _by_sound(
    text: str, units: Sequence[_Unit], tables: _Tables, words: _Words, *, only_apart: bool = False
) -> Iterator[Correction]:
    for number, first, last in words.sounds.find("".join(unit.code for unit in units)):
        place = units[first:last]
        start, end = place[0].start, place[-1].end
        for word in words.by_sound[number]:
            kind = _judged(text, place, word, tables, only_apart=only_apart)
            if kind is not None:
                yield Correction(start, end, word, is_slip=kind)
                break


def _judged(
    text: str, place: Sequence[_Unit], word: str, tables: _Tables, *, only_apart: bool
) -> bool | None:
    """Whether a place is just another usual writing of a word; ``None`` if it is the word or another one."""
    start, end = place[0].start, place[-1].end
    written = text[start:end]
    words = _words()
    if written == word:
        return None
    is_simple = not any(char in tables.simple for char in written)
    if is_simple and written in words.texts and (written not in words.variants or word in words.variants):
        return None
    others = [
        unit
        for unit, char in zip(place, word, strict=True)
        if tables.simple.get(unit.char, unit.char) != char
    ]
    if only_apart and not any(len(text[unit.start : unit.end]) > 1 and unit.char for unit in place):
        return None
    latin = [unit for unit in place if _is_latin(text[unit.start])]
    if latin:
        return _judged_latin(text, place, latin, tables)
    if any(unit.start != before.end for before, unit in pairwise(place)):
        return None  # What stands between whole characters is looked at elsewhere.
    if not others:
        if only_apart:
            return False
        return None if _is_traditional(text, start, end, tables) is None else False
    return None if _is_ordinary(text, place, others, word, tables) else False


def _judged_latin(text: str, place: Sequence[_Unit], latin: Sequence[_Unit], tables: _Tables) -> bool | None:
    start, end = place[0].start, place[-1].end
    if _is_latin(text[start - 1 : start]) and _is_latin(text[start]):
        return None
    if _is_latin(text[end : end + 1]) and _is_latin(text[end - 1]):
        return None
    if not HAN.search(text):
        return None
    size = sum(unit.end - unit.start for unit in latin)
    if len(latin) == len(place):
        return False if size >= 4 else None
    return False


def _is_traditional(text: str, start: int, end: int, tables: _Tables) -> bool | None:
    """Whether traditional forms stand there and simplified ones in the rest; ``None`` otherwise."""
    rest = text[:start] + text[end:]
    if any(char in tables.simple for char in rest) or not any(
        char in tables.simple for char in text[start:end]
    ):
        return None
    return True if any(char in tables.simplified for char in rest) else None


def _is_ordinary(
    text: str, place: Sequence[_Unit], others: Sequence[_Unit], word: str, tables: _Tables
) -> bool:
    """Whether the characters are those of ordinary words."""
    signs = [unit for unit in others if not HAN.match(text[unit.start])]
    if signs:
        return len(signs) == len(place) or (len(place) == 2 and text[signs[0].start].isdigit())
    chars = (
        text[place[0].start - 1 : place[-1].end + 1] if place[0].start else "\n" + text[: place[-1].end + 1]
    )
    covered = set()
    for number, (one, other) in enumerate(pairwise(chars)):
        if tables.is_pair(one, other):
            covered |= {number - 1, number}
    changed = {number for number, unit in enumerate(place) if unit in others}
    written = text[place[0].start : place[-1].end]
    if written in _words().variants:
        return bool(covered & changed)
    rare = {number for number in changed if place[number].char not in _COMMON}
    if len(place) < _FEWEST_SURE:
        if len(others) == len(place) and word != "微信":
            return True
        return rare != changed or bool(covered & {0, 1}) or written in _TALK
    return changed <= covered or all(place[number].char in _PARTICLES for number in changed)
