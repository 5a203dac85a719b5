"""What a customer sees over the composer: open or closed, the promise on their own clock, ready answers."""

import uuid
from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from chat.models import Message, Session, ShopRulePack
from chat.services.auto_reply_texts import FaqText, ReplyText, save_auto_reply, save_faq
from chat.services.hours import set_hours, switch_faq_replies
from core.business_hours import Period
from tests.factories import ConversationFactory
from web.shop_hours import shop_hours

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = [(Period(9 * 60, 17 * 60),)] * 5 + [()] * 2


@pytest.fixture
def conversation(shop, customer):
    return ConversationFactory(shop=shop, customer=customer)


@pytest.fixture
def faq(shop, owner):
    switch_faq_replies(shop=shop, actor=owner, on=True, now=datetime(2026, 3, 1, tzinfo=UTC))
    return save_faq(shop=shop, actor=owner, text=FaqText("How long is shipping?", "Two days.", ("shipping",)))


def open_on_workdays(shop, owner, zone="America/Chicago"):
    set_hours(
        shop=shop,
        actor=owner,
        time_zone=zone,
        weekly=WEEK,
        exceptions={},
        now=datetime(2026, 3, 1, tzinfo=UTC),
    )


def page(client, conversation, name="chat", **data):
    client.force_login(conversation.customer)
    address = reverse(f"customer:{name}", args=[conversation.pk])
    return client.post(address, data) if data else client.get(address)


def sentence(client, conversation, zone, at):
    conversation.customer.time_zone = zone
    conversation.customer.save()
    with time_machine.travel(at, tick=False):
        return page(client, conversation, "before").content.decode()


@pytest.mark.parametrize(
    "zone, at, words",
    [
        # Sunday. Chicago is six hours behind UTC until 8 March, five from then on.
        (
            "Europe/Paris",
            datetime(2026, 3, 15, 12, tzinfo=UTC),
            "Closed now. Opens Mon 09:00, your 15:00. Answer by Tue 15:00.",
        ),
        (
            "Asia/Tokyo",
            datetime(2026, 3, 15, 12, tzinfo=UTC),
            "Closed now. Opens Mon 09:00, your 23:00. Answer by Tue 23:00.",
        ),
        (
            "Pacific/Auckland",
            datetime(2026, 3, 15, 12, tzinfo=UTC),
            "Closed now. Opens Mon 09:00, your Tue 03:00. Answer by Wed 03:00.",
        ),
        (
            "America/Chicago",
            datetime(2026, 3, 15, 12, tzinfo=UTC),
            "Closed now. Opens Mon 09:00. Answer by Tue 09:00.",
        ),
        # Friday evening, before the clocks change on Sunday: the Monday is in summer time.
        (
            "Europe/Paris",
            datetime(2026, 3, 6, 23, 30, tzinfo=UTC),
            "Closed now. Opens Mon 09:00, your 15:00. Answer by Tue 15:00.",
        ),
        (
            "Europe/Paris",
            datetime(2026, 3, 16, 15, tzinfo=UTC),
            "Open now. Open until Mon 17:00, your 23:00. Answer by Tue 16:00.",
        ),
    ],
)
def test_the_promise_stands_there_before_typing_in_both_clocks(client, conversation, owner, zone, at, words):
    open_on_workdays(conversation.shop, owner)

    assert words in sentence(client, conversation, zone, at)


def test_the_promise_follows_the_rule_pack_on_weekends(conversation, shop, owner, faq):
    """With FAQ replies on, US shops owe an answer to Saturday's messages by Monday noon."""
    saturday = datetime(2026, 3, 14, 15, tzinfo=UTC)

    assert shop_hours(shop, now=saturday).promise == datetime(2026, 3, 16, 17, tzinfo=UTC)


def test_the_promise_of_a_pack_that_ignores_hours_starts_now(conversation, shop, owner):
    open_on_workdays(shop, owner)
    sunday = datetime(2026, 3, 15, 12, tzinfo=UTC)
    ShopRulePack.objects.create(shop=shop, code="etsy-like", effective_from=datetime(2026, 3, 1, tzinfo=UTC))

    assert shop_hours(shop, now=sunday).promise == datetime(2026, 3, 16, 12, tzinfo=UTC)


def test_the_shops_text_and_its_questions_stand_there_before_typing(client, conversation, shop, owner, faq):
    save_auto_reply(shop=shop, actor=owner, text=ReplyText("greeting", "", "Hello {customer}!"))

    shown = page(client, conversation).content.decode()

    assert "Automatic reply" in shown
    assert "Hello Priya!" in shown
    assert "How long is shipping?" in shown


def test_a_question_is_asked_answered_and_settled_without_scripts(client, conversation, faq):
    pressed = page(client, conversation, "faq_ask", faq=faq.pk, client_ref=str(uuid.uuid4()))
    assert pressed.status_code == 302
    asked = page(client, conversation).content.decode()
    assert "Two days." in asked
    assert "Did the automatic answer solve it?" in asked

    page(client, conversation, "faq_settle", solved="yes")

    assert Session.objects.get().reason == "bot_only"
    assert "Did the automatic answer solve it?" not in page(client, conversation).content.decode()


def test_a_stranger_finds_no_buttons_to_press(client, conversation, faq, stranger, agent):
    for person in (stranger, agent):
        client.force_login(person)
        for name in ("faq_ask", "faq_settle"):
            address = reverse(f"customer:{name}", args=[conversation.pk])
            assert client.post(address, {"faq": faq.pk, "client_ref": uuid.uuid4()}).status_code == 404
        assert client.get(reverse("customer:before", args=[conversation.pk])).status_code == 404
    assert not Message.objects.exists()
