"""Turns examples into piece numbers and soft targets; shared by training, calibration and measuring."""

import random
from dataclasses import dataclass, replace

import numpy as np

from compliance.engine.models.packing import windows
from compliance.engine.models.text_input import model_input
from compliance.engine.models.tokenizer import Tokenizer
from training.corpus import CATEGORIES, Example, Turn

ALSO_SHARE = 0.25  # of the target, shared by the codes in `also`
SMOOTHING = 0.03
LEET = str.maketrans("aeiost", "43105+")


@dataclass(frozen=True)
class Sequence:
    numbers: list[int]
    message: int  # pieces of the message part
    target: np.ndarray
    weight: float


def soft_target(example: Example) -> np.ndarray:
    """Probability of each class that training aims at."""
    target = np.full(len(CATEGORIES), SMOOTHING / len(CATEGORIES), np.float32)
    also = [code for code in example.also if code in CATEGORIES]
    share = ALSO_SHARE if also else 0.0
    target[CATEGORIES.index(example.label)] += (1 - SMOOTHING) * (1 - share)
    for code in also:
        target[CATEGORIES.index(code)] += (1 - SMOOTHING) * share / len(also)
    return target


def sequence(example: Example, tokenizer: Tokenizer, *, weight: float = 1.0) -> Sequence:
    """The first window of an example (training texts rarely have two)."""
    numbers, message = windows(model_input(example.text, example), tokenizer)[0]
    return Sequence(numbers, message, soft_target(example), weight)


def disguised(example: Example, chance: random.Random) -> Example:
    """The same line as people also write it.

    Other case, no punctuation, leet, a dropped or swapped letter, a greeting.
    """
    text = example.text
    kind = chance.randrange(6)
    if kind == 0:
        text = text.lower().translate(str.maketrans("", "", ".,!?'"))
    elif kind == 1:
        text = text.upper()
    elif kind == 2:
        words = text.split(" ")
        for at in chance.sample(range(len(words)), k=max(1, len(words) // 5)):
            words[at] = words[at].translate(LEET)
        text = " ".join(words)
    elif kind == 3:
        text = "".join(letter for letter in text if not letter.isalpha() or chance.random() > 0.04)
    elif kind == 4:
        at = chance.randrange(max(1, len(text) - 1))
        text = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    else:
        text = chance.choice(["ok so ", "Hi! ", "hey ", "Dear customer, ", "also, ", "hmm "]) + text
    return replace(example, text=text)


def without_history(example: Example) -> Example:
    return replace(example, history=())


def with_history(example: Example, chance: random.Random, talk: list[Example]) -> Example:
    """The same line after a turn of another, clean chat: missing history must not be a cue."""
    other = chance.choice(talk)
    return replace(example, history=(*other.history[-1:], Turn(other.sender, other.text)))
