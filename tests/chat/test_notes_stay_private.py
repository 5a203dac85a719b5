"""Private notes: every door at which a customer could meet one, and who may change them."""

import json
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.signals import user_erased
from chat.models import Conversation, Message, Session
from chat.services import notes
from chat.services.messages import send_message
from core.errors import Forbidden, Invalid, NotFound
from core.realtime import in_db_thread
from tests.chat.test_socket import tab_of, threads_keep_no_connection  # noqa: F401 - a fixture
from tests.factories import ConversationFactory, OrderFactory, ShopMemberFactory

SECRET = "Kiln batch K-114, give in if they insist"
JSON = "application/json"


@pytest.fixture
def conversation(customer, shop) -> Conversation:
    return ConversationFactory(customer=customer, shop=shop)


def write(conversation, author, body) -> Message:
    return send_message(conversation=conversation, author=author, body=body, client_ref=uuid.uuid4()).message


@pytest.mark.django_db(transaction=True)
def test_no_door_of_the_customer_shows_a_note(conversation, customer, agent, reviewer):
    write(conversation, customer, "My mug is broken, what now?")
    before = (
        Session.objects.get().draft,
        Conversation.objects.get().due_at,
        Conversation.objects.get().change_no,
    )
    notes.write_note(conversation=conversation, author=agent, body=SECRET)
    row = Conversation.objects.get()
    assert (Session.objects.get().draft, row.due_at, row.change_no) == before
    assert row.last_preview == "My mug is broken, what now?"
    client = Client()
    pk = conversation.pk
    for person in (customer, reviewer):
        client.force_login(person)
        assert client.get(f"/api/v1/conversations/{pk}/notes").status_code == 404
        for path in (
            f"conversations/{pk}",
            f"conversations/{pk}/messages",
            f"conversations/{pk}/changes?after=0",
            f"conversations/{pk}/search?q=kiln",
            "conversations/search?q=kiln",
            "conversations",
            "sync",
        ):
            answer = client.get(f"/api/v1/{path}")
            assert answer.status_code == 200, path
            assert "K-114" not in json.dumps(answer.json()), path
    client.force_login(customer)
    page = client.get(reverse("customer:chat", args=[pk]))
    assert page.status_code == 200
    assert "K-114" not in page.content.decode()
    assert client.post(f"/api/v1/conversations/{pk}/notes", {"body": "x"}, JSON).status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_a_note_reaches_colleagues_sockets_and_not_the_customers(conversation, customer, agent):
    theirs, ours = await tab_of(customer), await tab_of(agent)
    await in_db_thread(notes.write_note)(conversation=conversation, author=agent, body=SECRET)
    heard = await ours.wait_for("note")
    assert (heard["body"], heard["author"]["name"]) == (SECRET, str(agent))
    # Whatever the customer hears comes after the note was published: the answer to this ping included.
    await in_db_thread(write)(conversation, agent, "A new one is on its way.")
    change = await theirs.next()
    assert change["type"] == "change"
    assert change["data"]["message"]["body"] == "A new one is on its way."
    await ours.close()
    await theirs.close()


def test_the_thread_shows_notes_to_members_in_their_place(client, conversation, customer, agent, shop):
    write(conversation, customer, "First question, long ago?")
    notes.write_note(conversation=conversation, author=agent, body=SECRET)
    write(conversation, customer, "Second question, right now?")
    address = reverse("seller:conversation", args=[shop.slug, conversation.pk])
    for person in (agent, ShopMemberFactory(shop=shop, role="analyst").user):
        client.force_login(person)
        page = client.get(address).content.decode()
        log = page[page.index("data-log") :]
        assert log.index("First question") < log.index("K-114") < log.index("Second question")


def test_only_the_author_changes_or_deletes_a_note(conversation, agent, owner):
    note = notes.write_note(conversation=conversation, author=agent, body="Old words")
    with pytest.raises(Forbidden):
        notes.edit_note(conversation=conversation, note_id=note.pk, by=owner, body="New words")
    with pytest.raises(Forbidden):
        notes.remove_note(conversation=conversation, note_id=note.pk, by=owner)
    changed = notes.edit_note(conversation=conversation, note_id=note.pk, by=agent, body="New words")
    assert (changed.body, changed.edited_at is not None) == ("New words", True)
    notes.remove_note(conversation=conversation, note_id=note.pk, by=agent)
    with pytest.raises(NotFound):
        notes.remove_note(conversation=conversation, note_id=note.pk, by=agent)


@pytest.mark.parametrize("body", ["", "   ", "x" * 4001, "nul \x00"])
def test_a_note_that_cannot_be_kept_is_refused(conversation, agent, body):
    with pytest.raises(Invalid):
        notes.write_note(conversation=conversation, author=agent, body=body)


def test_an_analyst_reads_notes_and_writes_none(client, conversation, agent, shop):
    notes.write_note(conversation=conversation, author=agent, body=SECRET)
    client.force_login(ShopMemberFactory(shop=shop, role="analyst").user)
    address = f"/api/v1/conversations/{conversation.pk}/notes"
    assert client.get(address).json()["notes"][0]["body"] == SECRET
    assert client.post(address, {"body": "x"}, JSON).status_code == 403


def test_notes_about_an_erased_customer_and_the_address_of_their_orders_go(
    conversation, customer, agent, shop
):
    notes.write_note(conversation=conversation, author=agent, body=SECRET)
    order = OrderFactory(shop=shop, customer=customer, ship_to={"street": "2120 Alder Street"})
    user_erased.send(sender=type(customer), user_id=customer.pk)
    order.refresh_from_db()
    assert (conversation.notes.count(), order.ship_to) == (0, {})
