"""What a send promises: stored once, numbered without gaps, seen by whom it should be."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import redis
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from chat.models import Change, Conversation, Message, MessageScan
from chat.serializers import Draft, draft_from
from chat.services import messages, rate_limits
from core import shared_limits
from core.errors import Conflict, Invalid
from core.realtime import Gatherer
from core.realtime.publisher import Breaker
from shops.models import Shop
from tests.factories import ConversationFactory, ShopMemberFactory, UserFactory


@pytest.fixture
def conversation(customer: User, shop: Shop) -> Conversation:
    return ConversationFactory(customer=customer, shop=shop)


def post(user: User, conversation: Conversation, **data: object):
    client = APIClient()
    client.force_authenticate(user)
    payload = {"client_ref": str(uuid4()), "body": "Is the blue one back?"} | data
    return client.post(f"/api/v1/conversations/{conversation.pk}/messages", payload, format="json")


def test_a_message_is_numbered_stored_and_queued_for_its_scan(conversation, customer):
    response = post(customer, conversation)

    assert response.status_code == 201
    message = response.data["message"]
    assert (message["seq"], message["change_no"], message["state"]) == (1, 1, "visible")
    assert message["author"] == {"kind": "customer", "id": customer.pk, "name": "Priya Raman"}
    conversation.refresh_from_db()
    assert (conversation.last_seq, conversation.change_no) == (1, 1)
    assert conversation.last_preview == "Is the blue one back?"
    assert conversation.waiting_since is not None
    assert MessageScan.objects.get().message_id == message["id"]
    assert Change.objects.get().kind == "message.created"


def test_a_retry_with_the_same_client_ref_stores_one_message(conversation, customer):
    ref = str(uuid4())

    first = post(customer, conversation, client_ref=ref)
    second = post(customer, conversation, client_ref=ref)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.data["message"] == first.data["message"]
    assert second.data["duplicate"] is True
    assert Message.objects.get().seq == 1


def test_the_same_client_ref_with_another_body_is_a_conflict(conversation, customer):
    ref = str(uuid4())
    post(customer, conversation, client_ref=ref)

    response = post(customer, conversation, client_ref=ref, body="Something else")

    assert response.status_code == 409
    assert response.data["code"] == "client_ref_reused"
    assert Message.objects.count() == 1


def test_a_stranger_is_told_the_conversation_does_not_exist_and_nothing_is_stored(conversation, stranger):
    response = post(stranger, conversation)

    assert response.status_code == 404
    assert not Message.objects.exists()


def test_another_shops_agent_cannot_write(conversation, other_agent):
    assert post(other_agent, conversation).status_code == 404


def test_an_analyst_reads_but_does_not_write(conversation, shop):
    analyst = ShopMemberFactory(shop=shop, role="analyst").user

    response = post(analyst, conversation)

    assert (response.status_code, response.data["code"]) == (403, "read_only")


@pytest.mark.parametrize("body", ["", "   ", "nul \x00 inside", "lone \ud800 surrogate", "x" * 8001, None, 5])
def test_a_text_that_cannot_be_stored_is_refused(conversation, customer, body):
    with pytest.raises(Invalid) as caught:
        draft_from(conversation.pk, customer.pk, {"client_ref": str(uuid4()), "body": body})

    assert caught.value.code == "invalid"
    assert "body" in caught.value.detail


def test_an_answer_quotes_the_message_it_answers(conversation, customer, agent):
    post(customer, conversation)

    response = post(agent, conversation, body="Friday.", reply_to=1)

    assert response.data["message"]["reply_to"] == {
        "seq": 1,
        "author": "Priya Raman",
        "snippet": "Is the blue one back?",
    }


def test_answering_a_message_that_is_not_there_is_refused(conversation, customer):
    response = post(customer, conversation, reply_to=7)

    assert (response.status_code, response.data["code"]) == (400, "unknown_reply_to")


def test_the_eleventh_message_within_a_moment_is_refused_with_the_time_to_wait(
    conversation, customer, monkeypatch
):
    monkeypatch.setattr(rate_limits.time, "monotonic", lambda: 1000.0)
    for _ in range(10):
        assert post(customer, conversation).status_code == 201

    response = post(customer, conversation)

    assert (response.status_code, response.data["code"]) == (429, "rate_limited")
    assert float(response.headers["Retry-After"]) <= 1


def test_the_rate_holds_over_all_processes_together(conversation, customer, monkeypatch, settings):
    patient = redis.Redis.from_url(settings.REDIS_URL)
    monkeypatch.setattr(shared_limits, "_client", lambda: patient)
    monkeypatch.setattr(shared_limits, "_breaker", Breaker())
    monkeypatch.setattr(shared_limits, "_TAKE", shared_limits._TAKE.replace("now - at", "0"))  # Time stands.
    for _ in range(10):
        assert post(customer, conversation).status_code == 201
        monkeypatch.setattr(rate_limits, "_buckets", {})  # As in a process that has not seen this person.

    response = post(customer, conversation)

    assert (response.status_code, response.data["code"]) == (429, "rate_limited")


def test_without_redis_each_process_keeps_its_own_rate(conversation, customer, monkeypatch):
    monkeypatch.setattr(shared_limits, "_breaker", Breaker())
    nobody = redis.Redis.from_url("unix:///nowhere/redis.sock")
    monkeypatch.setattr(shared_limits, "_client", lambda: nobody)
    monkeypatch.setattr(rate_limits.time, "monotonic", lambda: 1000.0)

    answers = [post(customer, conversation).status_code for _ in range(11)]

    assert answers == [201] * 10 + [429]


def test_a_batch_answers_each_draft_for_itself(conversation, customer, agent, stranger):
    ref = uuid4()
    drafts = [
        Draft(conversation.pk, customer.pk, "one", ref),
        Draft(conversation.pk, agent.pk, "two", uuid4()),
        Draft(conversation.pk, stranger.pk, "three", uuid4()),
        Draft(conversation.pk, customer.pk, "one", ref),
    ]

    first, second, refused, twice = messages.store_batch(drafts)

    assert (first.message.seq, second.message.seq) == (1, 2)
    assert refused.code == "not_found"
    assert twice is Gatherer.ALONE
    assert messages.store_alone(drafts[3]).duplicate is True


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_when_many_send_at_once(customer, shop):
    conversation = ConversationFactory(customer=customer, shop=shop, origin="replay")
    shared = [uuid4() for _ in range(10)]

    def send(number: int) -> None:
        try:
            messages.store_alone(
                Draft(conversation.pk, customer.pk, f"text {number % 10}", shared[number % 10])
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(send, range(40)))

    seqs = list(Message.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, 11))
    assert list(Change.objects.order_by("change_no").values_list("change_no", flat=True)) == seqs
    conversation.refresh_from_db()
    assert (conversation.last_seq, conversation.change_no) == (10, 10)
    assert MessageScan.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_a_conversation_that_somebody_holds_does_not_hold_up_the_others(customer, shop):
    held = ConversationFactory(customer=customer, shop=shop)
    free = ConversationFactory(customer=UserFactory(), shop=shop)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM chat_conversation WHERE id = %s FOR UPDATE", [held.pk])

        stuck, stored = messages.store_batch(
            [
                Draft(held.pk, customer.pk, "one", uuid4()),
                Draft(free.pk, free.customer_id, "two", uuid4()),
            ]
        )

        assert stuck is Gatherer.ALONE
        assert stored.message.seq == 1
        cursor.execute("ROLLBACK")
    other.close()


def test_reusing_a_reference_raises_a_conflict_in_the_service(conversation, customer):
    ref = uuid4()
    messages.send_message(conversation=conversation, author=customer, body="a", client_ref=ref)

    with pytest.raises(Conflict):
        messages.send_message(conversation=conversation, author=customer, body="b", client_ref=ref)
