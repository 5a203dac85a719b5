"""The linear model behind `gate_batch`: what it must tell apart, and what it must survive."""

import numpy as np
import pytest

from compliance.engine.context import Context, Turn
from compliance.engine.models import CATEGORIES, ModelUnavailable, gate_batch, linear_model, settings
from compliance.engine.models.linear import LinearModel
from compliance.engine.models.ngrams import BITS, features
from compliance.engine.models.settings import CUSTOMER_CATEGORIES
from compliance.engine.models.text_input import model_input, plain
from compliance.taxonomy import policies_by_code

SELLER = Context(sender="seller")
CUSTOMER = Context(sender="customer")


def test_an_offer_to_leave_the_platform_scores_above_an_answer_about_the_product():
    offer, answer = gate_batch(
        [
            ("add me on whatsapp and i give you 20% off, pay there directly", SELLER),
            ("Yes, the cover comes off and goes in the washing machine at 30 degrees.", SELLER),
        ]
    )

    assert offer > 0.5 > 0.1 > answer


def test_a_customer_is_not_bound_by_the_rules_for_shops():
    (score,) = gate_batch([("you can reach me on whatsapp, my number is in the order", CUSTOMER)])

    assert score < 0.2


def test_weights_added_three_at_a_time_give_the_plain_sums(tmp_path):
    rng = np.random.default_rng(5)
    weights = rng.integers(-128, 128, (1 << BITS, 5)).astype(np.int8)
    scales, bias = rng.random((3, 5)).astype(np.float32), rng.random(5).astype(np.float32)
    np.savez(tmp_path / "linear.npz", weights=weights, scales=scales, bias=bias)
    items = [model_input(text, SELLER) for text in ("a lamp", "好的，今天就发货", "yes " * 50)]

    found = LinearModel(tmp_path / "linear.npz").log_probabilities(items)

    logits = np.tile(bias, (len(items), 1))
    for block, scale in zip(features(items), scales, strict=True):
        for number, rows in enumerate(np.split(block.rows, block.starts[1:])):
            logits[number] += weights[rows].sum(0, dtype=np.int64) / np.sqrt(len(rows)) * scale
    expected = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    assert np.allclose(found, expected, atol=1e-5)


def test_a_batch_scores_like_its_texts_one_by_one():
    items = [
        ("do you have it in blue?", CUSTOMER),
        ("five stars and I send you 10 dollars", SELLER),
        ("", SELLER),
        ("好的，今天就发货", SELLER),
        ("x", Context(sender="auto", history=(Turn("customer", "hello?"), Turn("seller", "hi")))),
    ]

    together = gate_batch(items)

    assert together == pytest.approx([gate_batch([item])[0] for item in items], abs=1e-5)


def test_a_violation_at_the_end_of_a_long_text_is_not_diluted():
    padding = "The fabric is soft and the seams are strong. " * 40

    (score,) = gate_batch(
        [(padding + "Cancel the order and pay me by Zelle instead, text me at my number.", SELLER)]
    )

    assert score > 0.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "\ud800",
        "\u202e" * 500,
        "a" * 100_000,
        "😀" * 5_000,
        "\u0300" * 4_000,
        "1 2 3 4 " * 2_000,
    ],
    ids=["empty", "space", "nul", "surrogate", "bidi", "long", "emoji", "marks", "digits"],
)
def test_hostile_text_gets_a_probability(text):
    (score,) = gate_batch([(text, SELLER)])

    assert 0.0 <= score <= 1.0


def test_every_unicode_block_gets_a_probability():
    items = [
        ("".join(chr(code) for code in range(start, start + 128)), SELLER) for start in range(0, 0x30000, 128)
    ]

    assert all(0.0 <= score <= 1.0 for score in gate_batch(items))


def test_a_missing_file_says_that_no_model_is_there(monkeypatch, tmp_path):
    linear_model.cache_clear()
    monkeypatch.setattr(settings, "FOLDER", tmp_path)

    with pytest.raises(ModelUnavailable):
        gate_batch([("hello", SELLER)])

    linear_model.cache_clear()


def test_the_classes_are_codes_of_the_taxonomy_and_none():
    assert set(CATEGORIES) - {"none"} <= set(policies_by_code())
    assert set(policies_by_code()) - set(CATEGORIES) == {"low_response_rate"}


def test_what_binds_customers_agrees_with_the_taxonomy():
    bound = {code for code, policy in policies_by_code().items() if "customer" in policy.binds}

    assert bound == CUSTOMER_CATEGORIES


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("wh\u200bats\u200dapp", "whatsapp"),
        ("v e n m o me", "venmo me"),
        ("tеlеgrаm", "telegram"),
        ("привет", "привет"),
        ("sooooooo good", "sooo good"),
        ("٠١٢", "012"),
        ("BUY NOW AND PAY LATER", "buy now and pay later"),
    ],
)
def test_the_models_read_a_cleaned_text(text, cleaned):
    assert plain(text) == cleaned
