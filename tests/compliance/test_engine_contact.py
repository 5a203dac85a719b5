"""Contact data in chat: what must be found, and where, and what must not."""

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import scan, screen

SELLER = Context(sender="seller")


@pytest.mark.parametrize(
    "text",
    [
        "call me at 212-555-0199 tonight",
        "my cell: two one two, five five five, zero one nine nine",
        "text ２１２５５５０１９９ ok",
        "ring 2\u200b1\u200b2\u200b5\u200b5\u200b5\u200b0\u200b1\u200b9\u200b9",
        "my number 2️⃣1️⃣2️⃣ 5️⃣5️⃣5️⃣ 0️⃣1️⃣9️⃣9️⃣",
        "2.1.2.5.5.5.0.1.9.9 is my line",
    ],
)
def test_a_phone_number_of_a_seller_is_found_and_masked(text):
    result = screen(text, SELLER)
    assert [finding.policy for finding in result.findings] == ["contact_redirect"]
    (span,) = result.mask_spans
    masked = text[span[0] : span[1]]
    assert masked[0] in "2２t"
    assert masked[-1] in "9９e\u20e3"


def test_a_customer_may_give_their_own_number():
    assert screen("my number is 212-555-0199", Context(sender="customer")).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "Your order 5551234567 ships today",
        "Tracking number 9400 1000 0000 0000 0000 00",
        "SKU 2125550199 is back",
        "It costs $2125550199",
    ],
)
def test_order_and_tracking_numbers_are_no_phone_numbers(text):
    assert scan(text, SELLER).findings == ()


def test_spans_lie_in_the_original_text():
    text = "ＭＡＩＬ　bob＠shop.example please"
    (finding,) = [f for f in scan(text, SELLER).findings if f.detector == "links"]
    assert text[finding.start : finding.end] == finding.matched == "bob＠shop.example"


def test_the_platforms_own_address_is_no_finding():
    text = "You can return it for free, see https://parley.example/help and help.parley.example/return"
    assert screen(text, SELLER).findings == ()


def test_the_words_after_a_number_are_not_part_of_it():
    text = "Text me a photo on 312-555-0142 and I will sort it out."

    result = screen(text, Context(sender="seller"))

    assert [text[start:end] for start, end in result.mask_spans] == ["312-555-0142"]
