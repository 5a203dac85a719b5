"""Adding a message to the ledger gives what working it out anew gives, and reads no older messages."""

import random
from datetime import timedelta

import pytest

from chat.models import Session, SessionMark, ShopSpan
from chat.response_clock import EventKind
from chat.services import sessions as service
from chat.services.session_append import kept, resumed
from chat.services.session_facts import FOREVER
from tests.chat.ledger_rows import MONDAY, store
from tests.factories import ConversationFactory, ShopFactory

pytestmark = pytest.mark.django_db

STEPS = [0, 1 / 60, 1, 5, 23.999, 24, 24.001, 48, 71.999, 72, 72.001, 168, 170]
TEXTS = ["hi", "Maria!", "👍", "ok, thanks", "Where is it?", "It ships today.", "…"]
WRITERS = ["customer", "customer", "customer", "member", "member", "auto", "system"]
FIELDS = ["first_seq", *service.UPDATED_FIELDS]


def rows(conversation):
    stored = Session.objects.filter(conversation=conversation).order_by("first_seq")
    return [{name: getattr(row, name) for name in FIELDS} for row in stored]


def worked_out(conversation):
    computed = service.sessions_as_of([conversation], FOREVER).get(conversation.pk, [])
    return [{name: getattr(row, name) for name in FIELDS} for row in computed]


def happen(chance, conversation, hours):
    """Now and then something that is not a message, at the time of the last one."""
    kind = chance.choice([EventKind.RESOLVED, EventKind.HANDED_TO_PLATFORM, EventKind.HANDED_BACK, "spam"])
    if kind == "spam":
        marks = SessionMark.objects.filter(conversation=conversation, kind="spam", lifted_at=None)
        if marks:
            service.unmark_spam(conversation=conversation)
        else:
            service.mark_spam(conversation=conversation, actor=None)
        return
    is_over = kind == EventKind.HANDED_TO_PLATFORM
    if kind != EventKind.RESOLVED:
        if (conversation.handled_by == "platform") is is_over:
            return
        conversation.handled_by = "platform" if is_over else "shop"
        conversation.save()
    SessionMark.objects.create(
        conversation=conversation,
        kind=kind.value,
        seq=conversation.last_seq,
        at=MONDAY + timedelta(hours=hours),
    )
    service.refresh_sessions(conversation)


@pytest.mark.parametrize("seed", range(25))
def test_after_every_message_the_ledger_is_that_of_a_rebuild(seed):
    chance = random.Random(seed)
    shop = ShopFactory(time_zone=chance.choice(["UTC", "America/New_York"]))
    for kind in ("holiday_mode", "faq_replies"):
        start = MONDAY + timedelta(hours=chance.randint(0, 200))
        ShopSpan.objects.create(
            shop=shop, kind=kind, starts_at=start, ends_at=start + timedelta(hours=90), set_at=MONDAY
        )
    conversation = ConversationFactory(shop=shop, customer__display_name="Maria Lopez")
    hours = 0.0
    for _ in range(14):
        hours += chance.choice(STEPS)
        message = store(
            conversation,
            hours,
            chance.choice(WRITERS),
            chance.choice(TEXTS),
            state="withheld" if chance.random() < 0.1 else "visible",
            attachment_count=int(chance.random() < 0.1),
        )
        service.add_messages([conversation], [message])
        conversation.save()

        assert rows(conversation) == worked_out(conversation)
        latest = rows(conversation)[-1:]
        waits = bool(latest) and not latest[0]["reason"] and latest[0]["answered_at"] is None
        assert conversation.due_at == (latest[0]["deadline"] if waits else None)
        if chance.random() < 0.15:
            happen(chance, conversation, hours)
            assert rows(conversation) == worked_out(conversation)


def test_several_messages_of_several_conversations_cost_two_statements(django_assert_num_queries):
    shop = ShopFactory()
    conversations = [ConversationFactory(shop=shop) for _ in range(3)]
    for conversation in conversations:
        for minute in range(5):
            first = store(conversation, minute / 60, "customer")
            service.add_messages([conversation], [first])
    more = [store(conversation, 1, who) for conversation in conversations for who in ("customer", "member")]

    with django_assert_num_queries(2):
        service.add_messages(conversations, more)

    for conversation in conversations:
        assert rows(conversation) == worked_out(conversation)
        assert conversation.due_at is None


def test_lines_that_move_no_session_cost_nothing(django_assert_num_queries):
    conversation = ConversationFactory()
    line = store(conversation, 0, "system", "Order shipped.")

    with django_assert_num_queries(0):
        service.add_messages([conversation], [line])


def test_a_row_from_before_drafts_were_kept_is_worked_out():
    conversation = ConversationFactory()
    service.add_messages([conversation], [store(conversation, 0, "customer")])
    Session.objects.update(draft={})

    service.add_messages([conversation], [store(conversation, 1, "member")])

    assert rows(conversation) == worked_out(conversation)
    assert rows(conversation)[0]["answered_seq"] == 2


def test_a_kept_draft_comes_back_as_it_was():
    conversation = ConversationFactory()
    store(conversation, 0, "customer")
    service.refresh_sessions(conversation)

    draft = resumed(Session.objects.get().draft)

    assert kept(draft) == Session.objects.get().draft
    assert draft.opened_at == MONDAY
