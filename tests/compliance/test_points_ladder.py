from datetime import UTC, datetime, timedelta

import pytest

from compliance.definitions import (
    Entry,
    Measure,
    Milestone,
    Scheme,
    balance,
    measures_that_stand,
    replay,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXPIRY = timedelta(seconds=90 * 86_400)
SCHEME = Scheme(
    expiry=EXPIRY,
    warning_before=5,
    first_low_is_lesson=True,
    appeal_windows=(timedelta(days=30), timedelta(days=15)),
    notice=timedelta(days=30),
    milestones=(
        Milestone(12, "Campaigns close", "", (Measure("campaigns_closed", 30),)),
        Milestone(24, "Replies only", "", (Measure("campaigns_closed", 30), Measure("replies_only", 30))),
        Milestone(36, "No new orders", "", (Measure("no_new_orders", 7),)),
        Milestone(48, "Shop closes", "", (Measure("deactivated", None),)),
    ),
)


def entry(decision_id, points, *, day=0):
    starts_at = START + timedelta(days=day)
    return Entry(decision_id, points, starts_at, starts_at + EXPIRY)


def reached(*entries):
    return [
        (step.after, step.milestone.points if step.milestone else None, step.warning)
        for step in replay(entries, SCHEME)
    ]


def test_points_count_for_exactly_ninety_days_of_86400_seconds():
    only = entry(1, 3)

    assert balance([only], START - timedelta(microseconds=1)) == 0
    assert balance([only], START) == 3
    assert balance([only], START + EXPIRY - timedelta(microseconds=1)) == 3
    assert balance([only], START + EXPIRY) == 0


@pytest.mark.parametrize(
    "points,expected",
    [
        ([6], [(6, None, None)]),
        ([7], [(7, None, 7)]),
        ([6, 6], [(6, None, None), (12, 12, None)]),
        ([11, 1], [(11, None, 7), (12, 12, None)]),
        ([12], [(12, 12, None)]),
        ([20], [(20, 12, 19)]),
        ([24], [(24, 24, None)]),
        ([35], [(35, 24, 31)]),
        ([48], [(48, 48, None)]),
        ([10, 50], [(10, None, 7), (60, 48, None)]),
    ],
)
def test_a_jump_reaches_the_highest_milestone_only(points, expected):
    assert reached(*[entry(n, p, day=n) for n, p in enumerate(points)]) == expected


def test_a_milestone_is_reached_again_after_points_expired():
    first, second = entry(1, 12), entry(2, 12, day=90)

    assert reached(first, second) == [(12, 12, None), (12, 12, None)]


def test_an_entry_that_starts_when_another_ends_does_not_add_to_it():
    assert reached(entry(1, 6), entry(2, 6, day=90)) == [(6, None, None), (6, None, None)]


def test_the_order_in_which_entries_are_given_does_not_matter():
    assert reached(entry(2, 6, day=1), entry(1, 6)) == [(6, None, None), (12, 12, None)]


def test_without_the_first_entry_the_replay_reaches_less():
    first, second = entry(1, 12), entry(2, 12, day=1)

    assert measures_that_stand(replay([first, second], SCHEME)) == {
        (1, "campaigns_closed"),
        (2, "campaigns_closed"),
        (2, "replies_only"),
    }
    assert measures_that_stand(replay([second], SCHEME)) == {(2, "campaigns_closed")}
