from datetime import UTC, datetime, timedelta

import pytest

from chat.models import Message, Session, SessionMark
from chat.response_clock import EventKind, Reason
from chat.services import sessions as service
from chat.services.hours import start_holiday_mode
from tests.chat.ledger_rows import MONDAY, store
from tests.factories import ConversationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation():
    return ConversationFactory(customer__display_name="Maria Lopez")


def test_each_message_brings_the_ledger_and_the_countdown_up_to_date(conversation):
    store(conversation, 0, "customer")
    session = service.refresh_sessions(conversation)
    conversation.refresh_from_db()
    assert (session.clock_started_at, conversation.due_at) == (MONDAY, MONDAY + timedelta(days=1))
    assert conversation.waiting_since == MONDAY

    store(conversation, 1, "member", "Hi Maria!")
    assert service.refresh_sessions(conversation).answered_at is None

    store(conversation, 2, "member", "It left today.")
    assert service.refresh_sessions(conversation).answered_seq == 3
    conversation.refresh_from_db()
    assert (conversation.due_at, conversation.waiting_since) == (None, None)
    assert Session.objects.count() == 1


def test_reading_on_gives_the_rows_that_a_rebuild_gives(conversation):
    for hours, who, body in [
        (0, "customer", "Where is it?"),
        (2, "member", "It left today."),
        (30, "customer", "thanks"),
        (150, "member", "New colours are in."),
        (151, "customer", "which ones?"),
        (300, "member", "All of them."),
        (330, "customer", "ok"),
    ]:
        store(conversation, hours, who, body)
        service.refresh_sessions(conversation)
    kept = rows()

    service.rebuild_sessions(conversation)

    assert rows() == kept
    assert [row["reason"] for row in kept] == ["", "", "seller_initiated", "courtesy"]


def rows():
    fields = [field.name for field in Session._meta.fields if field.name != "id"]
    return list(Session.objects.order_by("first_seq").values(*fields))


def test_a_withheld_reply_answers_when_it_is_restored(conversation):
    store(conversation, 0, "customer")
    reply = store(conversation, 1, "member", "call me 555 0142", state=Message.State.WITHHELD)
    assert service.rebuild_sessions(conversation).answered_at is None

    Message.objects.filter(pk=reply.pk).update(state=Message.State.MASKED)

    assert service.rebuild_sessions(conversation).answered_at == MONDAY + timedelta(hours=1)


def test_rows_that_are_no_longer_true_disappear(conversation):
    first = store(conversation, 0, "customer")
    store(conversation, 100, "customer")
    service.rebuild_sessions(conversation)
    assert Session.objects.count() == 2

    Message.objects.filter(pk=first.pk).update(state=Message.State.WITHHELD)
    service.rebuild_sessions(conversation)

    assert Session.objects.get().first_seq == 2


def test_holiday_mode_at_receipt_excludes(conversation, owner):
    start_holiday_mode(
        shop=conversation.shop,
        actor=owner,
        starts_at=MONDAY + timedelta(hours=1),
        ends_at=MONDAY + timedelta(hours=3),
        now=MONDAY,
    )
    store(conversation, 1, "customer")
    assert service.refresh_sessions(conversation).reason == Reason.HOLIDAY_MODE
    store(conversation, 3, "customer")

    assert service.refresh_sessions(conversation).clock_started_at == MONDAY + timedelta(hours=3)


def test_a_conversation_that_the_platform_handles_from_the_start_never_counts(conversation):
    conversation.handled_by = "platform"
    conversation.save()
    store(conversation, 0, "customer")
    store(conversation, 1, "platform", "Parley here.")
    store(conversation, 2, "customer", "ok")

    session = service.rebuild_sessions(conversation)

    assert (session.reason, session.clock_started_at) == (Reason.PLATFORM_HANDLED, None)


def test_a_hand_over_excludes_the_running_session_and_what_follows_until_it_is_handed_back(conversation):
    now = datetime.now(UTC)
    store(conversation, -1, "customer", start=now)
    service.record_event(conversation=conversation, kind=EventKind.HANDED_TO_PLATFORM)
    store(conversation, 1, "customer", start=now)
    assert service.refresh_sessions(conversation).reason == Reason.PLATFORM_HANDLED

    service.record_event(conversation=conversation, kind=EventKind.HANDED_BACK)
    store(conversation, 2, "customer", start=now)
    latest = service.refresh_sessions(conversation)

    assert (latest.reason, latest.first_seq) == ("", 3)
    assert conversation.due_at == latest.deadline


def test_spam_marked_by_the_seller_is_provisional_and_counts_again_when_staff_reject_it(conversation, agent):
    store(conversation, 0, "customer")
    service.refresh_sessions(conversation)

    service.mark_spam(conversation=conversation, actor=agent)
    service.mark_spam(conversation=conversation, actor=agent)
    session = Session.objects.get()
    assert (session.reason, session.is_provisional) == (Reason.SPAM, True)

    service.unmark_spam(conversation=conversation)
    assert Session.objects.get().reason == ""
    assert SessionMark.objects.count() == 1


def test_confirmed_spam_stays_out_and_later_messages_count(conversation, agent):
    store(conversation, 0, "customer")
    service.refresh_sessions(conversation)
    service.mark_spam(conversation=conversation, actor=agent)
    service.confirm_spam(conversation=conversation)
    store(conversation, 1, "customer")

    session = service.refresh_sessions(conversation)

    assert (session.reason, session.clock_started_at) == ("", MONDAY + timedelta(hours=1))


def test_an_exclusion_is_made_once_per_source_confirmed_and_lifted(conversation):
    store(conversation, 0, "customer")
    excluded = {"conversation": conversation, "seq": 1, "reason": Reason.CUSTOMER_ABUSE_UPHELD}
    service.exclude_session(**excluded, source="case:7", is_provisional=True)
    assert Session.objects.get().is_provisional
    service.exclude_session(**excluded, source="case:7")
    session = Session.objects.get()
    assert (session.reason, session.is_provisional) == (Reason.CUSTOMER_ABUSE_UPHELD, False)
    assert session.deadline is not None

    service.lift_exclusion(source="case:7")
    service.lift_exclusion(source="case:7")

    assert Session.objects.get().reason == ""
