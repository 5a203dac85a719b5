"""What is split over several messages, repeated, or only said by answering."""

import pytest

from compliance.engine.context import Context, ProductFacts, Turn
from compliance.engine.pipeline import scan_batch


def _policies(text, *history, sender="seller", product=None):
    context = Context(sender=sender, history=tuple(Turn(*turn) for turn in history), product=product)
    (result,) = scan_batch([(text, context)], use_models=False)
    return {finding.policy for finding in result.findings}, result


def test_a_number_in_pieces_is_found_when_it_is_complete():
    history = [("seller", "write this down: 202"), ("customer", "ok"), ("seller", "then 555")]
    found, result = _policies("and 0147", *history)
    assert found == {"contact_redirect"}
    assert result.findings[0].matched == "0147"


def test_measures_in_several_messages_are_no_number():
    history = [("customer", "which yarn?"), ("seller", "color 212"), ("seller", "weight 5, 55 yards")]
    assert _policies("and 0142 is the dye lot", *history)[0] == set()


def test_an_address_broken_in_two_is_found():
    history = [("seller", "mine is"), ("seller", "lamp.helpdesk")]
    assert _policies("@shop.example", *history)[0] == {"contact_redirect"}


def test_agreeing_to_pay_elsewhere_counts():
    history = [("customer", "can I just venmo you the 40?")]
    assert "diverting_transactions" in _policies("sure, that works", *history)[0]
    assert _policies("sorry, no, only in the app", *history)[0] == set()


def test_explaining_how_to_cancel_to_a_customer_who_asked_is_innocent():
    history = [("customer", "how do I cancel my order?")]
    assert _policies("please open the order and press cancel", *history)[0] == set()


def test_the_same_advertising_again_is_spam():
    advert = "New arrivals and a flash sale in our shop, 30% off all lamps this week!"
    history = [("seller", advert), ("seller", advert + "!")]
    assert "spam" in _policies(advert, *history)[0]


def test_a_price_above_the_listing_is_misleading():
    product = ProductFacts(title="Lamp", price_cents=1999, warranty="1 year")
    assert _policies("the price is $25.00 now", product=product)[0] == {"misleading_offer"}
    assert _policies("the price is $19.99", product=product)[0] == set()


def test_a_longer_warranty_than_listed_is_misleading():
    product = ProductFacts(title="Lamp", price_cents=1999, warranty="1 year")
    assert _policies("it has a 5 year warranty", product=product)[0] == {"misleading_offer"}
    assert _policies("it has a 12 month warranty", product=product)[0] == set()


@pytest.mark.parametrize(
    "history, text",
    [
        ([("seller", "go one up, 10 yr is 140cm"), ("seller", "then 10 for sure")], "up to 10 letters"),
        ([("seller", "国内版220V"), ("seller", "有110V的")], "洛杉矶仓发货,3到5天"),
        ([("seller", "до 11.2026"), ("seller", "да 400мл")], "от 10 шт минус 7%"),
        ([("seller", "18W, phone 33W leta hai to slow")], "hai, 649 ka"),
    ],
)
def test_figures_with_units_from_message_to_message_are_no_number(history, text):
    turns = [turn for said in history for turn in (said, ("customer", "ok"))]
    assert _policies(text, *turns)[0] == set()


@pytest.mark.parametrize(
    "text",
    [
        "отличный выбор, точилка в комплекте со скидкой 15%",
        "6 pairs 10% off in cart",
        "chambre à air offerte",
    ],
)
def test_a_discount_told_to_who_is_buying_is_no_spam(text):
    history = [
        ("customer", "ok, this one and the sharpener"),
        ("seller", "good"),
        ("customer", "thanks"),
    ]
    assert "spam" not in _policies(text, *history)[0]


def test_agreeing_counts_only_for_what_was_just_asked():
    history = [
        ("customer", "does your telegram notebook come with lines?"),
        ("seller", "yes"),
        ("customer", "and blank?"),
    ]
    assert _policies("blank on the right, yes", *history)[0] == set()


def test_half_characters_in_both_messages_are_no_error():
    _policies("\udc80 5550132", ("seller", "\ud800 415"))
