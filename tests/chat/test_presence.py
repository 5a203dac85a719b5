"""Presence and the usual time to answer: from Redis and from the ledger, and honest without them."""

from datetime import timedelta
from uuid import uuid4

import pytest
import redis
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from chat import presence
from chat.commands import note_present
from chat.models import NoticeSettings, Session
from chat.selectors.people import UsualAnswer, usual_answer, usual_words
from chat.services.messages import send_message
from tests.factories import ConversationFactory


@pytest.fixture(autouse=True)
def nobody_is_known(monkeypatch):
    cache.clear()
    monkeypatch.setattr(presence, "_quiet_until", 0.0)


@pytest.fixture
def conversation(customer, shop):
    return ConversationFactory(customer=customer, shop=shop)


def look(user, conversation):
    client = APIClient()
    client.force_authenticate(user)
    return client.get(f"/api/v1/conversations/{conversation.pk}/presence").data


def test_each_side_sees_that_the_other_is_there(conversation, customer, agent, owner):
    assert look(customer, conversation)["is_there"] is False
    note_present([agent.pk, customer.pk])

    assert look(customer, conversation)["is_there"] is True
    assert look(agent, conversation)["is_there"] is True


def test_an_invisible_person_is_not_shown(conversation, customer, agent):
    NoticeSettings.objects.create(user=agent, is_invisible=True)
    note_present([agent.pk])

    assert look(customer, conversation)["is_there"] is False


def test_without_redis_nobody_is_shown_and_nothing_fails(conversation, customer, agent, monkeypatch):
    note_present([agent.pk])
    monkeypatch.setattr(presence, "_client", redis.Redis(host="127.0.0.1", port=1, socket_timeout=0.1))

    assert look(customer, conversation)["is_there"] is False
    note_present([agent.pk])


def answered(shop, *took: timedelta | None):
    now = timezone.now()
    for number, each in enumerate(took):
        conversation = ConversationFactory(shop=shop)
        started = now - timedelta(days=3)
        Session.objects.create(
            conversation=conversation, shop=shop, first_seq=number + 1, last_seq=number + 1,
            opened_at=started, last_message_at=started, clock_started_at=started,
            deadline=started + timedelta(days=1), answered_at=started + each if each else None,
            pack_code="us-domestic", pack_version=1,
        )  # fmt: skip


def test_the_usual_answer_is_the_median_of_the_ledger(shop):
    answered(shop, *(timedelta(minutes=m) for m in (5, 30, 100, 110, 600)))

    usual = usual_answer(shop.pk)

    assert usual == UsualAnswer(timedelta(minutes=100), 5)
    assert usual_words(usual) == "Usually answers in about 2 hours"


def test_too_few_sessions_or_mostly_silence_say_nothing(shop):
    answered(shop, *(timedelta(minutes=5) for _ in range(4)))
    assert usual_words(usual_answer(shop.pk, now=timezone.now())) == ""
    answered(shop, None, None, None, None, None)

    usual = usual_answer(shop.pk, now=timezone.now())

    assert (usual.median, usual.sessions, usual_words(usual)) == (None, 9, "")


def test_a_running_question_is_not_held_against_the_shop(shop, customer):
    answered(shop, *(timedelta(minutes=5) for _ in range(5)))
    conversation = ConversationFactory(shop=shop, customer=customer)
    send_message(conversation=conversation, author=customer, body="Is it oven safe?", client_ref=uuid4())

    assert usual_answer(shop.pk, now=timezone.now()).sessions == 5
