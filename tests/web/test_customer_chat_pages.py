import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Conversation, Message
from chat.services.messages import send_message
from shops.models import Shop
from tests.factories import ConversationFactory, OrderFactory, OrderLineFactory, ProductFactory, UserFactory


@pytest.fixture
def conversation(customer: User, shop: Shop) -> Conversation:
    return ConversationFactory(customer=customer, shop=shop)


def address_of(conversation: Conversation) -> str:
    return reverse("customer:chat", args=[conversation.pk])


@pytest.mark.django_db(transaction=True)
def test_a_message_is_sent_without_scripts_and_shown_once(
    client: Client, customer: User, conversation: Conversation
) -> None:
    client.force_login(customer)
    form = {"body": "Is the glaze food safe?", "client_ref": str(uuid.uuid4())}
    for _ in range(2):
        answer = client.post(address_of(conversation), form)
        assert answer.status_code == 302
    assert Message.objects.filter(conversation=conversation).count() == 1
    page = client.get(address_of(conversation)).content.decode()
    assert page.count('<div class="bubble" dir="auto">Is the glaze food safe?</div>') == 1


@pytest.mark.django_db(transaction=True)
def test_what_people_write_is_escaped_in_the_page_and_in_its_snapshot(
    client: Client, customer: User, agent: User, conversation: Conversation
) -> None:
    body = "</script><script>alert(1)</script>"
    send_message(conversation=conversation, author=agent, body=body, client_ref=uuid.uuid4())
    client.force_login(customer)
    page = client.get(address_of(conversation)).content.decode()
    assert "<script>alert(1)" not in page


@pytest.mark.django_db(transaction=True)
def test_a_contact_detail_of_the_shop_is_never_in_the_customers_page(
    client: Client, customer: User, agent: User, conversation: Conversation
) -> None:
    send_message(
        conversation=conversation,
        author=agent,
        body="Please call me on 312-555-0142 instead.",
        client_ref=uuid.uuid4(),
    )
    client.force_login(customer)
    assert "312-555-0142" not in client.get(address_of(conversation)).content.decode()


def test_only_the_customer_opens_the_customers_page(
    client: Client, agent: User, conversation: Conversation
) -> None:
    for stranger in (UserFactory(), agent):
        client.force_login(stranger)
        assert client.get(address_of(conversation)).status_code == 404


def test_an_empty_message_comes_back_with_an_error(
    client: Client, customer: User, conversation: Conversation
) -> None:
    client.force_login(customer)
    answer = client.post(address_of(conversation), {"body": "  ", "client_ref": str(uuid.uuid4())})
    assert answer.status_code == 400
    assert not Message.objects.exists()


def test_starting_from_an_order_opens_one_conversation_about_it(
    client: Client, customer: User, shop: Shop
) -> None:
    order = OrderFactory(customer=customer, shop=shop)
    OrderLineFactory(order=order)
    client.force_login(customer)
    start = f"{reverse('customer:start', args=[shop.slug])}?order={order.number}"
    assert client.get(start).status_code == 200
    assert not Conversation.objects.exists()
    for _ in range(2):
        assert client.post(start).status_code == 302
    conversation = Conversation.objects.get()
    assert conversation.order == order
    assert order.number in client.get(address_of(conversation)).content.decode()


def test_starting_from_a_product_opens_a_conversation_with_its_card_on_top(
    client: Client, customer: User, shop: Shop
) -> None:
    product = ProductFactory(shop=shop, title="Ash-glaze mug")
    shown = client.get(reverse("storefront:product", args=[shop.slug, product.slug])).content.decode()
    start = f"{reverse('customer:start', args=[shop.slug])}?product={product.slug}"
    assert f'action="{start}"' in shown
    client.force_login(customer)
    client.post(start)
    conversation = Conversation.objects.get()
    assert conversation.product == product
    assert "Ash-glaze mug" in client.get(address_of(conversation)).content.decode()


def test_somebody_elses_order_starts_nothing(client: Client, customer: User, shop: Shop) -> None:
    order = OrderFactory(shop=shop)
    client.force_login(customer)
    start = f"{reverse('customer:start', args=[shop.slug])}?order={order.number}"
    assert client.post(start).status_code == 404


def test_the_list_is_empty_with_a_way_on(client: Client, customer: User) -> None:
    client.force_login(customer)
    page = client.get(reverse("customer:chats")).content.decode()
    assert "No conversations yet" in page
