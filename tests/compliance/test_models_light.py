"""The light network behind `light_batch`: what it must tell apart, and what it must survive."""

import numpy as np
import pytest

from compliance.engine.context import Context, Turn
from compliance.engine.models import CATEGORIES, ModelUnavailable, light_batch, light_model, settings
from compliance.engine.models.settings import CUSTOMER_CATEGORIES

SELLER = Context(sender="seller")
CUSTOMER = Context(sender="customer")


def test_an_offer_to_leave_the_platform_scores_above_an_answer_about_the_product():
    offer, answer = light_batch(
        [
            ("add me on whatsapp and i give you 20% off, pay there directly", SELLER),
            ("Yes, the cover comes off and goes in the washing machine at 30 degrees.", SELLER),
        ]
    )

    assert 1 - offer[-1] > 0.5 > 0.1 > 1 - answer[-1]


def test_it_reads_what_was_said_before():
    def violation(question):
        context = Context(sender="seller", history=(Turn("customer", question),))
        return 1 - light_batch([("yes, that is the one", context)])[0][-1]

    assert violation("so I pay you on venmo, outside of the app?") != pytest.approx(
        violation("the blue mug?")
    )


def test_a_customer_is_not_bound_by_the_rules_for_shops():
    (row,) = light_batch([("add me on whatsapp and i give you 20% off, pay there directly", CUSTOMER)])

    unbound = [row[at] for at, code in enumerate(CATEGORIES[:-1]) if code not in CUSTOMER_CATEGORIES]
    assert max(unbound) == 0
    assert row.sum() == pytest.approx(1, abs=1e-5)


def test_a_batch_scores_like_its_texts_one_by_one():
    items = [
        ("do you have it in blue?", CUSTOMER),
        ("five stars and I send you 10 dollars", SELLER),
        ("", SELLER),
        ("好的，今天就发货", SELLER),
        ("word " * 300, SELLER),
        ("x", Context(sender="auto", history=(Turn("customer", "hello?"), Turn("seller", "hi")))),
    ]

    together = light_batch(items)

    assert together == pytest.approx(np.concatenate([light_batch([item]) for item in items]), abs=1e-4)
    assert light_batch([]).shape == (0, len(CATEGORIES))


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800", "\u202e" * 500, "a" * 100_000, "😀" * 5_000, "\u0300" * 4_000]
)
def test_hostile_text_gets_probabilities(text):
    (row,) = light_batch([(text, SELLER)])

    assert np.isfinite(row).all()
    assert row.sum() == pytest.approx(1, abs=1e-4)


def test_without_its_files_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    light_model.cache_clear()
    try:
        with pytest.raises(ModelUnavailable):
            light_batch([("hi", SELLER)])
    finally:
        light_model.cache_clear()
