"""A customer reports a message from the chat, and hears what came of it."""

from uuid import uuid4

import pytest
from django.urls import reverse

from chat.services import messages
from compliance.models import Case, Report
from compliance.services import reports
from compliance.services.decisions import Verdict, decide
from compliance.services.findings import Subject
from compliance.services.review_queue import claim
from core.errors import Invalid, RateLimited
from notifications.models import Notice
from tests.factories import ConversationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(shop, customer, agent):
    conversation = ConversationFactory(customer=customer, shop=shop)
    sent = messages.send_message(
        conversation=conversation, author=agent, body="Pay me on the side, cheaper.", client_ref=uuid4()
    )
    return sent.message


def page_of(message):
    return reverse("customer:report", args=[message.conversation_id]) + f"?message={message.pk}"


def settle(reviewer, outcome):
    case = Case.objects.get(status="open")
    claim(case_id=case.pk, reviewer=reviewer)
    code = "diverting_transactions" if outcome == "uphold" else ""
    verdict = Verdict(outcome, "clear", policy_code=code, facts="You offered a sale on the side.")
    return decide(case_id=case.pk, reviewer=reviewer, verdict=verdict).decision


def test_a_report_opens_a_case_with_the_chat_as_evidence(client, message, customer):
    client.force_login(customer)
    assert "Pay me on the side" in client.get(page_of(message)).text
    form = {"policy": "diverting_transactions", "text": "Twice now."}
    response = client.post(page_of(message), form)

    assert response["Location"] == page_of(message)
    assert Case.objects.get().reference in client.get(page_of(message)).text
    case = Case.objects.get()
    assert (case.source, case.policy_code) == ("report", "diverting_transactions")
    assert case.evidence["text"] == "Pay me on the side, cheaper."
    assert Report.objects.get().text == "Twice now."


def test_reporting_twice_changes_nothing(client, message, customer):
    client.force_login(customer)
    for _ in range(2):
        client.post(page_of(message), {"policy": "fraud"})

    assert (Case.objects.count(), Report.objects.count()) == (1, 1)


@pytest.mark.parametrize("outcome,upheld", [("uphold", True), ("dismiss", False)])
def test_the_reporter_hears_what_came_of_it(client, message, customer, reviewer, outcome, upheld):
    client.force_login(customer)
    client.post(page_of(message), {"policy": "fraud"})
    settle(reviewer, outcome)

    notice = Notice.objects.get(kind="report_answered")
    assert (notice.user, notice.context["upheld"]) == (customer, upheld)


def test_one_person_cannot_have_the_same_message_reviewed_again(client, message, customer, reviewer):
    client.force_login(customer)
    client.post(page_of(message), {"policy": "fraud"})
    settle(reviewer, "dismiss")
    client.post(page_of(message), {"policy": "fraud"})

    assert Case.objects.count() == 1


def test_a_report_of_danger_for_a_child_goes_to_the_restricted_queue(client, message, customer):
    other = UserFactory()
    client.force_login(customer)
    client.post(page_of(message), {"policy": "spam"})
    subject = Subject(
        "message", message.pk, message.conversation.shop_id, None, "member", "x", message.created_at
    )
    reports.report(subject=subject, reporter=other, policy_code="minor_safety")

    case = Case.objects.get()
    assert (case.is_restricted, case.policy_code) == (True, "minor_safety")


def test_strangers_the_shop_and_ones_own_messages_are_refused(client, message, customer, agent, stranger):
    for person in (agent, stranger):
        client.force_login(person)
        assert client.get(page_of(message)).status_code == 404
    own = messages.send_message(
        conversation=message.conversation, author=customer, body="Why?", client_ref=uuid4()
    ).message
    client.force_login(customer)
    assert client.get(page_of(own)).status_code == 404


def test_an_unknown_rule_and_a_flood_of_reports_are_refused(message, customer):
    subject = Subject(
        "message", message.pk, message.conversation.shop_id, None, "member", "x", message.created_at
    )
    with pytest.raises(Invalid):
        reports.report(subject=subject, reporter=customer, policy_code="mood")
    for number in range(reports.REPORTS_A_DAY):
        one = Subject("listing", number, None, None, "member", "x", message.created_at)
        reports.report(subject=one, reporter=customer, policy_code="spam")
    with pytest.raises(RateLimited):
        reports.report(subject=subject, reporter=customer, policy_code="spam")
