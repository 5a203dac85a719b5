"""One advert to many customers is found through the database, counted by conversation and never by scan."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from chat.models import Message, MessageScan, Mute, SmsConsent
from chat.services import messages, scanning
from compliance.models import Finding, SentText
from compliance.services import scan_cache
from compliance.services.outreach import forget_old
from compliance.services.policies import sync_policies
from compliance.tasks import forget_sent_texts
from tests.factories import ConversationFactory, UserFactory

ADVERT = "New arrivals and a flash sale in our shop, 30% off all lamps this week!"
NOTICE = "Your parcel was sent this morning, the tracking number is on the order page."


@pytest.fixture
def conversations(shop):
    sync_policies()
    return [ConversationFactory(customer=UserFactory(), shop=shop) for _ in range(7)]


def send(conversation, author, body) -> Message:
    return messages.send_message(
        conversation=conversation, author=author, body=body, client_ref=uuid4()
    ).message


def spoken_to(conversation, *, days):
    """The customer wrote once, the shop answered at once, and that was so many days ago."""
    past = timezone.now() - timedelta(days=days)
    send(conversation, conversation.customer, "does the lamp come with a bulb?")
    agent = conversation.shop.members.first().user
    send(conversation, agent, "it does, with two")
    Message.objects.filter(conversation=conversation).update(created_at=past)


def scan_all():
    MessageScan.objects.update(state="pending", leased_until=None)
    scanning.scan_messages(list(Message.objects.order_by("pk").values_list("pk", flat=True)))


def found():
    """What was found by behaviour; the words alone are other tests' matter."""
    return list(Finding.objects.filter(detector="repeats").values_list("rule", flat=True))


def test_an_advert_to_many_who_had_not_written_is_spam_with_the_figures(conversations, agent):
    for conversation in conversations:
        spoken_to(conversation, days=40)
        send(conversation, agent, f"Hi {conversation.customer.display_name}! {ADVERT}")

    scan_all()

    assert set(found()) == {"fan_out"}
    assert Finding.objects.filter(rule="fan_out").count() == 7
    assert (
        "sent to 7 customers in 1 minute, 7 of whom had not written"
        in Finding.objects.filter(rule="fan_out").first().explanation
    )


def test_scanning_again_after_a_lost_cache_counts_each_customer_once(conversations, agent):
    for conversation in conversations[:4]:
        spoken_to(conversation, days=40)
        send(conversation, agent, ADVERT)
        send(conversation, agent, f"{ADVERT} 🔥")
    for _ in range(3):
        scan_all()
        scan_cache.forget_here()

    assert SentText.objects.count() == 8
    assert "fan_out" not in found()


def test_a_notice_to_many_customers_is_none(conversations, agent):
    for conversation in conversations:
        send(conversation, agent, NOTICE)

    scan_all()

    assert found() == []


def test_a_reply_that_answers_many_customers_is_none(conversations, agent):
    for conversation in conversations:
        send(conversation, conversation.customer, "Hello! Is there a discount on lamps at the moment?")
        send(conversation, agent, ADVERT)

    scan_all()

    assert found() == []


def test_answers_count_among_the_customers_but_not_among_those_who_had_not_written(conversations, agent):
    for conversation in conversations[:2]:
        send(conversation, conversation.customer, "Is there a discount on lamps?")
        send(conversation, agent, ADVERT)
    for conversation in conversations[2:]:
        spoken_to(conversation, days=3)
        send(conversation, agent, ADVERT)

    scan_all()

    assert Finding.objects.filter(rule="fan_out").count() == 5
    assert "7 customers in 1 minute, 5 of whom" in Finding.objects.filter(rule="fan_out").first().explanation


def test_an_answer_that_comes_days_later_in_two_parts_is_an_answer(conversations, agent):
    for conversation in conversations:
        send(conversation, conversation.customer, "Any offers on lamps?")
        Message.objects.filter(conversation=conversation).update(
            created_at=timezone.now() - timedelta(days=3)
        )
        send(conversation, agent, "Sorry for the wait, we were closed.")
        send(conversation, agent, ADVERT)

    scan_all()

    assert found() == []


def test_other_shops_and_other_days_do_not_count(conversations, agent, shop):
    for days, conversation in enumerate(conversations):
        spoken_to(conversation, days=60)
        message = send(conversation, agent, ADVERT)
        Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(days=3 * days))

    scan_all()

    assert "fan_out" not in found()


def test_writing_first_with_an_advert_is_spam_unless_the_customer_agreed(conversations, agent, shop):
    cold, agreed = conversations[:2]
    SmsConsent.objects.create(
        shop=shop,
        customer=agreed.customer,
        words="Offers, please.",
        source="customer",
        given_at=timezone.now(),
    )
    for conversation in (cold, agreed):
        send(conversation, agent, ADVERT)

    scan_all()

    assert found() == ["no_customer_turn"]
    assert Finding.objects.get(detector="repeats").subject_id == cold.messages.get().pk


def test_an_advert_to_who_muted_the_shop_or_took_back_consent_is_spam(conversations, agent, shop):
    muted, withdrawn = conversations[:2]
    for conversation in (muted, withdrawn):
        spoken_to(conversation, days=40)
    Mute.objects.create(conversation=muted, user=muted.customer)
    SmsConsent.objects.create(
        shop=shop, customer=withdrawn.customer, words="Offers, please.", source="customer",
        given_at=timezone.now(), revoked_at=timezone.now(),
    )  # fmt: skip
    for conversation in (muted, withdrawn):
        send(conversation, agent, ADVERT)

    scan_all()

    assert sorted(found()) == ["consent_withdrawn", "muted"]


def test_consent_is_judged_as_of_the_message(conversations, agent, shop):
    given_later, revoked_later, renewed_later = conversations[:3]
    now = timezone.now()

    def consent(conversation, given, revoked=None):
        SmsConsent.objects.create(
            shop=shop,
            customer=conversation.customer,
            words="Offers, please.",
            source="customer",
            given_at=now + timedelta(hours=given),
            revoked_at=None if revoked is None else now + timedelta(hours=revoked),
        )

    consent(given_later, 1)
    consent(revoked_later, -2, 1)
    consent(renewed_later, -2, -1)
    consent(renewed_later, 1)
    sent = [send(conversation, agent, ADVERT) for conversation in conversations[:3]]
    Message.objects.update(created_at=now)

    scan_all()

    rules = Finding.objects.filter(detector="repeats").values_list("subject_id", "rule")
    assert set(rules) == {
        (sent[0].pk, "no_customer_turn"),
        (sent[2].pk, "consent_withdrawn"),
    }


def test_old_fingerprints_are_forgotten_and_made_again_by_a_scan(conversations, agent):
    message = send(conversations[0], agent, ADVERT)
    scan_all()
    SentText.objects.update(sent_at=timezone.now() - timedelta(days=90))

    forget_sent_texts()
    assert not SentText.objects.exists()
    assert forget_old() == 0
    scan_all()

    assert SentText.objects.get().message_id == message.pk
