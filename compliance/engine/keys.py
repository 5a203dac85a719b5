"""Telling words written by a key: backwards, along the alphabet or the keyboard, in a play of syllables.

Each word of the list is written by every key once, so that a message is never deciphered: its unusual words
are looked up. Short words are left out, whose forms might be words of somebody's language.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from compliance.engine.hosts import ordinary_words
from compliance.engine.veiled import terms

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_RIGHT = str.maketrans({one: other for row in _ROWS for one, other in pairwise(row)})
_LEFT = str.maketrans({other: one for row in _ROWS for one, other in pairwise(row)})
_LATIN_KEYS, _RUSSIAN_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё"
_TO_RUSSIAN = str.maketrans(_LATIN_KEYS, _RUSSIAN_KEYS)
_TO_LATIN = str.maketrans(_RUSSIAN_KEYS, _LATIN_KEYS)
_TRANSLITERATED = str.maketrans(
    dict(zip("абвгдеёзийклмнопрстуфхыэ", "abvgdeezijklmnoprstufhye", strict=True))
    | {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ю": "yu", "я": "ya", "ь": "", "ъ": ""}
)
# Korean letters on the keys where Korean keyboards have them.
_JAMO = dict(
    zip(
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ",
        "rRseEfaqQtTdwWczxvgkoiOjpuPhynbml",
        strict=True,
    )
)
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_MEDIALS = "ㅏ ㅐ ㅑ ㅒ ㅓ ㅔ ㅕ ㅖ ㅗ ㅗㅏ ㅗㅐ ㅗㅣ ㅛ ㅜ ㅜㅓ ㅜㅔ ㅜㅣ ㅠ ㅡ ㅡㅣ ㅣ".split()  # noqa: SIM905
_LAST = (
    "ㄱ ㄲ ㄱㅅ ㄴ ㄴㅈ ㄴㅎ ㄷ ㄹ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅁ ㅂ ㅂㅅ ㅅ ㅆ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ"
)
_FINALS = ["", *_LAST.split()]
_VOWEL_RUN = re.compile(r"[aeiou]+")
_ONSET = re.compile(r"[^aeiou]+")
_SHORTEST = 6
# Words that are another one backwards.
_PALINDROMIC = frozenset({"drawer", "regal", "lager", "ekoc"})


class Keys:
    """What every telling word becomes by a key, and the words of which such texts are made."""

    def __init__(self) -> None:
        self._sure: dict[str, str] = {}
        self._parts: set[str] = set()
        for term in terms():
            text = term.text
            size = sum(map(str.isalpha, text))
            if re.fullmatch(r"[a-z]+(?:[ -][a-z]+)*", text):
                self._add(_sure_forms(text), text, size)
            elif re.fullmatch(r"[а-я]+(?: [а-я]+)*", text):
                self._add((text[::-1],), text, size)
                self._add((text.translate(_TO_LATIN), text.translate(_TRANSLITERATED)), text, size + 1)
            elif text and all("가" <= char <= "힣" for char in text):
                typed = korean_keys(text)
                self._add((typed,), text, len(typed) + 1)
        words = ordinary_words()
        for form in list(self._sure):
            if form in words or form in _PALINDROMIC or form in self._plain():
                del self._sure[form]
        for form in self._sure:
            self._parts.update(part for part in form.split(" ") if len(part) > 2)
        self._parts -= words

    @staticmethod
    @lru_cache(maxsize=1)
    def _plain() -> frozenset[str]:
        return frozenset(term.text for term in terms())

    def _add(self, forms: Iterator[str] | tuple[str, ...], text: str, size: int) -> None:
        if size < _SHORTEST:
            return
        for form in forms:
            if form != text:
                self._sure.setdefault(form, text)

    def is_part(self, token: str) -> bool:
        """Whether a word of a message may belong to a text in a key."""
        return token in self._parts

    def read(self, text: str) -> str:
        """The telling word that a text in a key stands for; empty if there is none."""
        return self._sure.get(text, "")


@lru_cache(maxsize=1)
def by_key() -> Keys:
    return Keys()


def _sure_forms(text: str) -> Iterator[str]:
    """What nobody would write for another reason."""
    words = text.split(" ")
    yield text[::-1]
    yield " ".join(word[::-1] for word in words)
    yield text.translate(str.maketrans(_ALPHABET, _ALPHABET[13:] + _ALPHABET[:13]))
    yield text.translate(str.maketrans(_ALPHABET, _ALPHABET[::-1]))
    yield text.translate(_TO_RUSSIAN)
    yield text.translate(_RIGHT)
    yield text.translate(_LEFT)
    yield from (" ".join(map(play, words)) for play in (_pig, _pig_way, _ubbi, _op))
    yield " ".join(_pig(word).replace("ay", "-ay") for word in words)


def _pig(word: str) -> str:
    onset = _ONSET.match(word)
    return f"{word[onset.end() :]}{onset.group()}ay" if onset else f"{word}ay"


def _pig_way(word: str) -> str:
    onset = _ONSET.match(word)
    return f"{word[onset.end() :]}{onset.group()}ay" if onset else f"{word}way"


def _ubbi(word: str) -> str:
    return _VOWEL_RUN.sub(lambda match: f"ub{match.group()}", word)


def _op(word: str) -> str:
    return _VOWEL_RUN.sub(lambda match: f"op{match.group()}", word)


def korean_keys(text: str) -> str:
    """What comes out when Korean is typed on an English keyboard."""
    typed = []
    for char in unicodedata.normalize("NFC", text):
        code = ord(char) - 0xAC00
        letters = _INITIALS[code // 588] + _MEDIALS[code % 588 // 28] + _FINALS[code % 28]
        typed.append("".join(_JAMO[letter] for letter in letters))
    return "".join(typed).lower()
