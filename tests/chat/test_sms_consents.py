"""SMS opt-ins: who agreed, by which words, taken back at any time; without one, SMS offers are spam."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.services import erasing
from audit.models import AuditEntry
from chat.models import SmsConsent
from chat.services import consents, messages, scanning
from compliance.models import Finding
from compliance.services.sms_rule import speaks_of_sms
from core.errors import Conflict, Invalid, NotFound
from notifications.models import Notice
from tests.factories import ConversationFactory, OrderFactory, ShopMemberFactory

OFFER = "Next week we will text you our best deals"


@pytest.fixture
def conversation(customer, shop):
    return ConversationFactory(customer=customer, shop=shop)


@pytest.fixture
def manager(shop):
    return ShopMemberFactory(shop=shop, role="manager").user


def spam_in(conversation, agent, body=OFFER):
    sent = messages.send_message(conversation=conversation, author=agent, body=body, client_ref=uuid4())
    scanning.scan_messages([sent.message.pk])
    return list(
        Finding.objects.filter(subject_id=sent.message.pk, policy_code="spam").values_list(
            "detector", flat=True
        )
    )


def test_sms_offers_without_consent_are_spam_and_say_why(conversation, agent):
    assert "sms" in spam_in(conversation, agent)

    assert "has not agreed" in Finding.objects.get(detector="sms").explanation


def test_sms_offers_with_consent_are_none_until_it_is_taken_back(conversation, agent, customer, shop):
    consent = consents.give(shop=shop, customer=customer, words="I agree.")
    assert spam_in(conversation, agent) == []

    consents.revoke(consent=consent, by=customer)

    assert "sms" in spam_in(conversation, agent, body=OFFER + "!")


def test_consent_for_another_shop_is_no_consent(conversation, agent, customer):
    other = ConversationFactory(customer=customer).shop
    consents.give(shop=other, customer=customer, words="I agree.")

    assert "sms" in spam_in(conversation, agent)


@pytest.mark.parametrize(
    "body",
    [
        "The carrier will text you when the parcel is near.",
        "You get a text message with the tracking number from the courier.",
        "We never send offers, do not worry.",
    ],
)
def test_ordinary_talk_of_messages_is_no_spam(conversation, agent, body):
    assert spam_in(conversation, agent, body=body) == []


def test_the_rule_reads_a_bounded_part():
    assert not speaks_of_sms("a" * 100_000 + "sms")


def test_agreeing_twice_is_one_record_and_every_step_is_audited(conversation, customer, shop):
    first = consents.give(shop=shop, customer=customer, words="I agree.")
    assert consents.give(shop=shop, customer=customer, words="I agree.") == first

    consents.revoke(consent=first, by=customer)
    consents.revoke(consent=first, by=customer)

    actions = AuditEntry.objects.filter(action__startswith="sms_consent").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["sms_consent.given", "sms_consent.revoked"]


def test_what_a_shop_records_is_told_to_the_customer_at_once(shop, customer, manager):
    order = OrderFactory(shop=shop, customer=customer)

    consents.record_from_elsewhere(
        shop=shop, order_number=order.number, words="Send me news.", given_at=timezone.now(), by=manager
    )

    assert Notice.objects.get().user == customer
    with pytest.raises(Conflict):
        consents.record_from_elsewhere(
            shop=shop, order_number=order.number, words="Again.", given_at=timezone.now(), by=manager
        )


def test_a_shop_records_only_for_its_own_orders_with_words_and_not_in_the_future(shop, customer, manager):
    foreign = OrderFactory(customer=customer)
    own = OrderFactory(shop=shop, customer=customer)
    now = timezone.now()

    with pytest.raises(NotFound):
        consents.record_from_elsewhere(
            shop=shop, order_number=foreign.number, words="Yes.", given_at=now, by=manager
        )
    with pytest.raises(Invalid):
        consents.record_from_elsewhere(
            shop=shop, order_number=own.number, words=" ", given_at=now, by=manager
        )
    with pytest.raises(Invalid):
        consents.record_from_elsewhere(
            shop=shop, order_number=own.number, words="Yes.", given_at=now + timedelta(days=1), by=manager
        )
    assert not SmsConsent.objects.exists()


def test_customers_agree_and_take_back_on_their_own_page(client, conversation, customer, shop, stranger):
    client.force_login(customer)
    page = reverse("account:sms")
    assert "sends me offers by SMS" in client.get(page).content.decode()

    client.post(reverse("account:sms_agree", args=[shop.slug]))
    consent = SmsConsent.objects.get()
    assert shop.name in consent.words

    client.force_login(stranger)
    assert client.post(reverse("account:sms_take_back", args=[consent.pk])).status_code == 404
    client.force_login(customer)
    client.post(reverse("account:sms_take_back", args=[consent.pk]))
    consent.refresh_from_db()
    assert consent.revoked_by == customer


def test_the_shops_page_records_and_shows_and_agents_only_read(client, shop, customer, manager, agent):
    order = OrderFactory(shop=shop, customer=customer)
    page = reverse("seller:sms", args=[shop.slug])
    data = {"order_number": order.number, "given_on": "2026-01-05", "words": "Send me news."}
    client.force_login(agent)
    assert client.post(page, data).status_code in (403, 404)
    assert client.get(page).status_code == 200

    client.force_login(manager)
    assert client.post(page, data).status_code == 302
    assert "Send me news." in client.get(page).content.decode()
    client.post(reverse("seller:sms_revoke", args=[shop.slug, SmsConsent.objects.get().pk]))
    assert SmsConsent.objects.get().revoked_by == manager


def test_an_erased_person_gets_no_sms_and_their_words_are_gone(conversation, agent, customer, manager, shop):
    order = OrderFactory(shop=shop, customer=customer, status="delivered")
    consents.revoke(consent=consents.give(shop=shop, customer=customer, words="Yes."), by=customer)
    consents.record_from_elsewhere(
        shop=shop,
        order_number=order.number,
        words="Text me at +1 212 555 0123.",
        given_at=timezone.now() - timedelta(days=3),
        by=manager,
    )

    erasing.ask_erasure(user=customer, at_once=True)
    assert erasing.erase_due() == 1

    kept = SmsConsent.objects.filter(customer=customer)
    assert kept.count() == 2  # That and when it was given stays.
    assert all(row.revoked_at is not None and row.words == "" for row in kept)
    assert "sms" in spam_in(conversation, agent)
    with pytest.raises(NotFound):
        consents.record_from_elsewhere(
            shop=shop, order_number=order.number, words="Yes.", given_at=timezone.now(), by=manager
        )
