"""Disputes and spam marks on the shop's and on the reviewers' pages."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chat.models import Session, SessionMark
from chat.services import sessions
from metrics.models import Dispute
from tests.chat.ledger_rows import store
from tests.factories import ConversationFactory, ShopMemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(shop, customer):
    """A question of two days ago that nobody answered."""
    conversation = ConversationFactory(shop=shop, customer=customer)
    store(conversation, 0, "customer", "ok", start=timezone.now() - timedelta(days=2))
    sessions.rebuild_sessions(conversation)
    return conversation


def form_of(client, conversation, user, **query):
    client.force_login(user)
    address = reverse("seller:dispute", args=[conversation.shop.slug])
    return client.get(address, {"conversation": conversation.pk, **query})


def file(client, conversation, user, **more):
    client.force_login(user)
    data = {"conversation": conversation.pk, "session": 1, "reason": "no_answer_needed", **more}
    return client.post(reverse("seller:dispute", args=[conversation.shop.slug]), data)


def test_the_form_is_prefilled_from_the_address_and_leads_to_the_disputes_page(client, conversation, agent):
    shown = form_of(client, conversation, agent, session="1", reason="spam").content.decode()
    checked = [line for line in shown.split("<") if "checked" in line]
    assert len(checked) == 1
    assert 'value="spam"' in checked[0]
    assert f'name="conversation" value="{conversation.pk}"' in shown

    filed = file(client, conversation, agent)
    dispute = Dispute.objects.get()
    page = reverse("seller:dispute_page", args=[conversation.shop.slug, dispute.reference])
    assert filed.headers["Location"] == page
    assert "Waits for an answer" in client.get(page).content.decode()
    assert form_of(client, conversation, agent).headers["Location"] == page
    assert file(client, conversation, agent).headers["Location"] == page
    assert Dispute.objects.count() == 1


def test_the_ledger_links_to_the_form_and_shows_the_state(client, conversation, agent, reviewer):
    client.force_login(agent)
    address = reverse("seller:performance", args=[conversation.shop.slug])
    offered = client.get(address, {"period": "30"}).content.decode()
    assert f"?conversation={conversation.pk}&amp;session=1" in offered
    file(client, conversation, agent)
    assert "Disputed" in client.get(address, {"period": "30"}).content.decode()


def test_an_error_keeps_what_was_written(client, conversation, agent):
    refused = file(client, conversation, agent, reason="other", evidence="")

    assert refused.status_code == 400
    assert "This reason needs your words" in refused.content.decode()


@pytest.mark.parametrize("query", [{"conversation": "x"}, {"conversation": "999999"}, {}])
def test_an_address_without_a_session_is_not_found(client, conversation, agent, query):
    client.force_login(agent)
    address = reverse("seller:dispute", args=[conversation.shop.slug])
    assert client.get(address, query).status_code == 404


def test_a_shop_takes_its_dispute_back(client, conversation, agent):
    file(client, conversation, agent)
    reference = Dispute.objects.get().reference
    client.post(reverse("seller:dispute_withdraw", args=[conversation.shop.slug, reference]))

    assert Dispute.objects.get().status == "withdrawn"


def test_a_reviewer_reads_the_chat_and_answers(client, conversation, agent, reviewer):
    file(client, conversation, agent)
    reference = Dispute.objects.get().reference
    client.force_login(reviewer)
    assert reference in client.get(reverse("console:disputes")).content.decode()
    desk = reverse("console:dispute", args=[reference])
    assert "no_answer_needed" not in client.get(desk).content.decode()

    answer = reverse("console:answer_dispute", args=[reference])
    assert client.post(answer, {"act": "uphold", "answer": ""}).status_code == 422
    assert client.post(answer, {"act": "uphold", "answer": "Only “ok”."}).status_code == 302

    assert Session.objects.get().reason == "dispute_upheld"
    assert client.post(answer, {"act": "reject", "answer": "No."}).status_code == 409
    client.force_login(agent)
    page = reverse("seller:dispute_page", args=[conversation.shop.slug, reference])
    assert "Only “ok”." in client.get(page).content.decode()
    assert reference in client.get(reverse("seller:disputes", args=[conversation.shop.slug])).content.decode()


def test_a_reviewer_settles_spam_marks(client, conversation, agent, reviewer):
    sessions.mark_spam(conversation=conversation, actor=agent)
    mark = SessionMark.objects.get()
    client.force_login(reviewer)
    assert "This shop marked 1 so far" in client.get(reverse("console:spam_marks")).content.decode()
    settle = reverse("console:settle_spam_mark", args=[mark.pk])
    client.post(settle, {"act": "reject", "answer": ""})
    assert Session.objects.get().reason == "spam"
    client.post(settle, {"act": "reject", "answer": "A question."})

    assert Session.objects.get().reason == ""


def test_nobody_else_opens_these_pages(client, conversation, agent, customer, other_agent, shop):
    file(client, conversation, agent)
    reference = Dispute.objects.get().reference
    for person in (agent, customer):
        client.force_login(person)
        for address in (reverse("console:disputes"), reverse("console:spam_marks")):
            assert client.get(address).status_code == 403
        assert client.get(reverse("console:dispute", args=[reference])).status_code == 403
    for person in (customer, other_agent):
        client.force_login(person)
        assert client.get(reverse("seller:dispute_page", args=[shop.slug, reference])).status_code == 404
        assert client.get(reverse("seller:disputes", args=[shop.slug])).status_code == 404
    analyst = ShopMemberFactory(shop=shop, role="analyst").user
    client.force_login(analyst)
    withdraw = reverse("seller:dispute_withdraw", args=[shop.slug, reference])
    client.post(withdraw)
    assert Dispute.objects.get().status == "open"
