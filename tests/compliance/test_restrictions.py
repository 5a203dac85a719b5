from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from chat.models import Conversation
from chat.services import messages
from compliance.models import Restriction
from compliance.selectors.standing import is_restricted, running_restrictions
from compliance.services import appeals, enforcement
from core.errors import Conflict, Forbidden
from tests.factories import ConversationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def closing(shop, uphold):
    """A shop that reached 48 points: its closing waits for a second person."""
    for _ in range(4):
        uphold("prohibited_products")
    return Restriction.objects.get(kind="deactivated")


def say(conversation, author, body="Hello"):
    return messages.send_message(conversation=conversation, author=author, body=body, client_ref=uuid4())


def test_twelve_points_close_campaigns_for_thirty_days(shop, uphold):
    decision = uphold("prohibited_products")
    row = Restriction.objects.get()

    assert (row.kind, row.decision, row.milestone) == ("campaigns_closed", decision, 12)
    assert row.ends_at - row.starts_at == timedelta(days=30)
    assert is_restricted(shop.pk, "campaigns_closed", timezone.now())


def test_a_restriction_ends_by_itself_and_is_closed_once(shop, uphold, heard):
    uphold("prohibited_products")
    end = Restriction.objects.get().ends_at

    assert running_restrictions(shop.pk, end - timedelta(seconds=1)) != []
    assert running_restrictions(shop.pk, end) == []
    heard.clear()
    assert enforcement.end_restrictions(now=end) == 1
    assert enforcement.end_restrictions(now=end) == 0
    assert heard == [("restriction_changed", {"shop_id": shop.pk, "kinds": []})]


def test_closing_a_shop_needs_a_second_person(closing, reviewer, second_reviewer):
    assert closing.status == "proposed"
    with pytest.raises(Forbidden):
        enforcement.confirm_closing(restriction_id=closing.pk, by=reviewer, agree=True)

    row = enforcement.confirm_closing(restriction_id=closing.pk, by=second_reviewer, agree=True)

    assert (row.status, row.confirmed_by) == ("in_force", second_reviewer)
    with pytest.raises(Conflict):
        enforcement.confirm_closing(restriction_id=closing.pk, by=second_reviewer, agree=True)


def test_whoever_took_the_decision_cannot_be_the_second_person(shop, second_reviewer, uphold):
    for _ in range(4):
        uphold("prohibited_products", by=second_reviewer)
    row = Restriction.objects.get(kind="deactivated")

    with pytest.raises(Forbidden) as refusal:
        enforcement.confirm_closing(restriction_id=row.pk, by=second_reviewer, agree=True)
    assert refusal.value.code == "same_person"


def test_a_shop_is_closed_thirty_days_after_it_was_told_and_once(shop, closing, second_reviewer):
    enforcement.confirm_closing(restriction_id=closing.pk, by=second_reviewer, agree=True)
    closing.refresh_from_db()

    assert enforcement.begin_closings(now=closing.starts_at - timedelta(seconds=1)) == 0
    assert enforcement.begin_closings(now=closing.starts_at) == 1
    assert enforcement.begin_closings(now=closing.starts_at) == 0
    shop.refresh_from_db()
    assert shop.status == "closed"
    assert closing.starts_at - closing.decision.decided_at == timedelta(days=30)


def test_an_unconfirmed_closing_never_closes_a_shop(shop, closing):
    assert enforcement.begin_closings(now=closing.starts_at + timedelta(days=1)) == 0


def test_an_overturn_opens_a_closed_shop_again(shop, owner, closing, second_reviewer, third_reviewer):
    enforcement.confirm_closing(restriction_id=closing.pk, by=third_reviewer, agree=True)
    closing.refresh_from_db()
    appeal = appeals.lodge(decision_id=closing.decision_id, user=owner, ground="facts", text="No.")
    with time_machine.travel(closing.starts_at + timedelta(hours=1)):
        enforcement.begin_closings()
        appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
        appeals.uphold(appeal_id=appeal.pk, reviewer=second_reviewer, answer="You are right.")

    shop.refresh_from_db()
    closing.refresh_from_db()
    assert (shop.status, closing.status) == ("open", "lifted")


def test_a_shop_limited_to_replies_writes_only_to_who_writes(shop, agent, customer, uphold):
    conversation = ConversationFactory(customer=customer, shop=shop)
    say(conversation, agent)  # before: nothing forbids it
    uphold("fraud")  # 24 points
    with pytest.raises(Forbidden) as refusal:
        say(conversation, agent, "A new offer for you!")
    assert refusal.value.code == "replies_only"

    say(conversation, customer, "Is it in stock?")
    assert say(conversation, agent, "It is.").message.seq == 3
    with time_machine.travel(timezone.now() + timedelta(days=2)), pytest.raises(Forbidden):
        say(conversation, agent, "And a new offer!")


def test_a_late_answer_of_a_limited_shop_is_still_an_answer(shop, agent, customer, uphold):
    conversation = ConversationFactory(customer=customer, shop=shop)
    uphold("fraud")
    say(conversation, customer, "Is it in stock?")

    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert say(conversation, agent, "It is.").message.seq == 2
    assert Conversation.objects.get().last_seq == 2
