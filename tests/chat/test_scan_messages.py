"""Every message is scanned once, whoever dies; what cannot be scanned is never taken for clean."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from chat.models import Conversation, Message, MessageScan
from chat.services import messages, scanning
from compliance.models import Case, Finding
from compliance.services.policies import sync_policies
from tests.factories import ConversationFactory


@pytest.fixture
def conversation(customer, shop) -> Conversation:
    sync_policies()
    return ConversationFactory(customer=customer, shop=shop)


def send(conversation, author, body) -> Message:
    return messages.send_message(
        conversation=conversation, author=author, body=body, client_ref=uuid4()
    ).message


def test_a_shops_phone_number_is_masked_for_the_customer_and_opens_one_case(conversation, agent):
    message = send(conversation, agent, "Text me instead on +1 212 555 0147 please")

    scanning.scan_messages([message.pk])
    scanning.scan_messages([message.pk])

    assert message.state == "masked"
    assert Finding.objects.filter(policy_code="contact_redirect", subject_id=message.pk).count() == 1
    assert Case.objects.get().evidence["text"] == message.body
    assert MessageScan.objects.get().state == "done"


def test_a_customers_own_phone_number_breaks_nothing(conversation, customer):
    message = send(conversation, customer, "call me on +1 212 555 0147")

    scanning.scan_messages([message.pk])

    assert message.state == "visible"
    assert not Case.objects.exists()
    assert MessageScan.objects.get().state == "done"


def test_the_sweeper_takes_what_waited_too_long_and_what_a_dead_worker_held(conversation, customer):
    waiting, held, young = (send(conversation, customer, text) for text in ("one", "two", "three"))
    past = timezone.now() - timedelta(minutes=2)
    MessageScan.objects.filter(message=waiting).update(created_at=past)
    MessageScan.objects.filter(message=held).update(state="leased", leased_until=past, attempts=1)

    assert scanning.sweep() == 2

    assert MessageScan.objects.get(message=young).state == "pending"
    assert MessageScan.objects.get(message=held).state == "done"


def test_a_message_that_cannot_be_scanned_ends_with_a_person(conversation, agent, monkeypatch):
    def explode(items):
        raise ValueError("no")

    monkeypatch.setattr(scanning, "scan_texts", explode)
    message = send(conversation, agent, "hello there")

    for _ in range(5):
        scanning.scan_messages([message.pk])

    scan = MessageScan.objects.get()
    assert (scan.state, scan.attempts, scan.last_error) == ("failed", 5, "ValueError: no")
    assert "failed 5 times" in Case.objects.get().evidence["needs_person"]
