"""A shop that said something wrong about a product puts it right with everybody who read it, once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from chat.models import Correction, Message
from chat.services import corrections, messages
from chat.services.scanning import subject_of
from compliance.models import Case
from compliance.services.cases import open_case
from compliance.services.decisions import Verdict, decide, undo
from compliance.services.review_queue import claim
from core.errors import Conflict, Invalid
from notifications.models import Notice
from notifications.services import send_waiting_mail
from tests.factories import ConversationFactory, ProductFactory, UserFactory

WRONG = "This board comes with a lifetime warranty."


@pytest.fixture
def conversation(customer, shop):
    product = ProductFactory(shop=shop, title="Walnut board", price_cents=4900, warranty="2 years")
    return ConversationFactory(customer=customer, shop=shop, product=product)


def say(conversation, author, body=WRONG) -> Message:
    return messages.send_message(
        conversation=conversation, author=author, body=body, client_ref=uuid4()
    ).message


def uphold(message, reviewer, policy="misleading_offer"):
    case = Case.objects.filter(subject_kind="message", subject_id=message.pk, status="open").first()
    case = case or open_case(subject=subject_of(message), policy_code=policy, source="report", evidence={})
    claim(case_id=case.pk, reviewer=reviewer)
    verdict = Verdict("uphold", "clear", policy_code=policy, facts="The warranty is 2 years.")
    return decide(case_id=case.pk, reviewer=reviewer, verdict=verdict).decision


def test_an_upheld_wrong_claim_owes_one_correction_to_everybody_who_got_the_words(
    conversation, shop, agent, owner, reviewer
):
    other = ConversationFactory(customer=UserFactory(), shop=shop)
    say(other, agent)
    elsewhere = ConversationFactory(customer=UserFactory(), shop=shop)
    say(elsewhere, agent, "Thank you!")

    decision = uphold(say(conversation, agent), reviewer)

    correction = Correction.objects.get()
    assert correction.decision == decision
    assert set(correction.conversation_ids) == {conversation.pk, other.pk}
    assert Notice.objects.filter(kind="correction_due", user=owner).count() == 1


def test_the_draft_holds_the_facts_of_the_product_page(conversation, agent, reviewer):
    uphold(say(conversation, agent), reviewer)

    text = corrections.suggested_text(Correction.objects.get())

    assert "Walnut board" in text
    assert "49.00 USD" in text
    assert "2 years" in text


def test_it_is_sent_once_to_each_also_when_it_is_interrupted(
    conversation, shop, agent, owner, reviewer, monkeypatch
):
    other = ConversationFactory(customer=UserFactory(), shop=shop)
    say(other, agent)
    uphold(say(conversation, agent), reviewer)
    correction = Correction.objects.get()
    real, calls = corrections.send_message, []

    def once_then_fail(**values):
        calls.append(values)
        if len(calls) == 2:
            raise RuntimeError("the process died")
        return real(**values)

    monkeypatch.setattr(corrections, "send_message", once_then_fail)
    with pytest.raises(RuntimeError):
        corrections.send(correction=correction, text="The warranty is 2 years.", by=owner)
    monkeypatch.setattr(corrections, "send_message", real)
    corrections.send(correction=correction, text="The warranty is 2 years.", by=owner)

    sent = Message.objects.filter(body="The warranty is 2 years.")
    assert sorted(sent.values_list("conversation_id", flat=True)) == sorted([conversation.pk, other.pk])
    with pytest.raises(Conflict):
        corrections.send(correction=correction, text="Again.", by=owner)


def test_an_empty_correction_is_refused(conversation, agent, owner, reviewer):
    uphold(say(conversation, agent), reviewer)

    with pytest.raises(Invalid):
        corrections.send(correction=Correction.objects.get(), text="  ", by=owner)


def test_an_overturned_decision_owes_nothing(conversation, agent, reviewer):
    decision = uphold(say(conversation, agent), reviewer)

    undo(decision_id=decision.pk, reviewer=reviewer)

    assert Correction.objects.get().state == "withdrawn"


def test_other_rules_and_customers_owe_no_correction(conversation, agent, customer, reviewer):
    uphold(say(conversation, agent, "You are a fool."), reviewer, "harassment")
    uphold(say(conversation, customer, "You are a fool."), reviewer, "harassment")

    assert not Correction.objects.exists()


def test_the_shop_sends_it_from_the_violation_and_a_stranger_cannot(
    client, conversation, shop, agent, owner, stranger, reviewer
):
    decision = uphold(say(conversation, agent), reviewer)
    page = reverse("seller:violation", args=[shop.slug, decision.pk])
    door = reverse("seller:correct", args=[shop.slug, decision.pk])
    client.force_login(stranger)
    assert client.post(door, {"text": "Hello"}).status_code == 404

    client.force_login(owner)
    assert "Send the correction" in client.get(page).content.decode()
    client.post(door, {"text": "The warranty is 2 years."})

    assert Message.objects.filter(body="The warranty is 2 years.", author=owner).exists()
    assert "Sent to 1 customer" in client.get(page).content.decode()


def test_an_overdue_correction_reminds_the_shop_once(client, conversation, shop, agent, owner, reviewer):
    decision = uphold(say(conversation, agent), reviewer)
    after = timezone.now() + corrections.WITHIN + timedelta(minutes=1)
    assert corrections.remind_overdue() == 0  # Not before its time.

    assert corrections.remind_overdue(now=after) == 1
    assert corrections.remind_overdue(now=after + timedelta(days=3)) == 0

    reminder = Notice.objects.get(kind="correction_overdue", user=owner)
    assert not Notice.objects.filter(kind="correction_overdue", user=agent).exists()
    client.force_login(owner)
    page = client.get(reminder.url).content.decode()
    assert reminder.url == reverse("seller:violation", args=[shop.slug, decision.pk])
    assert "Overdue" in page
    send_waiting_mail(now=after)
    [letter] = [one for one in mail.outbox if "overdue" in one.subject and one.to == [owner.email]]
    assert "owes a customer a correction" in letter.body


def test_nobody_is_reminded_of_what_was_sent_or_is_owed_no_longer(conversation, agent, owner, reviewer):
    after = timezone.now() + corrections.WITHIN + timedelta(minutes=1)
    uphold(say(conversation, agent), reviewer)
    corrections.send(correction=Correction.objects.get(), text="The warranty is 2 years.", by=owner)
    fallen = uphold(say(conversation, agent, "The board has a lifetime warranty!"), reviewer)
    undo(decision_id=fallen.pk, reviewer=reviewer)

    assert corrections.remind_overdue(now=after) == 0
    assert not Notice.objects.filter(kind="correction_overdue").exists()


def test_what_was_asked_for_is_taken_back_when_the_decision_falls(conversation, agent, owner, reviewer):
    decision = uphold(say(conversation, agent), reviewer)

    undo(decision_id=decision.pk, reviewer=reviewer)

    assert Notice.objects.get(kind="correction_due", user=owner).withdrawn_at is not None
