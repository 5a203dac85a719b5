"""The short way through the ledger and the long way agree, message by message, on chats of every kind."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from chat.models import Conversation, HoursVersion, Message, Session, SessionMark
from chat.services import message_store, session_steps, sessions
from chat.services.rule_packs import sync_rule_packs
from tests.factories import ConversationFactory

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GAPS = [timedelta(minutes=1)] * 12 + [timedelta(hours=5), timedelta(hours=30), timedelta(days=4)]
TEXTS = ["Is it oak?", "hello", "thanks", "Yes, solid oak.", "hi Priya", "👍"]
FIELDS = ["first_seq", "last_seq", "last_message_at", "answered_at", "answered_seq", "reason", "counted_at"]


def add(conversation: Conversation, rng: random.Random, at: datetime) -> Message:
    conversation.last_seq += 1
    conversation.change_no += 1
    message = Message(
        conversation=conversation,
        seq=conversation.last_seq,
        change_no=conversation.change_no,
        author_kind=rng.choice(["customer", "customer", "member", "member", "auto"]),
        body=rng.choice(TEXTS),
        body_hash=b"",
        state=rng.choice(["visible"] * 8 + ["withheld"]),
        created_at=at,
    )
    message_store.insert([message], ruleset="test")
    return message


def close_on_tuesdays(conversation: Conversation) -> None:
    open_all_day = [["00:00", "24:00"]]
    HoursVersion.objects.create(
        shop=conversation.shop,
        effective_from=START - timedelta(days=9),
        time_zone="UTC",
        weekly=[open_all_day, [], *[open_all_day] * 5],
        exceptions={},
        holiday_country="",
        set_at=START - timedelta(days=10),
    )


@pytest.mark.parametrize("seed", range(12))
def test_stepping_gives_what_a_rebuild_gives(seed, customer, shop):
    sync_rule_packs()
    rng = random.Random(seed)
    conversation = ConversationFactory(customer=customer, shop=shop)
    if seed % 3 == 0:
        close_on_tuesdays(conversation)
    at = START
    for number in range(40):
        at += rng.choice(GAPS)
        batch = [add(conversation, rng, at) for _ in range(rng.choice([1, 1, 2]))]
        left = session_steps.step_many({conversation.pk: batch})
        if left:
            sessions.refresh_many(left)
        if seed % 4 == 1 and number == 20:
            SessionMark.objects.create(
                conversation=conversation, kind="spam", seq=conversation.last_seq, at=at, is_provisional=True
            )
    stepped = list(Session.objects.order_by("first_seq").values(*FIELDS))
    countdown = (conversation.due_at, conversation.waiting_since)

    sessions.rebuild_sessions(conversation)

    assert stepped == list(Session.objects.order_by("first_seq").values(*FIELDS))
    assert countdown == (conversation.due_at, conversation.waiting_since)


def test_an_ordinary_chat_takes_the_short_way_after_its_first_message(customer, shop):
    sync_rule_packs()
    conversation = ConversationFactory(customer=customer, shop=shop)
    rng = random.Random(1)
    first = add(conversation, rng, START)
    Message.objects.filter(pk=first.pk).update(author_kind="customer", body="Is it oak?", state="visible")
    sessions.refresh_many([conversation])
    assert conversation.due_at == START + timedelta(days=1)

    answer = add(conversation, rng, START + timedelta(minutes=5))
    answer.author_kind, answer.body, answer.state = "member", "Yes, solid oak.", "visible"
    left = session_steps.step_many({conversation.pk: [answer]})

    assert left == []
    assert Session.objects.get().answered_seq == 2
    assert conversation.due_at is None
