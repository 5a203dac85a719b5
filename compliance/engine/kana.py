"""Japanese telling words in other letters: kana of the other kind, half width, Latin letters, look-alikes.

Runs of kana are brought to hiragana, with voiced marks joined, small letters large and long vowels left out,
and compared with the sounds of ``data/kana_readings.txt``; so are runs of Latin letters beside kana
("ginkou furikomiで"). A place counts where its letters are not those in which the word is usually written.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from compliance.engine.exact import Matcher, build_matcher
from compliance.engine.near import Correction
from compliance.engine.text import DATA

KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_SIGNS = r"\u3041-\u3096\u3099-\u309c\u30a1-\u30fa\u30fc-\u30fe\uff66-\uff9f"
# Signs of other alphabets in the middle of katakana that have the shape of one.
_SHAPES = dict(zip("ソツ二力口卜夕工八千亻匕", "ンシニカロトタエハチイヒ", strict=True))
_SHAPED = re.compile(rf"[{''.join(_SHAPES)}]|ノレ")
_ANY = rf"[{_SIGNS}二力口卜夕工八千亻匕○〇◯●\u200b-\u200d]"
_RUN = re.compile(rf"{_ANY}(?:[ ・._*/|-]?{_ANY})*")
_GAPS = re.compile(r"[ ・._*/|-]")
_MOST_RINGS = 8
_WILD = "○〇◯●"
_HIRAGANA, _KATAKANA = re.compile(r"[\u3041-\u3096]"), re.compile(r"[\u30a1-\u30fa\uff66-\uff9f]")
_HALF = re.compile(r"[\uff66-\uff9f]")
_FULL = re.compile(r"[\u30a1-\u30fa]")
_ROMAN = re.compile(r"(?<![a-zA-Z])[a-zA-Zāīūēōâîûêô]+(?:[ '-][a-zA-Zāīūēōâîûêô]+){0,3}(?![a-zA-Z])")
_SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ")
_FEWEST_APART = 2
# "Rain" and "Kazu" are names, too.
_NAMED = re.compile("名前|刻印|ちゃん|くん")
_FEWEST_OF_SOUND, _FEWEST_SURE, _FEWEST_ROMAN = 5, 4, 5
# What everybody also writes in hiragana.
_ALSO_HIRAGANA = frozenset(
    "銀行 電話 携帯電話 振込 現金 返金 偽物 口座 星五つ 連絡先 レビュー キャンセル パチンコ".split()  # noqa: SIM905
)
# Words that stand in longer ordinary ones.
_NO_EDGE = frozenset("ぁぃぅぇぉっゃゅょー")


class _Letter(NamedTuple):
    """One sound of a run and its place."""

    sound: str
    start: int
    end: int


class _Words:
    def __init__(self) -> None:
        self.readings: dict[str, list[str]] = {}
        self.roman: dict[str, str] = {}
        for line in (DATA / "kana_readings.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            word, reading = line.split()
            key = "".join(one.sound for one in _letters(reading, 0, len(reading)))
            self.readings.setdefault(key, []).append(word)
            for form in _romanised(reading):
                self.roman.setdefault(_plain_roman(form), word)
        self.found = list(self.readings.values())
        self.sounds: Matcher = build_matcher(list(self.readings))


@lru_cache(maxsize=1)
def _words() -> _Words:
    return _Words()


def spellings(text: str) -> Iterator[Correction]:
    """Every place of a text with kana where one of the words is meant and not written as usual."""
    rings = _MOST_RINGS
    for match in _RUN.finditer(text):
        run = match.group()
        yield from _in_run(text, match.start(), run, shaped=False)
        if _SHAPED.search(run):
            yield from _in_run(text, match.start(), run, shaped=True)
        if rings and any(sign in run for sign in _WILD):
            rings -= 1
            yield from _masked(text, match.start(), run)
    for match in _ROMAN.finditer(text):
        yield from _in_roman(text, match.start(), match.group())


def _letters(text: str, start: int, end: int) -> Iterator[_Letter]:
    """The sounds of a run: hiragana without marks of length, small letters large, voiced marks joined."""
    before: _Letter | None = None
    for place in range(start, end):
        char = unicodedata.normalize("NFKC", text[place])
        if char == "\u200b" or _GAPS.match(text[place]):
            continue
        if char.strip() in ("\u3099", "\u309a", "゛", "゜", "\u3099 ", ""):
            joined = {"゛": "\u3099", "゜": "\u309a"}.get(char.strip(), char.strip())
            if before is not None and joined:
                whole = unicodedata.normalize("NFC", before.sound + joined)
                before = _Letter(whole if len(whole) == 1 else before.sound, before.start, place + 1)
            continue
        if char in "ー〜":
            if before is not None:
                before = before._replace(end=place + 1)
            continue
        if "ァ" <= char <= "ヶ":
            char = chr(ord(char) - 0x60)
        if before is not None:
            yield before
        before = _Letter(char.translate(_SMALL), place, place + 1)
    if before is not None:
        yield before


def _in_run(text: str, start: int, run: str, *, shaped: bool) -> Iterator[Correction]:
    read = text
    if shaped:
        changed = "".join(_SHAPES.get(char, char) for char in run).replace("ノレ", "ル\u200b")
        read = text[:start] + changed + text[start + len(run) :]
    letters = list(_letters(read, start, start + len(run)))
    words = _words()
    for number, first, last in words.sounds.find("".join(one.sound for one in letters)):
        place, end = letters[first].start, letters[last - 1].end
        if end < len(read) and read[end] == "\u200b":
            end += 1
        for word in words.found[number]:
            if _is_hidden(text, read, place, end, word, last - first, shaped=shaped):
                yield Correction(place, end, word, is_slip=False)
                break


def _is_hidden(text: str, read: str, start: int, end: int, word: str, size: int, *, shaped: bool) -> bool:
    """Whether a place with the sound of a word is another writing of it than the usual one."""
    written = text[start:end]
    if gaps := len(_GAPS.findall(written)):
        return gaps == size - 1 >= _FEWEST_APART and not _GAPS.match(text[end : end + 1])
    if text[end : end + 1] in _NO_EDGE or _is_in_longer(text, start, end, written):
        return False
    if shaped:
        usual = bool(_FULL.search(word)) and written != word and bool(_SHAPED.search(written))
        return usual and unicodedata.normalize("NFKC", read[start:end]).replace("\u200b", "") == word
    if size < _FEWEST_SURE and _NAMED.search(text):
        return False
    low = unicodedata.normalize("NFKC", written)
    if word in _ALSO_HIRAGANA and (low == word or not _KATAKANA.search(written)):
        return False
    if _HALF.search(written):
        rest = text[:start] + text[end:]
        return (
            low == word and not _HALF.search(rest) and bool(re.search(r"[\u3041-\u30fa\u4e00-\u9fff]", rest))
        )
    if low == word or unicodedata.normalize("NFC", written) == word:
        return False
    is_katakana_word = not re.search(r"[^\u30a1-\u30ff]", word)
    if is_katakana_word:
        return bool(_HIRAGANA.search(written)) or _is_marked(written)
    return size >= _FEWEST_OF_SOUND


def _is_marked(written: str) -> bool:
    return any(sign in written for sign in "\u3099\u309a゛゜")


def _is_in_longer(text: str, start: int, end: int, written: str) -> bool:
    """Whether the same kind of kana goes on before a short place, or after it in katakana."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if _HIRAGANA.search(written):
        if len(written) < _FEWEST_SURE:
            return bool(before and _HIRAGANA.match(before) and before not in "のはをがでにとも")
        return False
    return bool((before and _KATAKANA.match(before)) or (after and (_KATAKANA.match(after) or after == "ー")))


