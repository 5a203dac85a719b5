"""Who gets a conversation: by hand with a note, in turn, by load; never twice, never somebody who may not."""

import threading
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from chat.models import Conversation, Desk, LastSeen, Note
from chat.services import assigning
from chat.services.attendance import seen_now
from chat.services.messages import send_message
from core.errors import Forbidden, Invalid
from shops.services import remove_member
from tests.factories import ConversationFactory, ShopMemberFactory

JSON = "application/json"


def waiting(shop, n=1) -> list[Conversation]:
    now = timezone.now()
    return [
        ConversationFactory(
            shop=shop, last_seq=1, last_message_at=now, waiting_since=now, due_at=now + timedelta(hours=24)
        )
        for _ in range(n)
    ]


def takers(shop) -> Counter:
    return Counter(Conversation.objects.filter(shop=shop).values_list("assigned_to", flat=True))


@pytest.fixture
def pair(shop):
    """Two agents at the desk, in order of their ids."""
    people = [ShopMemberFactory(shop=shop).user for _ in range(2)]
    seen_now([person.pk for person in people])
    return people


def test_round_robin_goes_on_where_it_stopped(shop, owner, pair):
    assigning.set_auto_assign(shop=shop, by=owner, how="round_robin")
    waiting(shop, 3)
    assert assigning.assign_waiting() == 3
    assert takers(shop) == {pair[0].pk: 2, pair[1].pk: 1}
    waiting(shop, 1)
    assigning.assign_waiting()
    assert takers(shop) == {pair[0].pk: 2, pair[1].pk: 2}
    assert assigning.assign_waiting() == 0


def test_least_open_evens_out(shop, owner, pair):
    for row in waiting(shop, 2):
        row.assigned_to = pair[0]
        row.save()
    assigning.set_auto_assign(shop=shop, by=owner, how="least_open")
    waiting(shop, 4)
    assigning.assign_waiting()
    assert takers(shop) == {pair[0].pk: 3, pair[1].pk: 3}


def test_analysts_and_people_who_are_away_get_nothing(shop, owner, agent):
    analyst = ShopMemberFactory(shop=shop, role="analyst").user
    seen_now([analyst.pk])
    LastSeen.objects.create(user=agent, seen_at=timezone.now() - timedelta(hours=1))
    assigning.set_auto_assign(shop=shop, by=owner, how="round_robin")
    waiting(shop)
    assert assigning.assign_waiting() == 0
    seen_now([agent.pk])
    assert assigning.assign_waiting() == 1
    assert takers(shop) == {agent.pk: 1}


def test_what_is_off_asleep_closed_or_unasked_stays_where_it_is(shop, owner, pair):
    waiting(shop)
    assert assigning.assign_waiting() == 0
    Conversation.objects.update(snoozed_until=timezone.now() + timedelta(hours=1))
    assigning.set_auto_assign(shop=shop, by=owner, how="round_robin")
    assert assigning.assign_waiting() == 0
    Conversation.objects.update(snoozed_until=None, status="resolved")
    assert assigning.assign_waiting() == 0
    Conversation.objects.update(status="open", waiting_since=None)
    assert assigning.assign_waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_two_runs_beside_each_other_hand_out_each_conversation_once(shop, owner, pair):
    assigning.set_auto_assign(shop=shop, by=owner, how="round_robin")
    waiting(shop, 10)
    handed_out = []

    def run() -> None:
        handed_out.append(assigning.assign_waiting())
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(handed_out) == 10
    assert takers(shop) == {pair[0].pk: 5, pair[1].pk: 5}
    assert set(Conversation.objects.values_list("change_no", flat=True)) == {1}


def test_a_message_is_handed_out_by_the_worker_that_scans_it(shop, owner, customer, pair):
    assigning.set_auto_assign(shop=shop, by=owner, how="round_robin")
    row = ConversationFactory(customer=customer, shop=shop)
    sent = send_message(
        conversation=row, author=customer, body="Is it dishwasher safe?", client_ref=uuid.uuid4()
    )
    assert assigning.assign_after_messages([sent.message.pk]) == 1
    assert assigning.assign_after_messages([sent.message.pk]) == 0


def test_a_hand_over_keeps_its_note_and_shows_it_to_the_receiver(client, shop, owner, agent, customer):
    row = ConversationFactory(customer=customer, shop=shop)
    address = f"/api/v1/conversations/{row.pk}/assign"
    client.force_login(owner)
    answer = client.post(address, {"member": agent.pk, "note": "Knows you from last year."}, JSON).json()
    assert answer["assigned_to"]["id"] == agent.pk
    note = Note.objects.get()
    assert (note.to, note.author) == (agent, owner)
    page = f"/seller/{shop.slug}/messages/{row.pk}/"
    client.force_login(agent)
    assert "handed this to you" in client.get(page).content.decode()
    client.force_login(owner)
    assert "handed this to you" not in client.get(page).content.decode()
    send_message(conversation=row, author=agent, body="Hello again!", client_ref=uuid.uuid4())
    client.force_login(agent)
    assert "handed this to you" not in client.get(page).content.decode()


def test_by_hand_it_goes_to_people_who_may_answer_only(shop, agent, customer, other_agent):
    row = ConversationFactory(customer=customer, shop=shop)
    analyst = ShopMemberFactory(shop=shop, role="analyst").user
    for person in (analyst, other_agent, customer):
        with pytest.raises(Invalid):
            assigning.assign_by_hand(conversation=row, to_id=person.pk, by=agent)
    with pytest.raises(Invalid):
        assigning.assign_by_hand(conversation=row, to_id=None, by=agent, note="For whom?")
    with pytest.raises(Forbidden):
        assigning.set_auto_assign(shop=shop, by=agent, how="off")
    assert not Desk.objects.exists()


def test_who_leaves_the_team_leaves_their_conversations(shop, owner, agent):
    (row,) = waiting(shop)
    assigning.assign_by_hand(conversation=row, to_id=agent.pk, by=owner)
    remove_member(shop=shop, member_id=agent.shop_memberships.get().pk, by=owner)
    row.refresh_from_db()
    assert row.assigned_to is None


def test_the_shops_setting_is_changed_by_managers_over_rest(shop, owner, agent):
    client = Client()
    address = f"/api/v1/shops/{shop.slug}/desk/settings"
    client.force_login(agent)
    assert client.put(address, {"auto_assign": "least_open"}, JSON).status_code == 403
    client.force_login(owner)
    assert client.put(address, {"auto_assign": "least_open"}, JSON).json() == {"auto_assign": "least_open"}
    assert client.put(address, {"auto_assign": "magic"}, JSON).status_code == 400
    client.force_login(agent)
    assert client.get(address).json() == {"auto_assign": "least_open"}
