import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import SavedReply
from shops.models import Shop
from tests.factories import ConversationFactory, OrderFactory, ShopMemberFactory

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


def test_a_text_that_breaks_a_rule_is_kept_only_after_a_hint(client: Client, agent: User, shop: Shop) -> None:
    client.force_login(agent)
    risky = REPLY | {"body": "Write me on WhatsApp +1 909 555 0131 and I send photos."}
    hint = client.post(replies_of(shop), risky)
    assert hint.status_code == 409
    assert "go to review" in hint.content.decode()
    assert not SavedReply.objects.exists()
    assert client.post(replies_of(shop), risky | {"is_sure": "1"}).status_code == 302
    reply = SavedReply.objects.get()
    page = reverse("seller:reply", args=[shop.slug, reply.pk])
    assert client.post(page, risky | {"title": "Other"}).status_code == 409
    assert client.post(page, REPLY).status_code == 302


def test_the_blanks_are_filled_in_from_the_conversation(client: Client, agent: User, shop: Shop) -> None:
    client.force_login(agent)
    client.post(replies_of(shop), REPLY)
    order = OrderFactory(shop=shop)
    row = ConversationFactory(shop=shop, order=order)
    page = client.get(reverse("seller:conversation", args=[shop.slug, row.pk]))
    assert page.context["snapshot"]["fill_ins"] == {
        "customer": row.customer.short_name,
        "product": "",
        "order": order.number,
        "shop": shop.name,
        "me": agent.short_name,
    }
