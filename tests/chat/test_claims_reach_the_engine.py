"""What a seller says is compared with the product or order that the conversation is about."""

from uuid import uuid4

import pytest

from chat.models import Message, MessageScan
from chat.services import messages, scanning
from compliance.models import Finding
from compliance.services.policies import sync_policies
from tests.factories import ConversationFactory, OrderFactory, OrderLineFactory, ProductFactory


@pytest.fixture
def product(shop):
    sync_policies()
    return ProductFactory(
        shop=shop, price_cents=1_999, warranty="2 years", description="Brand new. Free shipping."
    )


def found(conversation, author, *texts):
    for text in texts:
        messages.send_message(conversation=conversation, author=author, body=text, client_ref=uuid4())
    scanning.scan_messages(list(Message.objects.order_by("pk").values_list("pk", flat=True)))
    assert not MessageScan.objects.exclude(state="done").exists()
    return list(
        Finding.objects.filter(detector="claims").order_by("subject_id").values_list("rule", flat=True)
    )


def test_a_conversation_about_a_product_is_compared_with_its_card(shop, agent, customer, product):
    conversation = ConversationFactory(shop=shop, customer=customer, product=product)

    rules = found(
        conversation,
        agent,
        "The price is $25.00 for it.",
        "It has a warranty of 6 months.",
        "To be honest, this one is refurbished.",
        "Shipping is $9.",
        "The price is $19.99 and the warranty 24 months.",
    )

    assert rules == ["price_above_listing", "warranty_shorter", "condition_differs", "fee_card_excludes"]
    assert "19.99 USD" in Finding.objects.get(rule="price_above_listing").explanation


def test_a_conversation_about_an_order_is_compared_with_the_card_as_it_was_bought(
    shop, agent, customer, product
):
    order = OrderFactory(shop=shop, customer=customer)
    terms = {"currency": "USD", "warranty": "1 year", "description": "Free shipping."}
    OrderLineFactory(order=order, product=product, title="Mug", price_cents=1_500, terms=terms)
    conversation = ConversationFactory(shop=shop, customer=customer, order=order)

    rules = found(conversation, agent, "The price is $19.99 by now.", "It has a warranty of 12 months.")

    assert rules == ["price_above_listing"]
    assert "15.00 USD" in Finding.objects.get(rule="price_above_listing").explanation


def test_an_order_of_several_products_and_other_conversations_are_compared_with_nothing(
    shop, agent, customer, product
):
    order = OrderFactory(shop=shop, customer=customer)
    for cents in (1_000, 1_500):
        OrderLineFactory(order=order, product=product, price_cents=cents)
    conversation = ConversationFactory(shop=shop, customer=customer, order=order)

    assert found(conversation, agent, "The price is $25.00 for it.") == []


def test_the_customers_own_words_are_compared_with_nothing(shop, customer, product):
    conversation = ConversationFactory(shop=shop, customer=customer, product=product)

    assert found(conversation, customer, "Elsewhere the price is $25.00, warranty 5 years!") == []
