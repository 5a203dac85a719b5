import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from chat.models import Conversation, HoursVersion, Message
from chat.services.messages import send_message
from shops.models import Shop
from tests.factories import ConversationFactory, ShopMemberFactory, UserFactory


@pytest.fixture
def conversation(customer: User, shop: Shop) -> Conversation:
    return ConversationFactory(customer=customer, shop=shop)


def address_of(conversation: Conversation, name: str = "conversation") -> str:
    return reverse(f"seller:{name}", args=[conversation.shop.slug, conversation.pk])


def write(conversation: Conversation, author: User, body: str) -> Message:
    return send_message(conversation=conversation, author=author, body=body, client_ref=uuid.uuid4()).message


@pytest.mark.django_db(transaction=True)
def test_an_agent_reads_and_answers_without_scripts(
    client: Client, customer: User, agent: User, conversation: Conversation
) -> None:
    write(conversation, customer, "Is the glaze food safe?")
    client.force_login(agent)
    inbox = client.get(reverse("seller:messages", args=[conversation.shop.slug])).content.decode()
    assert "Is the glaze food safe?" in inbox
    sent = client.post(address_of(conversation), {"body": "It is.", "client_ref": str(uuid.uuid4())})
    assert sent.status_code == 302
    assert Message.objects.get(author=agent).body == "It is."


@pytest.mark.django_db(transaction=True)
def test_a_running_clock_stands_over_the_thread_until_it_is_answered(
    client: Client, customer: User, agent: User, conversation: Conversation
) -> None:
    write(conversation, customer, "When does my order ship, please?")
    client.force_login(agent)
    assert "Answer by" in client.get(address_of(conversation, "clock")).content.decode()
    write(conversation, agent, "Your order ships tomorrow morning with Meridian Post.")
    assert "Answer by" not in client.get(address_of(conversation, "clock")).content.decode()


def test_people_of_other_shops_find_nothing(
    client: Client, other_agent: User, conversation: Conversation
) -> None:
    client.force_login(other_agent)
    for name in ("conversation", "clock"):
        assert client.get(address_of(conversation, name)).status_code == 404
    other_shop = other_agent.shop_memberships.get().shop
    swapped = reverse("seller:conversation", args=[other_shop.slug, conversation.pk])
    assert client.get(swapped).status_code == 404


def test_an_analyst_reads_but_does_not_answer(client: Client, shop: Shop, conversation: Conversation) -> None:
    analyst = ShopMemberFactory(shop=shop, role="analyst").user
    client.force_login(analyst)
    page = client.get(address_of(conversation)).content.decode()
    assert "<textarea" not in page
    answer = client.post(address_of(conversation), {"body": "Hi", "client_ref": str(uuid.uuid4())})
    assert answer.status_code == 400
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_resolving_and_reopening_move_the_conversation_between_views(
    client: Client, customer: User, agent: User, conversation: Conversation
) -> None:
    write(conversation, customer, "Thanks for the mugs!")
    client.force_login(agent)
    inbox = reverse("seller:messages", args=[conversation.shop.slug])
    client.post(address_of(conversation, "status"), {"status": "resolved"})
    assert "Thanks for the mugs!" not in client.get(inbox).content.decode()
    assert "Thanks for the mugs!" in client.get(f"{inbox}?view=resolved").content.decode()
    client.post(address_of(conversation, "status"), {"status": "open"})
    assert "Thanks for the mugs!" in client.get(inbox).content.decode()


def test_only_members_can_be_assigned(client: Client, agent: User, conversation: Conversation) -> None:
    client.force_login(agent)
    client.post(address_of(conversation, "assign"), {"member": agent.pk})
    conversation.refresh_from_db()
    assert conversation.assigned_to == agent
    refused = client.post(address_of(conversation, "assign"), {"member": UserFactory().pk})
    assert refused.status_code == 400
    conversation.refresh_from_db()
    assert conversation.assigned_to == agent


@pytest.mark.django_db(transaction=True)
def test_a_question_outside_hours_says_so_and_stands_above_answered_ones(
    client: Client, customer: User, agent: User, shop: Shop, conversation: Conversation
) -> None:
    now = timezone.now()
    HoursVersion.objects.create(
        shop=shop, effective_from=now, set_at=now, time_zone="UTC", weekly=[[] for _ in range(7)]
    )
    write(conversation, customer, "Is the studio open for visits?")
    answered = ConversationFactory(shop=shop)
    write(answered, answered.customer, "Do you sell saucers?")
    write(answered, agent, "We do, in all four glazes.")
    client.force_login(agent)
    page = client.get(reverse("seller:messages", args=[shop.slug])).content.decode()
    assert "Not counted: outside hours" in page
    assert page.index("Is the studio open") < page.index("We do, in all four")
