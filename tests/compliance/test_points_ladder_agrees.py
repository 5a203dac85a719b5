"""The ladder against a second, slow way of counting that shares no code with it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from compliance.definitions import Entry, balance, measures_that_stand, replay
from tests.compliance.test_points_ladder import EXPIRY, SCHEME

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ledgers = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from([1, 2, 3, 4, 6, 8, 12, 24, 48])), max_size=14
)


def entries(ledger):
    return [
        Entry(number, points, START + day * DAY, START + day * DAY + EXPIRY)
        for number, (day, points) in enumerate(ledger)
    ]


def slow_balance(ledger, day):
    """Day by day, with whole numbers only: an entry counts on its day and the 89 after it."""
    return sum(points for given_on, points in ledger if 0 <= day - given_on < 90)


@given(ledgers, st.integers(0, 320))
def test_the_balance_of_any_day_is_the_sum_of_what_is_younger_than_ninety_days(ledger, day):
    assert balance(entries(ledger), START + day * DAY) == slow_balance(ledger, day)


@given(ledgers)
def test_every_entry_reaches_exactly_the_highest_milestone_it_passes(ledger):
    in_order = sorted(range(len(ledger)), key=lambda number: (ledger[number][0], number))
    for step in replay(entries(ledger), SCHEME):
        place = in_order.index(step.entry.decision_id)
        earlier = [ledger[number] for number in in_order[:place]]
        before = slow_balance(earlier, ledger[step.entry.decision_id][0])
        after = before + step.entry.points
        passed = [points for points in (12, 24, 36, 48) if before < points <= after]
        warned = [
            points
            for points in (7, 19, 31, 43)
            if before < points <= after and points > max(passed, default=0)
        ]

        assert (step.before, step.after) == (before, after)
        assert (step.milestone.points if step.milestone else None) == (passed[-1] if passed else None)
        assert step.warning == (warned[-1] if warned else None)


@given(ledgers, st.data())
def test_without_an_entry_nothing_of_it_stands_and_no_balance_is_higher(ledger, data):
    if not ledger:
        return
    gone = data.draw(st.integers(0, len(ledger) - 1))
    rest = [entry for entry in entries(ledger) if entry.decision_id != gone]

    assert gone not in {decision for decision, _ in measures_that_stand(replay(rest, SCHEME))}
    for day in range(0, 300, 15):
        assert balance(rest, START + day * DAY) <= balance(entries(ledger), START + day * DAY)