def _masked(text: str, start: int, run: str) -> Iterator[Correction]:
    """Words in katakana with one ring for a letter: "パス〇ード"."""
    rings = [place for place, sign in enumerate(run) if sign in _WILD][:_MOST_RINGS]
    for word in dict.fromkeys(word for words in _words().found for word in words):
        size = len(word)
        if size < _FEWEST_SURE or not _FULL.search(word):
            continue
        for at in {place for ring in rings for place in range(max(0, ring - size + 1), ring + 1)}:
            piece = run[at : at + size]
            if len(piece) < size or sum(sign in _WILD for sign in piece) * 2 >= size:
                continue
            if all(sign == char or sign in _WILD for sign, char in zip(piece, word, strict=True)):
                yield Correction(start + at, start + at + size, word, is_slip=False)


def _in_roman(text: str, start: int, run: str) -> Iterator[Correction]:
    """Words in Latin letters with kana beside them, one word or several."""
    pieces = [(match.start(), match.end()) for match in re.finditer(r"[^\s'-]+", run)]
    roman = _words().roman
    for first in range(len(pieces)):
        for last in range(len(pieces), first, -1):
            begin, end = pieces[first][0], pieces[last - 1][1]
            key = _plain_roman("".join(run[one:other] for one, other in pieces[first:last]))
            word = roman.get(key)
            if word is None:
                continue
            beside = text[start + end : start + end + 1], text[start + begin - 1 : start + begin]
            is_beside = any(sign and (KANA.match(sign) or "\u4e00" <= sign <= "\u9fff") for sign in beside)
            is_long = len(key) >= _FEWEST_ROMAN or (is_beside and len(key) >= _FEWEST_SURE)
            is_foreign = not _is_english(run[begin:end]) or (is_beside and not _NAMED.search(text))
            if is_long and is_foreign:
                yield Correction(start + begin, start + end, word, is_slip=False)
                break


