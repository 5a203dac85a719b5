import threading
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import connection

from chat.response_clock import Reason
from chat.services.sessions import exclude_session, rebuild_sessions
from compliance.models import Decision, PointsEntry
from metrics.models import WeeklyEvaluation
from metrics.services import weeks as services
from metrics.services.weeks import evaluate_due_weeks, evaluate_week, revise_week, weeks_due
from tests.chat.ledger_rows import store
from tests.factories import ConversationFactory, ShopFactory

WEEK = date(2026, 3, 2)
TUESDAY = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _policies(db):
    call_command("sync_policies", verbosity=0)


@pytest.fixture
def shop(db):
    return ShopFactory(slug="northfield", time_zone="UTC")


def ask(shop, *, answered, hours=0, messages=1, **more):
    conversation = ConversationFactory(shop=shop, **more)
    for place in range(messages):
        store(conversation, hours + place / 60, "customer")
    if answered:
        store(conversation, hours + 1, "member", "It left today.")
    rebuild_sessions(conversation)
    return conversation


def bad_week(shop, **more):
    for answered in (True, False, False, True, True):
        ask(shop, answered=answered, **more)


def test_a_week_below_the_floor_costs_one_point_and_tells_why(shop):
    bad_week(shop)

    evaluation = evaluate_week(shop=shop, monday=WEEK, now=TUESDAY)

    assert (evaluation.in_time, evaluation.counted, evaluation.missed) == (3, 5, 2)
    assert (evaluation.outcome, evaluation.counted_messages) == ("enforcement", 5)
    assert [line["verdict"] for line in evaluation.sessions].count("missed") == 2
    decision = Decision.objects.get()
    assert decision.pk == evaluation.decision_id
    assert "3 of 5 counted sessions were answered in time" in decision.facts
    assert PointsEntry.objects.get().points == 1


def test_a_warning_costs_nothing(shop):
    ask(shop, answered=False, messages=4)
    ask(shop, answered=True)

    assert evaluate_week(shop=shop, monday=WEEK, now=TUESDAY).outcome == "warning"
    assert Decision.objects.count() == 1
    assert not PointsEntry.objects.filter(points__gt=0).exists()


def test_a_week_that_meets_the_target_has_no_consequence(shop):
    for _ in range(5):
        ask(shop, answered=True)

    assert evaluate_week(shop=shop, monday=WEEK, now=TUESDAY).outcome == "met"
    assert not Decision.objects.exists()


def test_a_week_is_judged_once(shop):
    bad_week(shop)
    first = evaluate_week(shop=shop, monday=WEEK, now=TUESDAY)
    ask(shop, answered=True)

    second = evaluate_week(shop=shop, monday=WEEK, now=TUESDAY + timedelta(days=1))

    assert second == first
    assert (second.in_time, second.counted) == (3, 5)
    assert PointsEntry.objects.count() == 1


def test_nothing_is_judged_before_tuesday(shop):
    bad_week(shop)

    assert evaluate_week(shop=shop, monday=WEEK, now=TUESDAY - timedelta(seconds=1)) is None
    assert evaluate_due_weeks(TUESDAY - timedelta(seconds=1)) == 0
    assert evaluate_due_weeks(TUESDAY) == 1


def test_missed_weeks_are_caught_up_and_each_is_judged_once(shop):
    bad_week(shop)
    bad_week(shop, hours=14 * 24)

    assert weeks_due(shop, TUESDAY + timedelta(weeks=5)) == [WEEK, WEEK + timedelta(weeks=2)]
    assert evaluate_due_weeks(TUESDAY + timedelta(weeks=5)) == 2
    assert evaluate_due_weeks(TUESDAY + timedelta(weeks=5)) == 0


def test_an_import_is_judged_but_has_no_consequence(shop):
    bad_week(shop, origin="import")

    assert evaluate_week(shop=shop, monday=WEEK, now=TUESDAY).outcome == "enforcement"
    assert not Decision.objects.exists()


def test_an_evaluation_that_breaks_off_leaves_nothing_and_is_done_again(shop):
    bad_week(shop)
    with (
        patch.object(services, "record_automatic", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        evaluate_week(shop=shop, monday=WEEK, now=TUESDAY)
    assert not WeeklyEvaluation.objects.exists()

    assert evaluate_due_weeks(TUESDAY) == 1
    assert PointsEntry.objects.count() == 1


def test_one_shop_that_cannot_be_judged_does_not_hold_up_the_others(shop):
    other = ShopFactory(slug="other", time_zone="UTC")
    bad_week(shop)
    bad_week(other)
    whole = services.record_automatic

    def fail_for_one(**decision):
        if decision["shop"] == shop:
            raise ValueError("no policy")
        return whole(**decision)

    with patch.object(services, "record_automatic", side_effect=fail_for_one):
        assert evaluate_due_weeks(TUESDAY) == 1

    assert WeeklyEvaluation.objects.get().shop == other


def test_a_correction_is_a_new_revision_that_shows_the_difference(shop):
    bad_week(shop)
    unanswered = ask(shop, answered=False)
    first = evaluate_week(shop=shop, monday=WEEK, now=TUESDAY)
    exclude_session(conversation=unanswered, seq=1, reason=Reason.DISPUTE_UPHELD, source="dispute:1")

    second = revise_week(evaluation=first, reason="Dispute upheld", now=TUESDAY + timedelta(days=1))

    first.refresh_from_db()
    assert (first.counted, first.missed) == (6, 3)
    assert (second.revision, second.replaces, second.counted, second.missed) == (2, first, 5, 2)
    assert second.difference["counted"] == [6, 5]
    assert second.difference["excluded"] == [{}, {"dispute_upheld": 1}]
    assert PointsEntry.objects.count() == 1


def test_an_overturned_decision_corrects_its_week_once(shop):
    bad_week(shop)
    first = evaluate_week(shop=shop, monday=WEEK, now=TUESDAY)

    corrected = services.overturn_week(decision_id=first.decision_id, now=TUESDAY)

    assert (corrected.outcome, corrected.revision) == ("overturned", 2)
    assert services.overturn_week(decision_id=first.decision_id, now=TUESDAY) is None


@pytest.mark.django_db(transaction=True)
def test_two_evaluations_at_once_judge_a_week_once(shop):
    bad_week(shop)
    gate, found = threading.Barrier(2), []

    def run():
        gate.wait()
        try:
            found.append(evaluate_week(shop=shop, monday=WEEK, now=TUESDAY).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found[0] == found[1]
    assert WeeklyEvaluation.objects.count() == PointsEntry.objects.count() == Decision.objects.count() == 1
