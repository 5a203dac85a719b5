"""Rating a chat: when it is offered, once per session, open for a day, shown in sum."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from chat.models import Rating
from chat.selectors.ratings import ratings_of
from chat.services import handling, ratings
from chat.services.messages import send_message
from core.errors import Conflict, Forbidden
from tests.factories import ConversationFactory, UserFactory


@pytest.fixture
def conversation(customer, shop):
    return ConversationFactory(customer=customer, shop=shop)


def talk(conversation, agent, customer):
    for author, body in ((customer, "Is the bowl oven safe?"), (agent, "Yes, up to 220 degrees.")):
        send_message(conversation=conversation, author=author, body=body, client_ref=uuid4())


def rate(conversation, customer, score=4, **rest):
    return ratings.rate(conversation=conversation, customer=customer, session_seq=1, score=score, **rest)


def offered(conversation, **later):
    conversation.refresh_from_db()
    return ratings.offer(conversation, now=timezone.now() + timedelta(**later)).session_seq


def test_it_is_offered_when_the_chat_is_resolved_or_silent_or_unanswered(conversation, customer, agent):
    assert offered(conversation) is None
    talk(conversation, agent, customer)
    assert offered(conversation) is None
    assert offered(conversation, hours=5) == 1
    assert offered(conversation, days=20) is None
    handling.resolve(conversation=conversation, actor=agent)
    assert offered(conversation) == 1

    silent = ConversationFactory()
    send_message(conversation=silent, author=silent.customer, body="Hello, where is it?", client_ref=uuid4())
    assert offered(silent, hours=5) is None
    assert offered(silent, hours=25) == 1


def test_one_rating_per_session_that_may_be_changed_for_a_day(conversation, customer, agent):
    talk(conversation, agent, customer)
    handling.resolve(conversation=conversation, actor=agent)
    conversation.refresh_from_db()
    rate(conversation, customer, 2, tags=["slow"])
    rate(conversation, customer, 5, tags=["quick", "friendly"])

    assert list(Rating.objects.values_list("score", "tags")) == [(5, ["friendly", "quick"])]
    with pytest.raises(Conflict):
        rate(conversation, customer, 1, now=timezone.now() + timedelta(days=1, minutes=1))


def test_nobody_else_rates_and_nothing_is_rated_before_its_end(conversation, customer, agent):
    talk(conversation, agent, customer)

    with pytest.raises(Forbidden):
        rate(conversation, agent)
    with pytest.raises(Conflict):
        rate(conversation, customer)
    assert not Rating.objects.exists()


def test_contact_details_in_the_words_stay_hidden_from_the_shop(shop):
    for score in (5, 4, 3):
        conversation = ConversationFactory(shop=shop, customer=UserFactory())
        Rating.objects.create(
            conversation=conversation, shop=shop, customer=conversation.customer, session_seq=1, score=score,
            tags=["solved"], words="Write to 312", mask_spans=[[9, 12]], is_withheld=score == 4,
            made_at=timezone.now() - timedelta(days=2), changed_at=timezone.now(),
        )  # fmt: skip

    found = ratings_of(shop.pk, now=timezone.now())

    assert (found.count, found.average, found.by_tag) == (3, 4.0, [("Problem solved", 3)])
    assert sorted(found.words) == [(3, "Write to ▒▒▒▒▒"), (5, "Write to ▒▒▒▒▒")]


def test_the_shop_sees_no_sum_of_few_and_none_that_may_still_change(conversation, customer, agent, shop):
    talk(conversation, agent, customer)
    handling.resolve(conversation=conversation, actor=agent)
    conversation.refresh_from_db()
    rate(conversation, customer, 1, words="Rude!")

    assert ratings_of(shop.pk, now=timezone.now()).count == 0
    tomorrow = ratings_of(shop.pk, now=timezone.now() + timedelta(days=1, hours=1))
    assert (tomorrow.count, tomorrow.average, tomorrow.words) == (1, None, [])
