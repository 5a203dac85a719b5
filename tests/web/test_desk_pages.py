"""The desk without scripts: views by address, hand-overs, labels, notes, snoozing, what each role sees."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from chat.models import Conversation, ConversationLabel, Desk, Label, Message, Note, Session
from chat.services.labels import save_label
from chat.services.messages import send_message
from tests.factories import ConversationFactory, OrderFactory, OrderLineFactory, ShopMemberFactory

ADDRESS = {
    "name": "Priya Raman",
    "street": "2120 Alder Street",
    "postcode": "97214",
    "city": "Portland",
    "region": "OR",
    "country": "United States",
}


@pytest.fixture
def conversation(customer, shop) -> Conversation:
    order = OrderFactory(shop=shop, customer=customer, ship_to=ADDRESS)
    OrderLineFactory(order=order, product__shop=shop)
    return ConversationFactory(customer=customer, shop=shop, order=order)


def write(conversation, author, body) -> Message:
    return send_message(conversation=conversation, author=author, body=body, client_ref=uuid.uuid4()).message


def page(conversation, name="conversation") -> str:
    return reverse(f"seller:{name}", args=[conversation.shop.slug, conversation.pk])


def test_the_inbox_costs_at_most_six_queries_in_every_view(
    client, shop, owner, agent, django_assert_max_num_queries
):
    label = save_label(shop=shop, by=owner, name="Gift", colour="violet")
    for _ in range(3):
        row = ConversationFactory(shop=shop)
        write(row, row.customer, "When does my parcel come, please?")
        ConversationLabel.objects.create(conversation=row, label=label)
    client.force_login(agent)
    inbox = reverse("seller:messages", args=[shop.slug])
    for query in (
        "",
        *(f"?view={v}" for v in ("mine", "unassigned", "soon", "overdue", "unread", "snoozed")),
        "?view=closed",
        "?view=spam",
        f"?label={label.pk}",
    ):
        with django_assert_max_num_queries(6):
            assert client.get(inbox + query).status_code == 200


def test_every_view_has_an_address_and_says_so_when_it_is_empty(client, shop, agent):
    client.force_login(agent)
    inbox = reverse("seller:messages", args=[shop.slug])
    said = {
        "mine": "Nothing is assigned to you",
        "unassigned": "Everything has somebody",
        "all": "Nobody is waiting",
        "soon": "Nothing is due soon",
        "overdue": "Nothing is overdue",
        "unread": "You have read everything",
        "snoozed": "Nothing is snoozed",
        "closed": "Nothing is closed",
        "spam": "No spam",
        "no-such-view": "Nobody is waiting",
    }
    for view, words in said.items():
        assert words in client.get(f"{inbox}?view={view}").content.decode()
    assert client.get(f"{inbox}?after=nonsense&label=x").status_code == 200


def test_labels_are_made_put_on_and_filtered_by(client, shop, owner, conversation):
    write(conversation, conversation.customer, "The bowl came broken, what now?")
    client.force_login(owner)
    settings = reverse("seller:desk", args=[shop.slug])
    assert client.post(settings, {"name": "Damaged", "colour": "red"}).status_code == 302
    assert client.post(settings, {"name": "damaged", "colour": "blue"}).status_code == 400
    label = Label.objects.get()
    client.post(reverse("seller:put_labels", args=[shop.slug, conversation.pk]), {"label": label.pk})
    inbox = reverse("seller:messages", args=[shop.slug])
    assert "The bowl came broken" in client.get(f"{inbox}?label={label.pk}").content.decode()
    client.post(reverse("seller:put_labels", args=[shop.slug, conversation.pk]), {})
    assert "The bowl came broken" not in client.get(f"{inbox}?label={label.pk}").content.decode()
    client.post(reverse("seller:label", args=[shop.slug, label.pk]), {"name": "Broken", "colour": "amber"})
    assert Label.objects.get().name == "Broken"
    client.post(reverse("seller:label_remove", args=[shop.slug, label.pk]))
    assert not Label.objects.exists()


def test_an_agent_changes_no_settings(client, shop, agent):
    client.force_login(agent)
    assert client.get(reverse("seller:desk", args=[shop.slug])).status_code == 200
    for name, data in (
        ("desk", {"name": "X", "colour": "red"}),
        ("auto_assign", {"auto_assign": "least_open"}),
    ):
        assert client.post(reverse(f"seller:{name}", args=[shop.slug]), data).status_code == 403
    assert not Label.objects.exists()
    assert not Desk.objects.exists()


def test_notes_are_written_changed_and_deleted_by_forms(client, agent, owner, conversation):
    client.force_login(agent)
    client.post(page(conversation, "note"), {"body": "Bin 4"})
    note = Note.objects.get()
    assert "Keep the note" in client.get(f"{page(conversation)}?note={note.pk}").content.decode()
    client.post(page(conversation, "note"), {"body": "Bin 5", "note": note.pk})
    note.refresh_from_db()
    assert (note.body, note.edited_at is not None) == ("Bin 5", True)
    remove = reverse("seller:note_remove", args=[conversation.shop.slug, conversation.pk, note.pk])
    client.force_login(owner)
    assert client.post(remove).status_code == 403
    client.force_login(agent)
    assert client.post(remove).status_code == 302
    assert not Note.objects.exists()


def test_an_answer_that_crosses_a_colleagues_is_shown_before_it_goes(
    client, customer, agent, owner, conversation
):
    asked = write(conversation, customer, "Is a single mug possible?")
    write(conversation, owner, "It is, we send one.")
    client.force_login(agent)
    form = {"body": "No, only sets.", "client_ref": str(uuid.uuid4()), "seen_seq": asked.seq}
    held = client.post(page(conversation), form)
    assert held.status_code == 409
    shown = held.content.decode()
    assert "has answered since you began" in shown
    assert "No, only sets." in shown
    assert Message.objects.filter(author=agent).count() == 0
    assert client.post(page(conversation), form | {"is_sure": "1"}).status_code == 302
    assert client.post(page(conversation), form).status_code == 302  # Sent once more: stored once.
    assert Message.objects.filter(author=agent).count() == 1


def test_what_the_side_bar_says_depends_on_the_role(client, shop, owner, agent, conversation):
    analyst = ShopMemberFactory(shop=shop, role="analyst").user
    seen = {}
    for person in (owner, agent, analyst):
        client.force_login(person)
        text = client.get(page(conversation)).content.decode()
        seen[person] = text[text.index('id="side"') :]
    assert "customer@example.com" not in "".join(seen.values())
    assert "2120 Alder Street" in seen[owner]
    assert "c•••@e•••.com" in seen[owner]
    assert "2120 Alder Street" not in seen[agent]
    assert "97••• Portland" in seen[agent]
    assert "Portland" not in seen[analyst]
    assert "United States" in seen[analyst]
    assert "@" not in seen[analyst].split("chat-snapshot")[0]
    assert "$18" not in seen[analyst]


def test_no_response_needed_leads_to_a_dispute_filled_in_beforehand(client, customer, agent, conversation):
    write(conversation, customer, "I only wanted to say that it arrived, nothing else!")
    client.force_login(agent)
    client.post(page(conversation, "no_answer"), {"on": "1"})
    text = client.get(page(conversation)).content.decode()
    session = Session.objects.get()
    assert "Dispute it" in text
    assert f"conversation={conversation.pk}&amp;session={session.first_seq}" in text


def test_owners_see_what_members_did_and_agents_do_not(client, shop, owner, agent, customer, conversation):
    write(conversation, customer, "When does my parcel come, please?")
    write(conversation, agent, "It comes tomorrow morning with Meridian Post.")
    address = reverse("seller:team_activity", args=[shop.slug])
    client.force_login(agent)
    assert client.get(address).status_code == 403
    client.get(page(conversation))
    client.force_login(owner)
    lines = {member.user: activity for member, activity in client.get(address).context["lines"]}
    assert (lines[agent].messages, lines[agent].answered, lines[owner].messages) == (1, 1, 0)
    assert lines[agent].seen_at is not None
    assert lines[owner].seen_at is None


def test_forms_of_the_desk_are_closed_to_customers_and_other_shops(customer, other_agent, conversation):
    client = Client()
    for person in (customer, other_agent):
        client.force_login(person)
        for name in ("snooze", "no_answer", "put_labels", "note", "assign", "status"):
            assert client.post(page(conversation, name), {}).status_code == 404
