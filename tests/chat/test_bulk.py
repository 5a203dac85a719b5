"""Many conversations at once: each for itself, failures by name, and back again."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import BulkStep, Conversation, Session
from chat.services import bulk, handling
from chat.services.labels import save_label
from chat.services.messages import send_message
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tests.factories import ConversationFactory, ShopMemberFactory

JSON = "application/json"


@pytest.fixture
def rows(shop) -> list[Conversation]:
    made = [ConversationFactory(shop=shop) for _ in range(3)]
    for row in made:
        body = "When does my parcel come, please?"
        send_message(conversation=row, author=row.customer, body=body, client_ref=uuid.uuid4())
    return made


def states(rows, *fields):
    return list(
        Conversation.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list(*fields)
    )


def do(shop, by, rows, action, **more) -> bulk.Outcome:
    wish = bulk.Wish(action, **more)
    return bulk.carry_out(shop=shop, by=by, ids=[row.pk for row in rows], wish=wish)


def ledger():
    return list(Session.objects.order_by("pk").values_list("deadline", "reason", "answered_at", "last_seq"))


@pytest.mark.parametrize("action", ["assign", "label", "unlabel", "snooze", "resolve", "spam"])
def test_each_action_is_done_and_taken_back(shop, owner, agent, rows, action):
    label = save_label(shop=shop, by=owner, name="Gift", colour="blue")
    more = {
        "assign": {"member_id": owner.pk},
        "label": {"label_id": label.pk},
        "unlabel": {"label_id": label.pk},
        "snooze": {"until": timezone.now() + timedelta(hours=3)},
    }.get(action, {})
    if action == "unlabel":
        do(shop, agent, rows, "label", label_id=label.pk)
    fields = ("status", "assigned_to", "snoozed_until", "conversation_labels__label", "due_at")
    before, ledger_before = states(rows, *fields), ledger()
    outcome = do(shop, agent, rows, action, **more)
    assert outcome.done == outcome.changed == [row.pk for row in rows]
    assert states(rows, *fields) != before
    undone = bulk.undo(step_id=outcome.step.pk, by=agent)
    assert (len(undone.done), undone.failed) == (3, [])
    assert (states(rows, *fields), ledger()) == (before, ledger_before)
    with pytest.raises(Conflict):
        bulk.undo(step_id=outcome.step.pk, by=agent)


def test_what_fails_is_named_and_the_rest_is_done(shop, agent, rows, other_agent):
    foreign = ConversationFactory(shop=other_agent.shop_memberships.get().shop)
    handling.change_status(conversation=rows[1], status="resolved", actor=agent)
    outcome = do(shop, agent, [*rows, foreign], "snooze", until=timezone.now() + timedelta(hours=1))
    assert outcome.done == [rows[0].pk, rows[2].pk]
    assert [(failure.conversation_id, failure.name) for failure in outcome.failed] == [
        (rows[1].pk, str(rows[1].customer)),
        (foreign.pk, ""),  # Another shop's: not even its customer's name.
    ]


def test_undo_leaves_alone_what_somebody_changed_since(shop, owner, agent, rows):
    outcome = do(shop, agent, rows, "assign", member_id=agent.pk)
    handling.assign(conversation=rows[0], to=owner)
    undone = bulk.undo(step_id=outcome.step.pk, by=agent)
    assert [failure.conversation_id for failure in undone.failed] == [rows[0].pk]
    rows[0].refresh_from_db()
    assert rows[0].assigned_to == owner


def test_only_its_maker_undoes_a_step_and_not_the_next_day(shop, owner, agent, rows):
    outcome = do(shop, agent, rows, "resolve")
    with pytest.raises(NotFound):
        bulk.undo(step_id=outcome.step.pk, by=owner)
    BulkStep.objects.update(created_at=timezone.now() - timedelta(days=1))
    with pytest.raises(Conflict):
        bulk.undo(step_id=outcome.step.pk, by=agent)


def test_an_analyst_and_empty_or_endless_wishes_are_refused(shop, agent, rows):
    with pytest.raises(Forbidden):
        do(shop, ShopMemberFactory(shop=shop, role="analyst").user, rows, "resolve")
    with pytest.raises(Invalid):
        do(shop, agent, [], "resolve")
    with pytest.raises(Invalid):
        do(shop, agent, rows, "explode")
    with pytest.raises(Invalid):
        bulk.carry_out(shop=shop, by=agent, ids=range(1, bulk.MOST + 2), wish=bulk.Wish("resolve"))


def test_over_rest_the_answer_names_what_was_done_and_how_to_undo_it(client, shop, agent, rows):
    client.force_login(agent)
    address = f"/api/v1/shops/{shop.slug}/desk"
    ids = [row.pk for row in rows]
    answer = client.post(f"{address}/bulk", {"action": "resolve", "ids": [*ids, 999_999]}, JSON).json()
    assert (answer["done"], [each["id"] for each in answer["failed"]]) == (ids, [999_999])
    again = client.post(f"{address}/bulk", {"action": "resolve", "ids": ids}, JSON).json()
    assert (again["done"], again["changed"], again["undo"]) == (ids, [], None)
    undone = client.post(f"{address}/undo", {"undo": answer["undo"]}, JSON).json()
    assert undone["done"] == ids
    assert set(states(rows, "status")) == {("open",)}


def test_the_form_takes_all_of_a_view(client, shop, agent, rows):
    client.force_login(agent)
    address = f"/seller/{shop.slug}/messages/many/?view=unassigned&select=1"
    answer = client.post(address, {"everything": "1", "do": f"assign:{agent.pk}"}, follow=True)
    assert "Done for 3 conversations." in answer.content.decode()
    assert set(states(rows, "assigned_to")) == {(agent.pk,)}
    step = BulkStep.objects.get()
    back = client.post(f"/seller/{shop.slug}/messages/many/{step.pk}/undo/", follow=True)
    assert "Undone for 3 conversations." in back.content.decode()
    assert set(states(rows, "assigned_to")) == {(None,)}
