"""How much the pass before storing does for a plain message, counted, not timed: what has no gate shows."""

import random
import re
import sys
from collections import Counter

import pytest

from bench.detect import disguises
from compliance.engine import ciphers
from compliance.engine.context import Context
from compliance.engine.pipeline import screen
from compliance.engine.text import without_repeats

# What most messages of a shop are like: nothing hidden, no figures, no names of services.
PLAIN = [
    "Thank you for your order, we will send it tomorrow morning.",
    "The blue ones are sold out, but the green ones are still on the shelf.",
    "Please wash the scarf by hand and let it dry flat.",
    "It fits a small table well, many customers use it in the kitchen.",
    "We have not seen your parcel move since Friday, so we asked the carrier.",
    "You are welcome, enjoy the lamp and have a nice evening!",
]
# What it takes now, no more: patterns tried and functions of the engine called. Whoever needs more for each
# message finds a gate first: a trait of its words, a concept, a sign (``traits.py``, ``may_be_coded``).
MOST_PATTERNS = {"seller": 2, "customer": 1}
MOST_CALLS = {"seller": 31, "customer": 18}


def _work(text, sender):
    """How often each pattern was tried and each function of the engine called, the words being known."""
    patterns, calls = Counter(), Counter()
    context = Context(sender=sender)
    screen(text, context)

    def note(frame, event, argument):
        if event == "c_call" and isinstance(getattr(argument, "__self__", None), re.Pattern):
            patterns[argument.__self__.pattern[:60]] += 1
        elif event == "call" and "/compliance/engine/" in frame.f_code.co_filename:
            calls[frame.f_code.co_qualname] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        screen(text, context)
    finally:
        sys.setprofile(before)
    return patterns, calls


@pytest.mark.parametrize("sender", ["seller", "customer"])
@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_message_asks_few_patterns_and_readers(sender, text):
    patterns, calls = _work(text, sender)
    assert sum(patterns.values()) <= MOST_PATTERNS[sender], patterns.most_common()
    assert sum(calls.values()) <= MOST_CALLS[sender], calls.most_common()


def test_a_message_with_a_number_is_looked_at_more_closely():
    plain, _ = _work(PLAIN[0], "seller")
    numbered, _ = _work("Call two one two 555 0147, that is my own number.", "seller")
    assert sum(numbered.values()) > 3 * max(1, sum(plain.values()))


@pytest.mark.parametrize("kind", ["phones", "links", "keywords"])
def test_the_look_for_codes_lets_through_all_that_can_be_decoded(kind, monkeypatch):
    seller = Context(sender="seller")
    texts = [*PLAIN, *(sample.text for sample in disguises.samples(kind, per_family=4))]
    quick = [screen(text, seller).findings for text in texts]
    monkeypatch.setattr(ciphers, "may_be_coded", lambda text: True)
    assert quick == [screen(text, seller).findings for text in texts]


def test_letters_twice_are_left_out_as_a_pattern_would():
    rng = random.Random(3)
    texts = [
        "",
        "a",
        "aa",
        "\0\0",
        "a\0",
        "ééa",
        *("".join(rng.choices("aabc\0 ", k=40)) for _ in range(200)),
    ]
    assert [without_repeats(text) for text in texts] == [re.sub(r"(?s)(.)(?=\1)", "", text) for text in texts]
