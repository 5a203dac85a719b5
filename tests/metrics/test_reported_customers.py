"""A seller reports a customer: what that does to the ledger and to a week that was judged already."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from chat.models import Message, Session
from chat.services.sessions import rebuild_sessions
from compliance import signals
from metrics.models import WeeklyEvaluation
from metrics.services.weeks import evaluate_week
from tests.chat.ledger_rows import store
from tests.factories import ConversationFactory, ShopFactory

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.fixture
def message():
    call_command("sync_policies", verbosity=0)
    conversation = ConversationFactory(shop=ShopFactory(time_zone="UTC"))
    first = store(conversation, 0, "customer", "You thieves!")
    for minute in range(4):
        store(conversation, 1 + minute / 60, "customer", "Answer me!")
    rebuild_sessions(conversation)
    return first


def announce(signal, message, *, source="report", author_kind="customer", **more):
    signal.send(
        sender=Message,
        case_id=7,
        subject_kind="message",
        subject_id=message.pk,
        shop_id=message.conversation.shop_id,
        conversation_id=message.conversation_id,
        author_kind=author_kind,
        source=source,
        **more,
    )


def settle(message, outcome):
    announce(signals.case_settled, message, outcome=outcome, policy_code="harassment")


def reason():
    session = Session.objects.get()
    return session.reason, session.is_provisional


def test_a_reported_session_is_out_while_the_case_is_open_and_for_good_when_it_is_upheld(message):
    announce(signals.case_opened, message)
    assert reason() == ("customer_abuse_upheld", True)
    settle(message, "upheld")
    assert reason() == ("customer_abuse_upheld", False)


@pytest.mark.parametrize("outcome", ["dismissed", "overturned"])
def test_a_session_counts_again_when_the_case_comes_to_nothing(message, outcome):
    announce(signals.case_opened, message)
    settle(message, outcome)

    assert reason() == ("", False)


def test_a_case_that_a_detector_opened_excludes_nothing_by_itself(message):
    announce(signals.case_opened, message, source="finding")
    announce(signals.case_opened, message, author_kind="member")

    assert reason() == ("", False)


def test_a_judged_week_is_corrected_and_the_old_row_stays(message):
    shop = message.conversation.shop
    first = evaluate_week(shop=shop, monday=date(2026, 3, 2), now=TUESDAY + timedelta(hours=1))
    assert (first.counted, first.missed) == (1, 1)

    settle(message, "upheld")
    settle(message, "upheld")

    second = WeeklyEvaluation.objects.get(revision=2)
    assert (second.counted, second.replaces) == (0, first)
    assert second.difference["counted"] == [1, 0]
    assert WeeklyEvaluation.objects.count() == 2
