"""What each character counts as where words are looked for in disguise: one class of letters, or nothing."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from compliance.engine.text import FOLDS, LOOKALIKES

# Letters and figures that are taken for one another.
_CLASS = {
    "l": "i", "1": "i", "0": "o", "3": "e", "4": "a", "5": "s", "z": "s", "2": "s", "7": "t", "8": "b",
    "9": "g", "q": "g", "6": "g", "w": "v",
}  # fmt: skip
_SIGNS = {"@": "a", "$": "s", "!": "i", "|": "i", "+": "t", "€": "e", "£": "i", "¢": "c", "§": "s", "(": "c",
          "<": "c", "¥": "y", "฿": "b", "₿": "b", "µ": "u", "×": "x", "™": "tm", "#": "h", "₽": "p", "₩": "v",
          "%": "", "°": "o", "†": "t", "‡": "t", "ø": "o", "∂": "d", "∑": "e", "π": "n", "√": "v", "∩": "n",
          "∪": "u", "∆": "a", "Ω": "o", "∞": "oo", "©": "c", "®": "r"}  # fmt: skip


class Canon(dict[int, str]):
    """What each character counts as: letters of one class, or nothing. Bounded by the code points."""

    def __init__(self, signs: Mapping[str, str], figures: Mapping[str, str]) -> None:
        super().__init__({ord(sign): _classes(letter) for sign, letter in signs.items()})
        self._figures = figures

    def __missing__(self, code: int) -> str:
        folded = FOLDS[chr(code)].translate(LOOKALIKES)
        kept = "".join(self._figures.get(char, _CLASS.get(char, char)) for char in folded if char.isalnum())
        self[code] = kept
        return kept

    def read(self, text: str) -> str:
        """The letters that a text counts as."""
        if not text.isascii():
            return text.translate(self)
        return text.encode().translate(*self._ascii).decode()

    def placed(self, text: str) -> Iterable[tuple[int, str | int]]:
        """Each letter that a text counts as, with the place of its character."""
        if text.isascii():
            return (
                (at, letter) for at, letter in enumerate(text.encode().translate(self._ascii[0])) if letter
            )
        return ((at, letter) for at, char in enumerate(text) for letter in self[ord(char)])

    @cached_property
    def _ascii(self) -> tuple[bytes, bytes]:
        """The same for ASCII: what each character counts as, and those that count as nothing."""
        letters = [self[code] for code in range(128)]
        table = bytes(ord(letter) if letter else 0 for letter in letters) + bytes(128)
        return table, bytes(code for code, letter in enumerate(letters) if not letter)


def _classes(letters: str) -> str:
    return "".join(_CLASS.get(char, char) for char in letters)


# Signs read as letters; signs left out (with the other reading of 6); figures left out, too.
READINGS: Sequence[Canon] = (
    Canon(_SIGNS, {}),
    Canon({}, {"6": "b", "4": "h", "9": "g", "7": "t"}),
    Canon({}, dict.fromkeys("0123456789", "")),
)
