import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import SavedReply
from shops.models import Shop
from tests.factories import ConversationFactory, ShopMemberFactory

REPLY = {
    "shortcut": "/replace",
    "title": "Replacement",
    "body": "Hi {customer}, a new {product} goes out today.",
}


def replies_of(shop: Shop) -> str:
    return reverse("seller:replies", args=[shop.slug])


def test_an_agent_saves_changes_and_removes_a_reply(client: Client, agent: User, shop: Shop) -> None:
    client.force_login(agent)
    assert client.post(replies_of(shop), REPLY).status_code == 302
    reply = SavedReply.objects.get(shop=shop)
    assert (reply.shortcut, reply.saved_by) == ("replace", agent)
    page = reverse("seller:reply", args=[shop.slug, reply.pk])
    assert client.post(page, REPLY | {"title": "New one on its way"}).status_code == 302
    reply.refresh_from_db()
    assert reply.title == "New one on its way"
    client.post(reverse("seller:reply_remove", args=[shop.slug, reply.pk]))
    assert not SavedReply.objects.exists()


def test_a_shortcut_stands_for_one_reply(client: Client, agent: User, shop: Shop) -> None:
    client.force_login(agent)
    client.post(replies_of(shop), REPLY)
    answer = client.post(replies_of(shop), REPLY)
    assert answer.status_code == 400
    assert "already stands for another reply" in answer.content.decode()
    assert SavedReply.objects.count() == 1


@pytest.mark.parametrize("shortcut", ["", "Re place", "-x", "späti", "a" * 25])
def test_a_shortcut_can_be_typed(client: Client, agent: User, shop: Shop, shortcut: str) -> None:
    client.force_login(agent)
    assert client.post(replies_of(shop), REPLY | {"shortcut": shortcut}).status_code == 400


def test_an_analyst_reads_the_replies_and_other_shops_do_not(
    client: Client, agent: User, other_agent: User, shop: Shop
) -> None:
    client.force_login(agent)
    client.post(replies_of(shop), REPLY)
    reply = SavedReply.objects.get()
    client.force_login(ShopMemberFactory(shop=shop, role="analyst").user)
    assert client.get(replies_of(shop)).status_code == 200
    assert client.post(replies_of(shop), REPLY).status_code == 403
    client.force_login(other_agent)
    assert client.get(replies_of(shop)).status_code == 404
    own = other_agent.shop_memberships.get().shop
    assert client.post(reverse("seller:reply_remove", args=[own.slug, reply.pk])).status_code == 404
    assert SavedReply.objects.exists()


def test_the_conversation_page_carries_the_replies(client: Client, agent: User, shop: Shop) -> None:
    client.force_login(agent)
    client.post(replies_of(shop), REPLY)
    conversation = ConversationFactory(shop=shop)
    page = client.get(reverse("seller:conversation", args=[shop.slug, conversation.pk])).content.decode()
    assert "a new {product} goes out today" in page
