"""A reviewer's decision takes effect in the chat, and is undone there."""

from uuid import uuid4

import pytest
from django.urls import reverse

from chat.models import Change, Message
from chat.services import messages, scanning
from compliance.models import Case
from compliance.services import appeals
from compliance.services.decisions import Verdict, decide, undo
from compliance.services.review_queue import claim
from tests.factories import ConversationFactory

BODY = "Text me instead on +1 212 555 0147 please"
FACTS = "You gave a phone number that the order did not need."


@pytest.fixture
def message(customer, shop, agent) -> Message:
    conversation = ConversationFactory(customer=customer, shop=shop)
    sent = messages.send_message(conversation=conversation, author=agent, body=BODY, client_ref=uuid4())
    scanning.scan_messages([sent.message.pk])
    return sent.message


def settle(reviewer, outcome, policy="contact_redirect"):
    case = Case.objects.get(status="open")
    claim(case_id=case.pk, reviewer=reviewer)
    verdict = Verdict(outcome, "clear", policy_code=policy if outcome == "uphold" else "", facts=FACTS)
    return decide(case_id=case.pk, reviewer=reviewer, verdict=verdict).decision


def state(message):
    message.refresh_from_db()
    return message.state


def test_a_dismissed_case_shows_the_message_whole_again(message, reviewer):
    assert state(message) == "masked"

    settle(reviewer, "dismiss")

    assert state(message) == "visible"
    assert Change.objects.order_by("-change_no").first().kind == "message.restored"


def test_an_upheld_case_keeps_the_number_hidden(message, reviewer):
    settle(reviewer, "uphold")

    assert state(message) == "masked"


def test_an_upheld_fraud_hides_the_whole_message(message, reviewer):
    settle(reviewer, "uphold", policy="fraud")

    assert state(message) == "withheld"


def test_an_overturn_shows_the_message_whole_again(message, owner, reviewer, second_reviewer):
    decision = settle(reviewer, "uphold", policy="fraud")
    appeal = appeals.lodge(decision_id=decision.pk, user=owner, ground="facts", text="It is the carrier's.")
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.uphold(appeal_id=appeal.pk, reviewer=second_reviewer, answer="So it is.")

    assert state(message) == "visible"


def test_an_undone_decision_leaves_the_message_as_the_check_had_left_it(message, reviewer):
    decision = settle(reviewer, "dismiss")
    undo(decision_id=decision.pk, reviewer=reviewer)

    assert state(message) == "masked"


def test_a_later_scan_hides_nothing_that_a_person_cleared(message, reviewer):
    settle(reviewer, "dismiss")
    message.scans.create(ruleset="a later one")
    scanning.scan_messages([message.pk])

    assert message.scans.get(ruleset="a later one").state == "done"
    assert state(message) == "visible"
    assert Case.objects.count() == 1


def test_the_platform_adds_what_it_knows_to_an_appeal(client, message, shop, owner, reviewer):
    decision = settle(reviewer, "uphold")
    appeal = appeals.lodge(decision_id=decision.pk, user=owner, ground="facts", text="It is the carrier's.")
    client.force_login(owner)
    text = client.get(reverse("seller:appeal", args=[shop.slug, appeal.reference])).text

    assert "1 message" in text  # the chat around it, as it was frozen
    assert "Contact outside the chat, version 1" in text
    assert "Open when it was sent" in text
    assert "not delivered yet" in text
