"""Automatic replies: which are sent, once, and what they never do to the ledger."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from audit.models import AuditEntry
from chat.models import AutoReplySent, Conversation, FaqEntry, Message, Session, ShopSpan
from chat.services import auto_replies, messages
from chat.services.auto_reply_texts import (
    FaqText,
    ReplyText,
    move_faq,
    remove_faq,
    save_auto_reply,
    save_faq,
    switch_off,
)
from chat.services.hours import set_hours, switch_faq_replies
from compliance.models import Case
from core.business_hours import Period
from core.errors import Conflict, DomainError, Invalid
from tests.factories import ConversationFactory

pytestmark = pytest.mark.django_db(transaction=True)
WORKDAY = (Period(9 * 60, 17 * 60),)


@pytest.fixture
def conversation(shop, customer):
    return ConversationFactory(shop=shop, customer=customer)


@pytest.fixture
def faq(shop, owner):
    switch_faq_replies(shop=shop, actor=owner, on=True, now=datetime.now(UTC))
    text = FaqText("How long is shipping?", "Two working days, {customer}.", ("shipping", "delivery"))
    return save_faq(shop=shop, text=text, actor=owner)


def keep(shop, owner, kind="greeting", body="Hello {customer}, this is {shop}.", **more):
    return save_auto_reply(
        shop=shop, actor=owner, text=ReplyText(kind, more.pop("language", ""), body, **more)
    )


def write(conversation, author, body="Is the glaze food safe?"):
    return messages.send_message(
        conversation=conversation, author=author, body=body, client_ref=uuid.uuid4()
    ).message


def automatic(conversation):
    rows = Message.objects.filter(conversation=conversation, author_kind="auto").order_by("seq")
    return [message.body for message in rows]


def test_the_first_message_is_greeted_once_with_the_blanks_filled_in(conversation, shop, owner, customer):
    keep(shop, owner)

    first = write(conversation, customer)
    assert auto_replies.answer_messages([first.pk]) == 1
    second = write(conversation, customer, "And the microwave?")
    assert auto_replies.answer_messages([first.pk, second.pk]) == 0
    assert auto_replies.sweep() == 0

    assert automatic(conversation) == ["Hello Priya, this is Northfield Ceramics."]


def test_the_sweeper_finds_what_the_fast_path_left(conversation, shop, owner, customer):
    keep(shop, owner)
    write(conversation, customer)

    assert auto_replies.sweep() == 1
    assert auto_replies.sweep() == 0


def test_an_automatic_reply_never_answers_in_the_ledger(conversation, shop, owner, customer, faq):
    keep(shop, owner)

    auto_replies.answer_messages([write(conversation, customer, "When is delivery?").pk])

    session = Session.objects.get()
    assert len(automatic(conversation)) == 2
    assert session.answered_at is None
    assert session.deadline is not None
    conversation.refresh_from_db()
    assert conversation.waiting_since is not None


def test_nothing_is_said_when_a_run_dies_half_way_and_all_of_it_in_the_next(
    conversation, shop, owner, customer, faq, monkeypatch
):
    keep(shop, owner)
    message = write(conversation, customer, "shipping?")
    real = messages.store_alone
    calls = []

    def dies_at_the_second(draft):
        calls.append(draft)
        if len(calls) == 2:
            raise Invalid("killed")
        return real(draft)

    monkeypatch.setattr(messages, "store_alone", dies_at_the_second)
    assert auto_replies.answer_messages([message.pk]) == 0
    assert automatic(conversation) == []
    monkeypatch.undo()
    assert auto_replies.sweep() == 2
    assert len(automatic(conversation)) == 2


def test_outside_hours_the_away_text_promises_in_the_customers_clock(conversation, shop, owner, customer):
    """Chicago is on summer time since 8 March, London not yet: Monday 09:00 there is 14:00 here."""
    customer.time_zone = "Europe/London"
    customer.save()
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC)):
        set_hours(
            shop=shop,
            actor=owner,
            time_zone="America/Chicago",
            weekly=[WORKDAY] * 5 + [()] * 2,
            exceptions={},
            now=datetime.now(UTC),
        )
    keep(shop, owner, "away", "We open {opens} and answer by {answer_by}.")
    keep(shop, owner, "greeting", "Hello!")
    message = write(conversation, customer)
    saturday = datetime(2026, 3, 14, 20, tzinfo=UTC)
    Message.objects.update(created_at=saturday)
    with time_machine.travel(saturday + timedelta(seconds=1)):
        auto_replies.answer_messages([message.pk])

    assert automatic(conversation) == ["We open Mon 16 Mar, 14:00 and answer by Tue 17 Mar, 14:00."]


def test_in_holiday_mode_only_the_holiday_text_is_sent(conversation, shop, owner, customer):
    now = datetime.now(UTC)
    ShopSpan.objects.create(
        shop=shop, kind="holiday_mode", starts_at=now, ends_at=now + timedelta(days=3), set_at=now
    )
    keep(shop, owner, "holiday", "Back on {back}.")
    keep(shop, owner, "greeting", "Hello!")

    auto_replies.answer_messages([write(conversation, customer).pk])

    assert len(automatic(conversation)) == 1
    assert automatic(conversation)[0].startswith("Back on ")


def test_the_text_in_the_customers_language_is_preferred(conversation, shop, owner, customer):
    keep(shop, owner, "greeting", "Hello!")
    keep(shop, owner, "greeting", "¡Hola!", language="es")
    customer.language = "es"
    customer.save()

    auto_replies.answer_messages([write(conversation, customer).pk])

    assert automatic(conversation) == ["¡Hola!"]


def test_a_text_is_sent_only_between_its_times(conversation, shop, owner, customer):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    keep(shop, owner, "greeting", "Hello!", enabled_from=tomorrow)

    auto_replies.answer_messages([write(conversation, customer).pk])

    assert automatic(conversation) == []


def test_while_a_person_of_the_shop_is_there_nothing_is_automatic(
    conversation, shop, owner, agent, customer, faq
):
    keep(shop, owner)
    write(conversation, agent, "Hello, your parcel left today.")

    auto_replies.answer_messages([write(conversation, customer, "shipping?").pk])

    assert automatic(conversation) == []


@pytest.mark.parametrize("change", ["platform", "spam", "closed", "old", "withheld"])
def test_who_is_not_served_by_the_shop_gets_no_automatic_reply(conversation, shop, owner, customer, change):
    keep(shop, owner)
    message = write(conversation, customer)
    if change == "platform":
        Conversation.objects.update(handled_by="platform")
    elif change == "spam":
        Conversation.objects.update(status="spam")
    elif change == "closed":
        type(shop).objects.update(status="closed")
    elif change == "old":
        Message.objects.update(created_at=datetime.now(UTC) - timedelta(minutes=16))
    else:
        Message.objects.update(state="withheld")

    auto_replies.answer_messages([message.pk])

    assert automatic(conversation) == []


def test_automatic_replies_of_two_shops_cannot_talk_to_each_other(conversation, shop, owner, customer):
    keep(shop, owner)
    message = write(conversation, customer)
    for _ in range(3):
        auto_replies.answer_messages([message.pk, *Message.objects.values_list("pk", flat=True)])

    assert len(automatic(conversation)) == 1


def test_a_keyword_is_answered_once_in_a_session_as_a_reply_to_the_question(conversation, customer, faq):
    message = write(conversation, customer, "How long is shiping to Oslo?")
    auto_replies.answer_messages([message.pk])
    auto_replies.answer_messages([write(conversation, customer, "and shipping to Bergen?").pk])

    assert automatic(conversation) == ["Two working days, Priya."]
    assert Message.objects.get(author_kind="auto").reply_to_id == message.pk
    assert AutoReplySent.objects.get().faq == faq


def test_switched_off_faq_replies_answer_nothing_and_offer_no_buttons(
    conversation, shop, owner, customer, faq
):
    switch_faq_replies(shop=shop, actor=owner, on=False, now=datetime.now(UTC))

    auto_replies.answer_messages([write(conversation, customer, "shipping?").pk])

    assert automatic(conversation) == []
    assert auto_replies.buttons_for(conversation, customer=customer) == []


def test_a_button_sends_the_question_and_its_answer_together_and_only_once(conversation, customer, faq):
    reference = uuid.uuid4()
    for _ in range(2):
        auto_replies.ask(conversation=conversation, customer=customer, faq_id=faq.pk, client_ref=reference)

    assert list(Message.objects.order_by("seq").values_list("author_kind", "body")) == [
        ("customer", "How long is shipping?"),
        ("auto", "Two working days, Priya."),
    ]
    assert auto_replies.buttons_for(conversation, customer=customer) == []


def test_solved_by_an_faq_reply_takes_the_session_out_of_the_rate(conversation, customer, faq):
    auto_replies.ask(conversation=conversation, customer=customer, faq_id=faq.pk, client_ref=uuid.uuid4())
    for expected in (True, False):
        assert (
            auto_replies.settle_answer(conversation=conversation, customer=customer, is_solved=True)
            is expected
        )

    session = Session.objects.get()
    conversation.refresh_from_db()
    assert session.reason == "bot_only"
    assert conversation.due_at is None
    assert conversation.status == "resolved"
    write(conversation, customer, "One more thing: is it dishwasher safe?")
    assert Session.objects.order_by("-first_seq").first().reason == ""


def test_an_answer_that_did_not_help_leaves_the_clock_running(conversation, customer, faq):
    auto_replies.ask(conversation=conversation, customer=customer, faq_id=faq.pk, client_ref=uuid.uuid4())

    assert auto_replies.settle_answer(conversation=conversation, customer=customer, is_solved=False)

    assert Session.objects.get().reason == ""
    assert auto_replies.open_answer(conversation) is None


def test_once_a_person_has_answered_nobody_is_asked_whether_the_faq_helped(
    conversation, agent, customer, faq
):
    auto_replies.ask(conversation=conversation, customer=customer, faq_id=faq.pk, client_ref=uuid.uuid4())
    write(conversation, agent, "It leaves today.")

    assert not auto_replies.settle_answer(conversation=conversation, customer=customer, is_solved=True)
    assert Session.objects.get().reason == ""


def test_a_text_against_the_rules_is_refused_or_looked_at(shop, owner, db):
    with pytest.raises(DomainError, match="held back"):
        keep(shop, owner, "greeting", "Pay now or I will find you and break your legs: I know your address.")
    reply = keep(shop, owner, "greeting", "Write to me on WhatsApp +1 909 555 0131.")

    case = Case.objects.get()
    assert (case.subject_kind, case.subject_id, case.shop_id) == ("auto_reply", reply.pk, shop.pk)
    assert AuditEntry.objects.filter(action="shop.auto_reply_saved").count() == 1


def test_a_text_that_a_reviewer_hid_is_sent_no_more(conversation, shop, owner, customer):
    reply = keep(shop, owner)
    switch_off("auto_reply", reply.pk)

    auto_replies.answer_messages([write(conversation, customer).pk])

    assert automatic(conversation) == []


def test_one_text_stands_for_a_type_and_a_language(shop, owner, db):
    keep(shop, owner)
    with pytest.raises(Conflict):
        keep(shop, owner)


def test_questions_keep_their_order_and_their_history(conversation, shop, owner, customer, faq):
    second = save_faq(shop=shop, text=FaqText("Returns?", "Within 30 days.", ("return",)), actor=owner)
    move_faq(shop=shop, faq_id=second.pk, up=True)
    assert list(FaqEntry.objects.order_by("position").values_list("pk", flat=True)) == [second.pk, faq.pk]
    for entry in (faq, second):
        auto_replies.ask(
            conversation=conversation, customer=customer, faq_id=entry.pk, client_ref=uuid.uuid4()
        )
    for entry in (faq, second):
        remove_faq(shop=shop, faq_id=entry.pk, actor=owner)

    assert AutoReplySent.objects.filter(kind="faq", faq=None).count() == 2


def test_a_question_that_nobody_could_ask_is_refused(shop, owner, db):
    with pytest.raises(Invalid, match="keyword or a button"):
        save_faq(shop=shop, text=FaqText("Q?", "A.", (), has_button=False), actor=owner)
