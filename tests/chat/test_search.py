"""Search: words, their beginnings, slips of the pen and every script; never what its reader may not see."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from chat.models import Message, SearchWord
from chat.selectors import search as search_selectors
from chat.selectors.search import match, terms_of
from chat.services.messages import send_message
from chat.services.search_words import learn_words
from tests.factories import ConversationFactory


@pytest.fixture
def conversation(customer, shop):
    return ConversationFactory(customer=customer, shop=shop)


def write(conversation, author, *bodies):
    for body in bodies:
        send_message(conversation=conversation, author=author, body=body, client_ref=uuid4())
    learn_words(Message.objects.values_list("pk", "body"))


def results(user, query, path="conversations/search"):
    client = APIClient()
    client.force_authenticate(user)
    return client.get(f"/api/v1/{path}", {"q": query}).data["results"]


def search(user, query, path="conversations/search"):
    return [result["message"]["body"] for result in results(user, query, path)]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("refnd", "Can I have a refund for the cracked bowl?"),
        ("delivary", "When is the delivery?"),
        ("wallnut", "The walnut board has a crack"),
        ("bwol", "One bowl is missing"),
        ("refund", "i want my refnd now"),
        ("crack", "The walnut board was cracked"),
        ("WALNUT Board", "The walnut board has a crack"),
        ("48197-2251", "My order 48197-2251 has not come"),
        ("退款", "我想退款，谢谢"),
        ("退款", "请退款"),
        ("посылка", "Где моя посылка?"),
        ("пасылка", "Где моя посылка?"),
        ("señor", "Gracias, Señor Ruiz"),
    ],
)
def test_a_message_is_found(conversation, customer, agent, stranger, query, body):
    write(conversation, customer, body)

    assert search(agent, query) == [body]
    assert search(customer, query, f"conversations/{conversation.pk}/search") == [body]
    assert search(stranger, query) == []


@pytest.mark.parametrize("query", ["reform", "board walnuts missing", "款退", "481", "xx"])
def test_other_words_are_not_found(conversation, customer, query):
    write(conversation, customer, "A refund for the walnut board, 我想退款 (order 48197)")

    found = search(customer, query)

    assert found == ([] if query != "481" else [Message.objects.get().body])


def test_a_slip_is_found_by_the_vocabulary_beyond_the_newest_messages(conversation, customer, monkeypatch):
    monkeypatch.setattr(search_selectors, "FRESH", 0)
    write(conversation, customer, "Can I have a refund?", "Thanks")

    assert search(customer, "refnd") == ["Can I have a refund?"]
    SearchWord.objects.all().delete()
    assert search(customer, "refnd") == []


def test_a_slip_is_found_before_its_words_are_learnt(conversation, customer):
    write(conversation, customer, "Can I have a refund?")
    SearchWord.objects.all().delete()

    assert search(customer, "refnd") == ["Can I have a refund?"]


def test_exact_words_stand_before_nearly_right_ones_and_the_places_are_named(conversation, customer):
    write(conversation, customer, "A refund, please", "My refnd, the refnd", "And the refund?")

    found = results(customer, "refund")

    assert [(row["message"]["body"], row["spans"]) for row in found] == [
        ("And the refund?", [[8, 14]]),
        ("A refund, please", [[2, 8]]),
        ("My refnd, the refnd", [[3, 8], [14, 19]]),
    ]


def test_places_are_counted_in_code_points():
    assert match("🎁🎁 我要退款", terms_of("退款")).spans == [[5, 7]]


def test_hidden_words_are_found_by_those_who_may_read_them_only(conversation, customer, agent):
    write(conversation, agent, "Text me on +1 212 555 0147 about the walnut board")

    assert search(customer, "walnut") == ["Text me on ▒▒▒▒▒ about the walnut board"]
    assert search(customer, "0147") == []
    assert len(search(agent, "0147")) == 1


def test_a_query_of_marks_only_finds_nothing(conversation, customer):
    write(conversation, customer, "Hello!!")

    assert search(customer, "?!*") == []
    assert search(customer, "' | '") == []
