"""The quick look at single words only spares work: it never hides what the whole engine would find."""

import random
from pathlib import Path

import pytest

from bench.detect import disguises
from compliance.engine import reading
from compliance.engine.context import Context
from compliance.engine.numbers import count_numerals
from compliance.engine.pipeline import screen
from compliance.engine.traits import EVERYTHING, PAIR, Traits, traits_of

SELLER = Context(sender="seller")
EVERYDAY = Path(disguises.__file__).with_name("everyday.txt").read_text(encoding="utf-8").splitlines()


def _all_traits(text):
    return Traits(EVERYTHING, sum(char.isdigit() for char in text), count_numerals(text))


@pytest.mark.parametrize("kind", ["phones", "links", "keywords"])
def test_disguises_are_found_with_and_without_the_quick_look(kind, monkeypatch):
    texts = [sample.text for sample in disguises.samples(kind, per_family=6)]
    quick = [screen(text, SELLER).findings for text in texts]
    monkeypatch.setattr(reading, "traits_of", _all_traits)
    assert quick == [screen(text, SELLER).findings for text in texts]


@pytest.mark.parametrize("kind", ["phones", "links", "keywords"])
def test_disguises_among_other_letters_are_found_with_and_without_the_quick_look(kind, monkeypatch):
    texts = [f"¿{sample.text} 你好 да" for sample in disguises.samples(kind, per_family=3)]
    quick = [screen(text, SELLER).findings for text in texts]
    monkeypatch.setattr(reading, "foreign_traits", lambda text: _all_traits(text)._replace(number_words=9))
    assert any(quick)
    assert quick == [screen(text, SELLER).findings for text in texts]


def test_ordinary_lines_and_shuffled_words_are_read_alike(monkeypatch):
    rng = random.Random(7)
    words = [word for line in EVERYDAY for word in line.split()] + [
        "tele",
        "gram",
        "whats",
        "a",
        "p",
        "5",
        "dot",
    ]
    texts = [*EVERYDAY, *(" ".join(rng.choices(words, k=rng.randint(1, 12))) for _ in range(300))]
    quick = [screen(text, SELLER).findings for text in texts]
    monkeypatch.setattr(reading, "traits_of", _all_traits)
    assert quick == [screen(text, SELLER).findings for text in texts]


def test_letters_standing_alone_in_a_row_are_noticed():
    assert traits_of("call w h a t s").flags & PAIR
    assert not traits_of("i have a lamp").flags & PAIR
    assert traits_of("one two 34").figures == 2
    assert traits_of("one two 34").number_words == 2
