"""Korean telling words in letters: pulled apart, composed of parts, as initials, with figures, by sound.

Letters of either kind are put together into syllables again ("ㅋㅏㅌㅗㄱ", "번ㅎㅗ", "ㅋr톡", "궈ㄴ총"); one
that stands alone counts as any syllable that begins with it ("ㅌㄹ그램", "ㄱㅈㅇㅊ"), and single figures or
signs between syllables as nothing ("직5거5래"). Words of three syllables and more are also known by their
sound and by their shape ("젼화번호", "네밀번호").
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from compliance.engine.exact import Matcher, build_matcher
from compliance.engine.near import Correction
from compliance.engine.veiled import terms

HANGUL = re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3\uffa1-\uffdc]")
_ODD = re.compile(
    r"[\u1100-\u11ff\u3131-\u318e\uffa1-\uffdc]|[\uac00-\ud7a3][0-9a-zA-Z.*_~/'-][\uac00-\ud7a3]"
)
_RUN = re.compile(
    r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3\uffa1-\uffdc]"
    r"(?:[0-9.*_~/'· -]?[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3\uffa1-\uffdcrlI|])*"
)
_WORD = re.compile(r"[\uac00-\ud7a3]{3,40}")
_INITIALS = re.compile(r"(?<![\u3131-\u318e])[ㄱ-ㅎ]{2,8}(?![\u3131-\u318e])")
_HINT = re.compile(r"초성|initials", re.IGNORECASE)
_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_TWO_VOWELS = {
    "ㅗㅏ": "ㅘ",
    "ㅗㅐ": "ㅙ",
    "ㅗㅣ": "ㅚ",
    "ㅜㅓ": "ㅝ",
    "ㅜㅔ": "ㅞ",
    "ㅜㅣ": "ㅟ",
    "ㅡㅣ": "ㅢ",
    "ㅏㅣ": "ㅐ",
    "ㅓㅣ": "ㅔ",
}
_DRAWN = {"r": "ㅏ", "l": "ㅣ", "I": "ㅣ", "|": "ㅣ"}
_FIRST, _LAST = 0xAC00, 0xD7A3
_FEWEST_BY_SOUND, _FEWEST_INITIALS = 3, 4
# Initials that stand for one word in everybody's talk.
_KNOWN = {
    "ㅋㅌ": "카톡",
    "ㅈㄱㄹ": "직거래",
    "ㅋㅋㅇ": "카카오",
    "ㅌㄹㄱ": "텔레그램",
    "ㅇㅍㅌ": "오픈카톡",
    "ㅋ톡": "카톡",
    "ㅌㄹ": "텔레그램",
}
_ALONE = frozenset({"ㅌㄹ"})
_ORDINARY = frozenset({"파이퍼", "씨발놈"})
# Syllables that are written for others of their shape, 대 as 머 and so on.
_SHAPES = dict(
    zip("커컨머멀먹멈띵띠네넴넷팡판파팍윾앟땡뚜", "귀귄대댈댁댐명며비빔빗광관과곽유왕명따", strict=True)
)
_LEAD_SOUNDS = dict(zip("ㄲㅋㄸㅌㅃㅍㅆㅉㅊ", "ㄱㄱㄷㄷㅂㅂㅅㅈㅈ", strict=True))
_VOWEL_SOUNDS = dict(zip("ㅑㅕㅛㅠㅒㅖㅐㅘㅝㅞㅙㅚㅟㅢㅡ", "ㅏㅓㅗㅜㅔㅔㅔㅏㅓㅔㅔㅔㅜㅣㅜ", strict=True))
_TAIL_SOUNDS = dict(
    zip("ㄲㅋㄳㅅㅆㅈㅊㅌㅍㅄㄵㄶㄺㄻㄼㄽㄾㄿㅀ", "ㄱㄱㄱㄷㄷㄷㄷㄷㅂㅂㄴㄴㄱㅁㄹㄹㄹㅂㄹ", strict=True)
)


class _Unit(NamedTuple):
    """A syllable or a lead that stands alone, its place, and whether it was put together."""

    sign: str
    start: int
    end: int
    is_composed: bool


def _parts(syllable: str) -> tuple[str, str, str]:
    number = ord(syllable) - _FIRST
    return _LEADS[number // 588], _VOWELS[number % 588 // 28], _TAILS[number % 28].strip()


def _lead(sign: str) -> str:
    """The letter that a syllable begins with, or the letter itself."""
    return _LEADS[(ord(sign) - _FIRST) // 588] if _is_syllable(sign) else sign


def _syllable(lead: str, vowel: str, tail: str = "") -> str:
    place = (_LEADS.index(lead) * 21 + _VOWELS.index(vowel)) * 28
    return chr(_FIRST + place + (_TAILS.index(tail) if tail else 0))


def _is_syllable(sign: str) -> bool:
    return _FIRST <= ord(sign) <= _LAST


@lru_cache(maxsize=12_000)
def _sound(syllable: str) -> str:
    lead, vowel, tail = _parts(syllable)
    lead, vowel = _LEAD_SOUNDS.get(lead, lead), _VOWEL_SOUNDS.get(vowel, vowel)
    return _syllable(lead, vowel, _TAIL_SOUNDS.get(tail, tail))


class _Words:
    def __init__(self) -> None:
        texts = dict.fromkeys(
            term.text.replace(" ", "")
            for term in terms()
            if term.lang == "ko" and all(_is_syllable(char) for char in term.text.replace(" ", ""))
        )
        self.texts = frozenset(texts)
        # Listed spellings of a word that is listed before them.
        self.variants: set[str] = set()
        self.by_leads: dict[str, list[str]] = {}
        sounds: dict[str, str] = {}
        self.initials: dict[str, str] = {}
        for text in texts:
            if len(text) > 1:
                self.by_leads.setdefault(_lead(text[0]) + _lead(text[1]), []).append(text)
                self.initials.setdefault("".join(map(_lead, text)), text)
            if len(text) >= _FEWEST_BY_SOUND and sounds.setdefault("".join(map(_sound, text)), text) != text:
                self.variants.add(text)
        for found in self.by_leads.values():
            found.sort(key=len, reverse=True)
        self.sounding = list(sounds.values())
        self.sounds: Matcher = build_matcher(list(sounds))


@lru_cache(maxsize=1)
def _words() -> _Words:
    return _Words()


def spellings(text: str) -> Iterator[Correction]:
    """Every place of a text where a Korean word is meant and not written as usual."""
    if _ODD.search(text):
        for match in _RUN.finditer(text):
            yield from _in_run(text, match.start(), match.end())
        yield from _in_initials(text)
    for match in _WORD.finditer(text):
        for start, end, word in _sounding(match.group()):
            yield Correction(match.start() + start, match.start() + end, word, is_slip=False)


@lru_cache(maxsize=16_384)
def _sounding(word: str) -> tuple[tuple[int, int, str], ...]:
    """The words that a run of syllables sounds or looks like: place and word."""
    words = _words()
    found = []
    for read in dict.fromkeys((word, "".join(_SHAPES.get(char, char) for char in word))):
        for number, start, end in words.sounds.find("".join(map(_sound, read))):
            meant = words.sounding[number]
            same = sum(one == other for one, other in zip(word[start:end], meant, strict=True))
            written = word[start:end]
            is_other = written not in words.texts or written in words.variants
            if is_other and start == 0 and same * 3 >= len(meant) and written not in _ORDINARY:
                found.append((start, end, meant))
    return tuple(found)


def _in_run(text: str, first: int, last: int) -> Iterator[Correction]:
    for units in _every_units(text, first, last):
        found = list(_matches(text, units))
        if found:
            yield from found
            return


def _in_initials(text: str) -> Iterator[Correction]:
    words = _words()
    is_hinted = bool(_HINT.search(text))
    for match in _INITIALS.finditer(text):
        alone = match.group()
        if alone in _KNOWN and (alone not in _ALONE or is_hinted):
            yield Correction(*match.span(), _KNOWN[alone], is_slip=False)
        elif alone in words.initials and (
            (is_hinted and len(set(alone)) > 1) or (len(alone) >= _FEWEST_INITIALS and len(set(alone)) > 2)
        ):
            yield Correction(*match.span(), words.initials[alone], is_slip=False)


def _every_units(text: str, first: int, last: int) -> Iterator[list[_Unit]]:
    """The syllables of a run; with and without letters that stand behind a syllable as its last sound."""
    letters = list(_letters(text, first, last))
    yield _composed(letters, takes_tail=True)
    yield _composed(letters, takes_tail=False)


def _letters(text: str, first: int, last: int) -> Iterator[_Unit]:
    """Syllables and letters of a run, all letters of one kind."""
    for place in range(first, last):
        char = text[place]
        code = ord(char)
        if _is_syllable(char):
            yield _Unit(char, place, place + 1, is_composed=False)
        elif char in _DRAWN:
            yield _Unit(_DRAWN[char], place, place + 1, is_composed=True)
        elif 0x1100 <= code <= 0x1112:
            yield _Unit(_LEADS[code - 0x1100], place, place + 1, is_composed=True)
        elif 0x1161 <= code <= 0x1175:
            yield _Unit(_VOWELS[code - 0x1161], place, place + 1, is_composed=True)
        elif 0x11A8 <= code <= 0x11C2:
            yield _Unit(_TAILS[code - 0x11A7], place, place + 1, is_composed=True)
        elif 0xFFA1 <= code <= 0xFFDC:
            half = _HALF.get(char)
            if half:
                yield _Unit(half, place, place + 1, is_composed=True)
        elif char in _LEADS or char in _VOWELS:
            yield _Unit(char, place, place + 1, is_composed=True)


_HALF = dict(
    zip(
        "ﾡﾢﾤﾧﾨﾩﾱﾲﾳﾵﾶﾷﾸﾹﾺﾻﾼﾽﾾￂￃￄￅￆￇￊￋￌￍￎￏￒￓￔￕￖￗￚￛￜ",
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ",
        strict=True,
    )
)


def _composed(letters: Sequence[_Unit], *, takes_tail: bool) -> list[_Unit]:
    units: list[_Unit] = []
    at = 0
    while at < len(letters):
        one = letters[at]
        at += 1
        if one.sign in _VOWELS and units and units[-1].sign in _LEADS:
            lead = units.pop()
            vowel, end = one.sign, one.end
            if at < len(letters) and vowel + letters[at].sign in _TWO_VOWELS:
                vowel, end = _TWO_VOWELS[vowel + letters[at].sign], letters[at].end
                at += 1
            one = _Unit(_syllable(lead.sign, vowel), lead.start, end, is_composed=True)
        may_close = _is_syllable(one.sign) and not _parts(one.sign)[2] and at < len(letters)
        if may_close and (one.is_composed or takes_tail) and letters[at].sign in _TAILS:
            follows = letters[at + 1].sign if at + 1 < len(letters) else ""
            if follows not in _VOWELS or not follows:
                first, middle, _ = _parts(one.sign)
                one = _Unit(
                    _syllable(first, middle, letters[at].sign), one.start, letters[at].end, is_composed=True
                )
                at += 1
        units.append(one)
    return units


def _matches(text: str, units: Sequence[_Unit]) -> Iterator[Correction]:
    by_leads = _words().by_leads
    leads = [_lead(unit.sign) for unit in units]
    syllables = [0, *accumulate(_is_syllable(unit.sign) for unit in units)]
    at = 0
    while at < len(units) - 1:
        for word in by_leads.get(leads[at] + leads[at + 1], ()):
            place = units[at : at + len(word)]
            is_full = len(place) == len(word) and syllables[at + len(word)] > syllables[at]
            if is_full and _is_meant(text, place, word):
                yield Correction(place[0].start, place[-1].end, word, is_slip=_is_decomposed(text))
                at += len(word) - 1
                break
        at += 1


def _is_meant(text: str, place: Sequence[_Unit], word: str) -> bool:
    alone = other = 0
    for unit, char in zip(place, word, strict=True):
        if unit.sign != char:
            if unit.sign in _LEADS and _lead(char) == unit.sign:
                alone += 1
            elif _is_syllable(unit.sign) and _sound(unit.sign) == _sound(char):
                other += 1
            else:
                return False
    written = text[place[0].start : place[-1].end]
    if other and (alone or len(word) < _FEWEST_BY_SOUND or other * 2 > len(word)):
        return False
    if alone:
        if any(map(str.isspace, written)):
            return False
        return _FEWEST_BY_SOUND <= len(word) > alone or written in _KNOWN
    if any(unit.is_composed for unit in place):
        return True
    gaps = [text[one.end : other.start] for one, other in pairwise(place) if one.end < other.start]
    before = text[place[0].start - 1 : place[0].start]
    return bool(gaps) and all(map(str.isdigit, gaps)) and not before.isdigit()


@lru_cache(maxsize=16)
def _is_decomposed(text: str) -> bool:
    """Whether all of the text comes in parts of syllables, as some systems store it."""
    return bool(_CONJOINING.search(text)) and not _WHOLE.search(text)


_CONJOINING = re.compile(r"[\u1100-\u11ff]")
_WHOLE = re.compile(r"[\u3131-\u318e\uac00-\ud7a3]")
