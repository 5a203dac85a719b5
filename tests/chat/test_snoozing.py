"""Snoozing and "no response needed": out of sight, never out of the clock."""

import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import Conversation, Session
from chat.services import handling, snoozing
from chat.services.messages import send_message
from core.errors import Conflict, Invalid
from tests.factories import ConversationFactory


@pytest.fixture
def conversation(customer, shop) -> Conversation:
    row = ConversationFactory(customer=customer, shop=shop)
    write(row, customer, "When does my order ship, please?")
    row.refresh_from_db()
    return row


def write(conversation, author, body) -> None:
    send_message(conversation=conversation, author=author, body=body, client_ref=uuid.uuid4())


def in_an_hour():
    return timezone.now() + timedelta(hours=1)


def test_the_clock_goes_on_and_the_ledger_does_not_move(conversation):
    due, draft = conversation.due_at, Session.objects.get().draft
    snoozing.snooze(conversation=conversation, until=in_an_hour())
    conversation.refresh_from_db()
    assert due is not None
    assert (conversation.due_at, Session.objects.get().draft) == (due, draft)


def test_a_customers_message_wakes_it_and_a_colleagues_does_not(conversation, customer, agent):
    until = in_an_hour()
    snoozing.snooze(conversation=conversation, until=until)
    write(conversation, agent, "I have asked the carrier and come back to you.")
    conversation.refresh_from_db()
    assert conversation.snoozed_until == until
    write(conversation, customer, "Thank you, I wait for the answer then.")
    conversation.refresh_from_db()
    assert conversation.snoozed_until is None


def test_without_beat_the_first_look_at_the_inbox_ends_a_snooze(conversation, agent, shop):
    past = timezone.now() - timedelta(seconds=1)
    Conversation.objects.filter(pk=conversation.pk).update(snoozed_until=past)
    client = Client()
    client.force_login(agent)
    page = client.get(f"/seller/{shop.slug}/messages/").content.decode()
    assert "When does my order ship" in page
    conversation.refresh_from_db()
    assert conversation.snoozed_until is None


@pytest.mark.parametrize("hours", [-1, 0, 366 * 24])
def test_only_a_time_ahead_within_a_year_is_taken(conversation, hours):
    with pytest.raises(Invalid):
        snoozing.snooze(conversation=conversation, until=timezone.now() + timedelta(hours=hours))


def test_what_is_closed_does_not_sleep_and_closing_wakes(conversation, agent):
    snoozing.snooze(conversation=conversation, until=in_an_hour())
    handling.change_status(conversation=conversation, status="resolved", actor=agent)
    conversation.refresh_from_db()
    assert conversation.snoozed_until is None
    with pytest.raises(Conflict):
        snoozing.snooze(conversation=conversation, until=in_an_hour())


def test_no_response_needed_is_a_mark_that_the_next_message_ends(conversation, customer, agent):
    due, draft = conversation.due_at, Session.objects.get().draft
    client = Client()
    client.force_login(agent)
    address = f"/api/v1/conversations/{conversation.pk}"
    marked = client.post(f"{address}/no-answer", {"on": True}, "application/json").json()
    assert marked["desk"]["no_answer_needed"] is True
    conversation.refresh_from_db()
    assert (conversation.due_at, Session.objects.get().draft) == (due, draft)
    write(conversation, customer, "One more thing: do you gift wrap?")
    assert client.get(address).json()["desk"]["no_answer_needed"] is False


def test_presets_and_local_times_are_read_in_the_members_own_zone(client, conversation, agent, shop):
    agent.time_zone = "Asia/Tokyo"
    agent.save(update_fields=["time_zone"])
    client.force_login(agent)
    tomorrow = timezone.now().astimezone(ZoneInfo("Asia/Tokyo")) + timedelta(days=1)
    page = f"/seller/{shop.slug}/messages/{conversation.pk}/snooze/"
    client.post(page, {"until": "at", "at": tomorrow.strftime("%Y-%m-%dT09:00")})
    conversation.refresh_from_db()
    written = conversation.snoozed_until
    client.post(page, {"until": "tomorrow"})
    conversation.refresh_from_db()
    assert written == conversation.snoozed_until
    assert (written.hour, written.minute) == (0, 0)  # 9:00 in Tokyo is midnight in UTC.
    client.post(page, {"until": "now"})
    conversation.refresh_from_db()
    assert conversation.snoozed_until is None
