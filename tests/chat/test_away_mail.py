"""E-mail about unread messages: who, when, once, and without the text unless asked for."""

from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone

from chat import presence
from chat.models import NoticeSettings
from chat.services.away_mail import is_quiet, send_unread_mail, stop_by_token, stop_token
from chat.services.blocks import set_mute
from chat.services.conversations import move_receipt
from chat.services.messages import send_message
from notifications.models import Notice
from notifications.selectors import notices_of
from notifications.services import send_waiting_mail
from tests.factories import ConversationFactory


@pytest.fixture(autouse=True)
def nobody_is_there(monkeypatch):
    monkeypatch.setattr(presence, "present", lambda ids: set())


@pytest.fixture
def conversation(customer, agent, shop):
    for person in (customer, agent):
        NoticeSettings.objects.create(user=person, has_quiet_hours=False)
    conversation = ConversationFactory(customer=customer, shop=shop)
    send_message(conversation=conversation, author=agent, body="Your plates are here.", client_ref=uuid4())
    return conversation


def tick(**later) -> int:
    return send_unread_mail(now=timezone.now() + timedelta(**later))


def choose(user, **fields):
    NoticeSettings.objects.filter(user=user).update(**fields)


def test_a_customer_who_is_away_is_told_once_without_the_text(conversation, customer):
    assert tick(minutes=5) == 0
    assert [tick(minutes=11), tick(minutes=12), tick(hours=5)] == [1, 0, 0]

    send_waiting_mail(now=timezone.now() + timedelta(minutes=12))
    [sent] = mail.outbox
    assert sent.to == [customer.email]
    assert "Northfield Ceramics" in sent.subject
    assert "plates" not in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not notices_of(customer.pk).exists()


def test_who_asked_for_it_reads_the_text(conversation, customer):
    choose(customer, shows_text=True)
    tick(minutes=11)

    assert Notice.objects.get().context["lines"][0]["texts"] == ["Your plates are here."]


def test_read_muted_present_or_switched_off_means_no_mail(conversation, customer, agent, monkeypatch):
    choose(customer, mail="off")
    assert tick(hours=1) == 0
    choose(customer, mail="digest")
    set_mute(conversation=conversation, user=customer, is_muted=True)
    assert tick(hours=1) == 0
    set_mute(conversation=conversation, user=customer, is_muted=False)
    with monkeypatch.context() as patch:
        patch.setattr(presence, "present", set)
        assert tick(hours=1) == 0
    move_receipt(conversation=conversation, user=customer, side="customer", read_seq=1)
    assert tick(hours=1) == 0


def test_a_digest_gathers_and_comes_once_an_hour(conversation, customer, agent):
    other = ConversationFactory(customer=customer)
    send_message(
        conversation=other,
        author=None,
        body="A word from Parley.",
        client_ref=uuid4(),
        author_kind="platform",
    )
    assert tick(minutes=11) == 1
    assert len(Notice.objects.get().context["lines"]) == 2
    send_message(conversation=conversation, author=agent, body="And a bowl.", client_ref=uuid4())

    assert [tick(minutes=40), tick(minutes=80)] == [0, 1]


def test_instant_mail_comes_soon_and_one_per_conversation(conversation, customer, agent):
    choose(customer, mail="instant")

    assert [tick(minutes=1), tick(minutes=3)] == [0, 1]
    send_message(conversation=conversation, author=agent, body="And a bowl.", client_ref=uuid4())
    assert tick(minutes=6) == 1


def test_a_question_reaches_the_member_it_is_assigned_to_and_no_analyst(conversation, customer, agent, owner):
    NoticeSettings.objects.create(user=owner, has_quiet_hours=False)
    move_receipt(conversation=conversation, user=customer, side="customer", read_seq=1)
    send_message(conversation=conversation, author=customer, body="And my bowl?", client_ref=uuid4())
    conversation.refresh_from_db()
    conversation.assigned_to = agent
    conversation.save(update_fields=["assigned_to"])

    assert tick(minutes=11) == 1
    assert Notice.objects.get().user == agent


@pytest.mark.parametrize(
    ("hour", "zone", "expected"),
    [
        (23, "UTC", True),
        (6, "UTC", True),
        (7, "UTC", False),
        (21, "UTC", False),
        (23, "America/New_York", False),
    ],
)
def test_quiet_hours_follow_the_persons_own_clock(hour, zone, expected):
    choices = NoticeSettings(quiet_from=time(22), quiet_to=time(7))
    now = datetime(2026, 3, 2, hour, 30 if hour != 7 else 0, tzinfo=ZoneInfo("UTC"))

    assert is_quiet(choices, zone=zone, now=now) is expected


def test_the_signed_link_stops_the_mail_and_a_forged_one_nothing(customer):
    assert stop_by_token(stop_token(customer.pk)[:-2] + "xx") is None
    assert not NoticeSettings.objects.exists()

    assert stop_by_token(stop_token(customer.pk)) == customer
    assert NoticeSettings.objects.get().mail == "off"