def _is_english(written: str) -> bool:
    return written.lower() in _ENGLISH


_ENGLISH = frozenset({"rain", "line", "casino", "pistol", "rifle", "porno", "replica", "signal"})
_ROMAN_LONG = str.maketrans("āīūēōâîûêô", "aiueoaiueo")
_DOUBLE_VOWEL = re.compile(r"([aiueo])\1|ou")


@lru_cache(maxsize=8_192)
def _plain_roman(run: str) -> str:
    """A romanisation in one of all its systems: no long vowels, kunrei as Hepburn, l as r."""
    low = run.lower().translate(_ROMAN_LONG)
    for one, other in _SYSTEMS:
        low = low.replace(one, other)
    return _DOUBLE_VOWEL.sub(lambda match: match.group()[0], low)


_SYSTEMS = (
    ("-", ""), ("'", ""), ("shi", "si"), ("chi", "ti"), ("tsu", "tu"), ("fu", "hu"), ("ji", "zi"),
    ("sh", "sy"), ("ch", "ty"), ("j", "zy"), ("zyy", "zy"), ("l", "r"), ("cc", "tt"), ("tty", "ty"),
    ("tc", "t"),
    ("mb", "nb"), ("mp", "np"), ("nn", "n"), ("kk", "k"), ("pp", "p"), ("tt", "t"), ("ss", "s"),
)  # fmt: skip
_ROWS = {
    "": "あいうえお", "k": "かきくけこ", "s": "さしすせそ", "t": "たちつてと", "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも", "r": "らりるれろ", "g": "がぎぐげご", "z": "ざじずぜぞ", "d": "だぢづでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}  # fmt: skip
_KANA_SOUNDS = {
    kana: row + vowel for row, signs in _ROWS.items() for kana, vowel in zip(signs, "aiueo", strict=True)
}
_KANA_SOUNDS |= {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o", "ん": "n", "ゔ": "v"}


def _romanised(reading: str) -> Iterator[str]:
    """A reading in Latin letters; a small vowel replaces the one before it."""
    out = ""
    for char in reading:
        if char == "っ" or char == "ー":
            continue
        if char in "ゃゅょ":
            out = out.removesuffix("i") + {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}[char]
        elif char in "ぁぃぅぇぉ":
            out = out[:-1] + "aiueo"["ぁぃぅぇぉ".index(char)]
        else:
            out += _KANA_SOUNDS[char]
    yield out
