"""Blocking and stopping: who may still write, what the clock does, who sees it."""

from uuid import uuid4

import pytest

from audit.models import AuditEntry
from chat.access import Side
from chat.models import Block, Change, Conversation, Message
from chat.services.blocks import block, unblock
from chat.services.conversations import open_conversation
from chat.services.messages import send_message
from core.errors import Forbidden, Invalid
from tests.factories import ConversationFactory, ShopMemberFactory


@pytest.fixture
def conversation(customer, shop):
    return ConversationFactory(customer=customer, shop=shop)


def send(conversation, author, body="Is the bowl oven safe?"):
    return send_message(conversation=conversation, author=author, body=body, client_ref=uuid4()).message


def refused(conversation, author) -> str:
    with pytest.raises(Forbidden) as refusal:
        send(conversation, author)
    assert refusal.value.code == "blocked"
    return refusal.value.message


def test_a_blocked_customer_is_told_where_to_go_and_nothing_is_stored(conversation, customer, agent):
    block(conversation=conversation, side=Side.SHOP, actor=agent, reason="spam", note="Six adverts")

    assert "ticket" in refused(conversation, customer)
    assert not Message.objects.exists()
    assert Change.objects.get().kind == "conversation.blocked"


def test_a_waiting_question_may_be_answered_and_its_clock_goes_on(conversation, customer, agent):
    send(conversation, customer)
    before = Conversation.objects.get()
    block(conversation=conversation, side=Side.SHOP, actor=agent, reason="abuse")
    after = Conversation.objects.get()

    assert after.due_at == before.due_at is not None
    send(conversation, agent, "Yes, up to 220 degrees.")
    assert "Unblock" in refused(conversation, agent)


def test_a_stopped_shop_does_not_write_until_the_customer_opens_again(conversation, customer, agent):
    block(conversation=conversation, side=Side.CUSTOMER, actor=customer, reason="unwanted")
    refused(conversation, agent)
    refused(conversation, customer)

    unblock(conversation=conversation, side=Side.CUSTOMER, actor=customer)

    assert send(conversation, agent).seq == 1


def test_one_side_does_not_lift_the_other_sides_block(conversation, customer, agent):
    block(conversation=conversation, side=Side.SHOP, actor=agent, reason="spam")
    block(conversation=conversation, side=Side.CUSTOMER, actor=customer, reason="unwanted")
    assert Conversation.objects.get().blocked_by == "both"

    unblock(conversation=conversation, side=Side.SHOP, actor=agent)

    assert Conversation.objects.get().blocked_by == "customer"
    with pytest.raises(Forbidden):
        unblock(conversation=conversation, side=Side.CUSTOMER, actor=agent)


def test_blocking_twice_is_one_block_and_the_platform_has_it_on_record(conversation, customer, agent, shop):
    for _ in range(2):
        block(conversation=conversation, side=Side.SHOP, actor=agent, reason="fraud")
    unblock(conversation=conversation, side=Side.SHOP, actor=agent)

    assert Block.objects.get().lifted_by == agent
    actions = AuditEntry.objects.order_by("number").values_list("action", "actor_id")
    assert list(actions) == [("chat.blocked", agent.pk), ("chat.unblocked", agent.pk)]


def test_only_who_answers_customers_blocks_and_only_with_a_reason(conversation, shop, customer, agent):
    analyst = ShopMemberFactory(shop=shop, role="analyst").user
    with pytest.raises(Forbidden):
        block(conversation=conversation, side=Side.SHOP, actor=analyst, reason="spam")
    with pytest.raises(Forbidden):
        block(conversation=conversation, side=Side.SHOP, actor=customer, reason="spam")
    with pytest.raises(Invalid):
        block(conversation=conversation, side=Side.SHOP, actor=agent, reason="mood")

    assert not Block.objects.exists()


def test_a_conversation_opened_later_is_closed_as_well(customer, agent, shop):
    imported = ConversationFactory(customer=customer, shop=shop, external_id="old-1")
    block(conversation=imported, side=Side.SHOP, actor=agent, reason="abuse")

    refused(open_conversation(customer=customer, shop=shop), customer)
