"""What both models read: a cleaned text and who said it, after a few earlier lines of the same chat.

The cleaning here is smaller than the engine's canonical views on purpose. The models learn from its output,
so it may only change together with a new training run.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

MAX_CHARACTERS = 4_000  # a chat message stops there; longer input is scored by its first and last half

# Letters of other alphabets that pass for Latin ones. They are folded only inside a word that also has Latin
# letters, so that Russian and Greek stay as they are.
LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝьвнкмтАВЕКМНОРСТУХІЈЅαοερντικυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡıⅼ",
    "aeopcyxijshdqwbbhkmtABEKMHOPCTYXIJSaoepvtikuxABEZHIKMNOPTYXagil",
)
LATIN = re.compile(r"[A-Za-z]")
OTHER_ALPHABET = re.compile("[Ͱ-ϿЀ-ӿԀ-ԯɑɡı]")
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff\u0300-\u036f\x00-\x08\x0e-\x1f\x7f]"
)
REPEATED = re.compile(r"(.)\1{3,}", re.DOTALL)
OTHER_DIGIT = re.compile(r"(?=[^\x00-\x7f])\d")
# Single letters pulled apart: "w h a t s a p p", "v.e.n.m.o". At least four of them.
PULLED_APART = re.compile(r"(?<![^\W\d_])[^\W\d_](?:[ .\-_*·|/]{1,2}[^\W\d_]){3,}(?![^\W\d_])")
SEPARATORS = re.compile(r"[ .\-_*·|/]+")
# Its second and third letter: starts at a sign, so ordinary words are skipped fast.
PULLED_LETTERS = re.compile(r"[ .\-_*·|/][^\W\d_][ .\-_*·|/]{1,2}[^\W\d_][ .\-_*·|/]")
UPPER = re.compile(r"[A-Z]")
LOWER = re.compile(r"[a-z]")


class TurnLike(Protocol):
    """One earlier message, as in `compliance.engine.context.Turn`."""

    @property
    def sender(self) -> str: ...
    @property
    def text(self) -> str: ...


class ContextLike(Protocol):
    """The two parts of `compliance.engine.context.Context` that the models read."""

    @property
    def sender(self) -> str: ...
    @property
    def history(self) -> Sequence[TurnLike]: ...


class ModelInput(NamedTuple):
    """A message ready for the models.

    The role and cleaned text of the message, and of earlier ones, newest first.
    """

    role: str
    text: str
    earlier: tuple[tuple[str, str], ...]


def role_of(sender: str) -> str:
    """`customer`, `platform` or `seller`; a shop's automatic reply counts as the seller's."""
    if sender == "customer":
        return "customer"
    return "platform" if sender in ("platform", "system") else "seller"


def plain(text: str) -> str:
    """The text in one width, without invisible marks, look-alikes folded, pulled-apart words joined.

    A message is read by several models and is the history of the next ones: short texts are remembered.
    """
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _cleaned(text)


def _cleaned(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        text = text[: MAX_CHARACTERS // 2] + " " + text[-MAX_CHARACTERS // 2 :]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = INVISIBLE.sub("", text)
        text = OTHER_DIGIT.sub(_ascii_digit, text)
        if OTHER_ALPHABET.search(text):
            text = " ".join(_fold_word(word) for word in text.split(" "))
    elif not text.isprintable():
        text = INVISIBLE.sub("", text)
    text = " ".join(text.split())
    text = REPEATED.sub(r"\1\1\1", text)
    if PULLED_LETTERS.search(text):
        text = PULLED_APART.sub(lambda found: SEPARATORS.sub("", found.group()), text)
    upper = len(UPPER.findall(text))
    if upper > 8 and upper > 2 * len(LOWER.findall(text)):
        text = text.lower()
    return text


LONGEST_REMEMBERED = 500  # characters
_remembered = lru_cache(maxsize=8_192)(_cleaned)


def _ascii_digit(found: re.Match[str]) -> str:
    return str(unicodedata.decimal(found.group()))


def _fold_word(word: str) -> str:
    if LATIN.search(word) and OTHER_ALPHABET.search(word):
        return word.translate(LOOKALIKES)
    return word


def model_input(text: str, context: ContextLike, *, earlier: int = 3) -> ModelInput:
    """The message and up to `earlier` messages before it, cleaned, newest first.

    Platform notices are left out.
    """
    lines: list[tuple[str, str]] = []
    for turn in reversed(context.history):
        if len(lines) == earlier:
            break
        role = role_of(turn.sender)
        if role != "platform" and turn.text:
            lines.append((role, plain(turn.text[-400:])))
    return ModelInput(role_of(context.sender), plain(text), tuple(lines))
