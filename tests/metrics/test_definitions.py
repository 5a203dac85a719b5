from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chat.response_clock import Reason, Verdict
from metrics.definitions import (
    Counts,
    JudgingRules,
    MinimumUnit,
    Outcome,
    Week,
    counts_of,
    days_up_to,
    forecast_of,
    judging_rules_from,
    median_of,
    monday_of_label,
    outcome_of,
    percent,
    week_of,
)

NEW_YORK = ZoneInfo("America/New_York")
US = JudgingRules(Fraction(90, 100), Fraction(85, 100))


def judged(in_time, failing, *, messages=5, rules=US, thirty_days=None):
    counts = Counts(in_time=in_time, missed=failing)
    return outcome_of(counts, counted_messages=messages, rules=rules, thirty_days=thirty_days)


def test_a_week_runs_from_monday_to_monday_in_its_zone():
    week = week_of(datetime(2026, 3, 2, 4, 59, tzinfo=UTC), NEW_YORK)

    assert week.monday == date(2026, 2, 23)  # It is still Sunday in New York.
    assert week.ends_at == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert week.ends_at not in week
    assert week.starts_at in week
    assert week.label == "2026-W09"


def test_a_week_in_which_the_clocks_change_has_167_or_169_hours():
    assert week_hours(date(2026, 3, 2)) == 167
    assert week_hours(date(2026, 10, 26)) == 169


def week_hours(monday):
    week = Week(monday, NEW_YORK)
    return (week.ends_at - week.starts_at) / timedelta(hours=1)


@pytest.mark.parametrize(
    "label, monday",
    [("2026-W10", date(2026, 3, 2)), ("2026-W53", date(2026, 12, 28)), ("2025-W01", date(2024, 12, 30))],
)
def test_a_week_has_its_iso_label(label, monday):
    assert monday_of_label(label) == monday
    assert Week(monday, NEW_YORK).label == label


@pytest.mark.parametrize("label", ["2026-10", "2026-W54", "2025-W53", "W10", "2026-W1", ""])
def test_a_week_that_does_not_exist_is_refused(label):
    with pytest.raises(ValueError):
        monday_of_label(label)


def test_the_evaluation_is_on_the_first_tuesday_by_which_all_deadlines_have_passed():
    week = Week(date(2026, 3, 2), NEW_YORK)
    tuesday = datetime(2026, 3, 10, tzinfo=NEW_YORK)

    assert week.evaluated_from(None) == tuesday
    assert week.evaluated_from(datetime(2026, 3, 9, 23, 59, 59, tzinfo=NEW_YORK)) == tuesday
    assert week.evaluated_from(tuesday) == datetime(2026, 3, 17, tzinfo=NEW_YORK)


def test_thirty_days_end_with_the_day_named():
    start, end = days_up_to(date(2026, 3, 8), days=30, zone=NEW_YORK)

    assert start == datetime(2026, 2, 7, tzinfo=NEW_YORK)
    assert end == datetime(2026, 3, 9, tzinfo=NEW_YORK)


def test_counts_add_up_and_only_ripe_counted_sessions_make_the_rate():
    counts = counts_of(
        [
            (Verdict.IN_TIME, None),
            (Verdict.IN_TIME, None),
            (Verdict.LATE, None),
            (Verdict.MISSED, None),
            (Verdict.OPEN, None),
            (Verdict.EXCLUDED, Reason.SPAM),
            (Verdict.EXCLUDED, Reason.SPAM),
        ]
    )

    assert (counts.rate, counts.counted, counts.failing, counts.total) == (Fraction(1, 2), 4, 2, 7)
    assert counts.excluded == {"spam": 2}


@pytest.mark.parametrize(
    "in_time, failing, outcome",
    [
        (9, 1, "met"),  # Exactly 90 %.
        (899, 101, "warning"),  # 89.9 %.
        (17, 3, "warning"),  # Exactly 85 %.
        (16, 3, "enforcement"),
        (0, 2, "enforcement"),
        (0, 1, "warning"),  # One failing session alone is never enough.
        (4, 1, "warning"),
        (0, 0, "not_evaluated"),
    ],
)
def test_a_week_is_judged_by_exact_fractions(in_time, failing, outcome):
    assert judged(in_time, failing) == outcome


def test_a_week_with_fewer_than_five_counted_messages_is_not_evaluated():
    assert judged(0, 4, messages=4) == Outcome.NOT_EVALUATED
    assert judged(0, 4, messages=5) == Outcome.ENFORCEMENT


def test_the_minimum_may_be_set_in_sessions():
    rules = JudgingRules(Fraction(9, 10), Fraction(17, 20), minimum_unit=MinimumUnit.SESSIONS)

    assert judged(0, 4, messages=50, rules=rules) == Outcome.NOT_EVALUATED
    assert judged(0, 5, messages=0, rules=rules) == Outcome.ENFORCEMENT


def test_a_pack_without_a_floor_only_warns():
    assert judged(0, 10, rules=JudgingRules(Fraction(9, 10), None)) == Outcome.WARNING


def test_a_pack_may_spare_a_shop_whose_thirty_days_meet_the_target():
    rules = JudgingRules(Fraction(9, 10), Fraction(17, 20), spared_by_30_days=True)

    assert judged(0, 2, rules=rules, thirty_days=Counts(in_time=18, missed=2)) == Outcome.WARNING
    assert judged(0, 2, rules=rules, thirty_days=Counts(in_time=17, missed=2)) == Outcome.ENFORCEMENT
    assert judged(0, 2, thirty_days=Counts(in_time=18, missed=2)) == Outcome.ENFORCEMENT


def test_the_forecast_is_that_of_the_guide():
    forecast = forecast_of(Counts(in_time=41, missed=3, open=5), US)

    assert (forecast.misses_left_to_target, forecast.misses_left_to_floor) == (1, 4)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_the_forecast_is_the_largest_number_of_misses_that_keeps_the_target(in_time, failing, running):
    left = forecast_of(Counts(in_time=in_time, missed=failing, open=running), US).misses_left_to_target
    expected = in_time + failing + running
    if expected and left >= 0:
        assert Fraction(expected - failing - left, expected) >= US.target
        assert Fraction(expected - failing - left - 1, expected) < US.target


def test_a_percentage_has_one_decimal_and_is_never_rounded_up_to_a_whole_percent():
    assert percent(Fraction(41, 44)) == "93.2"
    assert percent(Fraction(8996, 10_000)) == "89.9"
    assert percent(Fraction(1)) == "100.0"


def test_the_median_is_the_middle_answer():
    hours = [timedelta(hours=n) for n in (5, 1, 3)]

    assert median_of(hours) == timedelta(hours=3)
    assert median_of([*hours, timedelta(hours=4)]) == timedelta(hours=3, minutes=30)
    assert median_of([]) is None


def test_every_pack_of_the_file_can_be_read():
    path = Path(__file__).parents[2] / "chat" / "rule_packs.yaml"
    rules = {pack["code"]: judging_rules_from(pack["judging"]) for pack in yaml.safe_load(path.read_text())}

    assert rules["us-domestic"] == US
    assert rules["us-cross-border"].target == Fraction(85, 100)
    assert rules["us-cross-border"].evaluation_zone == ZoneInfo("America/Los_Angeles")
    assert (rules["sea-12h"].floor, rules["sea-12h"].gives_points) == (None, False)


@pytest.mark.parametrize(
    "data", [{}, {"target": "9/10", "floor": None, "colour": "red"}, {"target": "x", "floor": None}]
)
def test_judging_rules_with_something_unknown_are_refused(data):
    with pytest.raises(ValueError):
        judging_rules_from(data)
