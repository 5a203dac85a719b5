from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from chat.models import Conversation, Message
from chat.services.messages import send_message
from tests.factories import ConversationFactory
from tests.tickets.conftest import fresh, kinds
from tickets.models import Ticket
from tickets.selectors import desk_thread, public_thread
from tickets.services import chat_thread, conversation


@pytest.fixture
def chat(customer, shop, categories) -> Conversation:
    return ConversationFactory(customer=customer, shop=shop)


def say(chat: Conversation, author, body: str) -> Message:
    return send_message(conversation=chat, author=author, body=body, client_ref=uuid4()).message


def as_user(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def open_ticket(chat: Conversation, who: str = "shop", ref=None) -> Ticket:
    return chat_thread.open_from_chat(
        conversation=chat, customer=chat.customer, submit_ref=ref or uuid4(), handled_by=who
    )


def test_a_chat_with_a_closed_shop_becomes_a_ticket_with_what_was_unanswered(chat, customer, agent):
    say(chat, agent, "Hello, how can I help?")
    say(chat, customer, "My mug is chipped.")
    say(chat, customer, "Can I get a new one?")

    ticket = open_ticket(chat)

    first = ticket.events.get(no=1)
    assert first.body == "My mug is chipped.\nCan I get a new one?"
    assert (fresh(ticket).state, ticket.handled_by) == ("waiting_seller", "shop")
    assert fresh(ticket).answer_due_at is not None
    line = Message.objects.filter(conversation=chat).order_by("-seq").first()
    assert (line.author_kind, ticket.number in line.body) == ("system", True)


def test_pressing_twice_makes_one_ticket_and_one_line(chat, customer):
    say(chat, customer, "Is anybody there?")
    ref = uuid4()

    assert open_ticket(chat, ref=ref) == open_ticket(chat, ref=ref) == open_ticket(chat)
    assert Message.objects.filter(conversation=chat, author_kind="system").count() == 1


def test_the_shops_answer_in_the_chat_answers_the_ticket(chat, customer, agent):
    say(chat, customer, "Is it dishwasher safe?")
    ticket = open_ticket(chat)

    message = say(chat, agent, "Yes, it is safe up to 60 degrees.")

    ticket = fresh(ticket)
    event = ticket.events.get(kind="replied")
    assert (event.author_kind, event.data["message"], event.body) == ("shop", message.pk, "")
    assert (ticket.state, ticket.answer_due_at) == ("open", None)
    assert public_thread(ticket)[-1].body == "Yes, it is safe up to 60 degrees."


def test_chat_ticket_platform_and_back_keep_one_number_and_one_transcript(chat, customer, agent, helper):
    say(chat, customer, "My mug is chipped.")
    ticket = open_ticket(chat)
    assert open_ticket(chat, "platform") == ticket
    chat.refresh_from_db()
    assert chat.handled_by == "platform"
    assert fresh(ticket).state == "open"
    assert fresh(ticket).answer_due_at is not None

    ref = uuid4()
    message = chat_thread.say_in_chat(ticket=fresh(ticket), agent=helper, body="We look.", client_ref=ref)
    assert (
        chat_thread.say_in_chat(ticket=fresh(ticket), agent=helper, body="We look.", client_ref=ref)
        == message
    )
    conversation.reply(ticket=ticket, agent=helper, body="We look.", client_ref=ref)
    assert Message.objects.get(pk=message).author_kind == "platform"

    chat_thread.hand_back_to_shop(ticket=fresh(ticket), agent=helper)
    chat.refresh_from_db()
    assert (chat.handled_by, fresh(ticket).handled_by) == ("shop", "shop")
    say(chat, agent, "A new mug leaves today.")
    say(chat, customer, "Thank you, that settles it for me!")

    thread = [event.body for event in public_thread(fresh(ticket)) if event.body]
    assert thread == [
        "My mug is chipped.",
        "We look.",
        "A new mug leaves today.",
        "Thank you, that settles it for me!",
    ]
    assert Ticket.objects.count() == 1


def test_what_is_withheld_in_the_chat_does_not_reach_the_ticket(chat, customer, agent, helper):
    say(chat, customer, "Where is it?")
    ticket = open_ticket(chat)
    message = say(chat, agent, "It comes tomorrow by van.")
    Message.objects.filter(pk=message.pk).update(state="withheld")

    assert "It comes tomorrow" not in [event.body for event in public_thread(fresh(ticket))]
    assert len(desk_thread(fresh(ticket))) == fresh(ticket).last_event_no


def test_a_chat_without_a_ticket_writes_none(chat, customer, agent):
    say(chat, customer, "Hello?")
    say(chat, agent, "Hello, what would you like to know?")

    assert not Ticket.objects.exists()


def test_the_customer_page_offers_it_and_strangers_cannot(chat, customer, stranger, agent):
    say(chat, customer, "Where is my parcel?")
    page = as_user(customer).get("/help/new/", {"conversation": chat.pk}).content.decode()
    assert "Ask Parley to step in" in page

    sent = as_user(customer).post(f"/help/from-chat/{chat.pk}/", {"who": "platform", "submit_ref": uuid4()})

    ticket = Ticket.objects.get()
    assert sent["Location"] == f"/help/tickets/{ticket.number}/receipt/"
    assert as_user(stranger).post(f"/help/from-chat/{chat.pk}/", {"who": "shop"}).status_code == 404
    assert as_user(agent).post(f"/help/from-chat/{chat.pk}/", {"who": "shop"}).status_code == 404
    assert Client().post(f"/help/from-chat/{chat.pk}/", {"who": "shop"}).status_code == 404


def test_a_customers_message_wakes_a_ticket_that_waits_for_them(chat, customer, helper):
    say(chat, customer, "It is broken.")
    ticket = open_ticket(chat, "platform")
    conversation.reply(ticket=ticket, agent=helper, body="Which one?", then="waiting_customer")
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        say(chat, customer, "The blue one.")

    ticket = fresh(ticket)
    assert (ticket.state, ticket.is_paused) == ("open", False)
    assert ticket.answer_due_at is not None
    assert kinds(ticket)[-1] == "added"
