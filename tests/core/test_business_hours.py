from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.business_hours import (
    ALWAYS_OPEN,
    Availability,
    Calendar,
    Hours,
    Period,
    Span,
    always_open,
    instant_of,
    is_open,
    local_midnight_after,
    next_opening,
    open_minutes_a_week,
    open_seconds_between,
)

NEW_YORK = ZoneInfo("America/New_York")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NINE_TO_FIVE = (Period(9 * 60, 17 * 60),)
WORKDAYS = (*([NINE_TO_FIVE] * 5), (), ())


def calendar(weekly=WORKDAYS, zone=NEW_YORK, holiday_modes=(), **rest):
    return Calendar([(LONG_AGO, Hours(zone, weekly, **rest))], tuple(holiday_modes))


def local(*parts, zone=NEW_YORK, fold=0):
    return datetime(*parts, tzinfo=zone, fold=fold)


def test_the_opening_minute_is_open_and_the_closing_minute_is_not():
    shop = calendar()

    assert not is_open(shop, local(2026, 3, 3, 8, 59, 59, 999_999))
    assert is_open(shop, local(2026, 3, 3, 9))
    assert is_open(shop, local(2026, 3, 3, 16, 59, 59, 999_999))
    assert not is_open(shop, local(2026, 3, 3, 17))


def test_a_day_may_have_several_periods():
    shop = calendar(((Period(540, 720), Period(780, 1020)),) * 7)

    assert not is_open(shop, local(2026, 3, 3, 12, 30))
    assert open_seconds_between(shop, local(2026, 3, 3), local(2026, 3, 4)) == 7 * 3600


def test_all_day_every_day_is_never_closed_even_when_the_clocks_change():
    for zone in ("America/New_York", "America/Havana", "Africa/Cairo", "America/Santiago", "Pacific/Apia"):
        shop = always_open(ZoneInfo(zone))
        start = datetime(2011, 12, 1, tzinfo=UTC)
        end = datetime(2013, 1, 1, tzinfo=UTC)
        assert list(shop.open_intervals(start, end)) == [(start, end)]


def test_a_skipped_local_time_moves_forward_by_the_gap():
    # 8 March 2026, New York: 02:00 to 03:00 does not exist, so 02:30 is 03:30 EDT.
    assert instant_of(date(2026, 3, 8), 150, zone=NEW_YORK) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert instant_of(date(2026, 3, 8), 150, zone=NEW_YORK, is_closing=True) == datetime(
        2026, 3, 8, 7, 30, tzinfo=UTC
    )


def test_of_a_time_that_happens_twice_opening_takes_the_first_and_closing_the_second():
    # 1 November 2026, New York: 01:30 is 05:30 UTC and again 06:30 UTC.
    day = date(2026, 11, 1)
    assert instant_of(day, 90, zone=NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert instant_of(day, 90, zone=NEW_YORK, is_closing=True) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    night = calendar(((Period(60, 90),),) * 7)
    assert open_seconds_between(night, local(2026, 11, 1), local(2026, 11, 2)) == 90 * 60


def test_a_period_that_the_clocks_swallow_is_empty():
    # 02:30 becomes 03:30, the closing at 03:00 lies before it.
    night = calendar(((Period(150, 180),),) * 7)

    assert open_seconds_between(night, local(2026, 3, 8), local(2026, 3, 9)) == 0


def test_a_dated_exception_wins_over_a_public_holiday_and_that_over_the_week():
    christmas, new_year = date(2026, 12, 25), date(2027, 1, 1)
    shop = calendar(
        exceptions={christmas: (Period(600, 660),)}, public_holidays=frozenset({christmas, new_year})
    )

    assert is_open(shop, local(2026, 12, 25, 10, 30))
    assert not is_open(shop, local(2026, 12, 25, 11))
    assert not is_open(shop, local(2027, 1, 1, 10, 30))
    assert next_opening(shop, local(2027, 1, 1, 0)) == local(2027, 1, 4, 9)


def test_holiday_mode_overrules_everything_and_is_half_open():
    span = Span(local(2026, 3, 3, 10), local(2026, 3, 4, 10))
    shop = calendar(holiday_modes=[span], exceptions={date(2026, 3, 3): NINE_TO_FIVE})

    assert shop.availability(local(2026, 3, 3, 9, 59)) is Availability.OPEN
    assert shop.availability(local(2026, 3, 3, 10)) is Availability.HOLIDAY_MODE
    assert shop.availability(local(2026, 3, 3, 22)) is Availability.HOLIDAY_MODE
    assert shop.availability(local(2026, 3, 4, 10)) is Availability.OPEN
    assert next_opening(shop, local(2026, 3, 3, 10)) == local(2026, 3, 4, 10)
    assert open_seconds_between(shop, local(2026, 3, 3), local(2026, 3, 5)) == 3600 + 7 * 3600


def test_holiday_mode_without_an_end_never_opens_again():
    shop = calendar(holiday_modes=[Span(local(2026, 3, 3, 10))])

    assert next_opening(shop, local(2026, 3, 3, 11)) is None


def test_new_hours_count_from_their_own_instant_and_change_nothing_before_it():
    night = (Period(0, 360),)
    shop = Calendar(
        [(LONG_AGO, Hours(NEW_YORK, WORKDAYS)), (local(2026, 3, 4), Hours(NEW_YORK, (night,) * 7))]
    )

    assert is_open(shop, local(2026, 3, 3, 12))
    assert not is_open(shop, local(2026, 3, 3, 3))
    assert is_open(shop, local(2026, 3, 4, 3))
    assert not is_open(shop, local(2026, 3, 4, 12))
    assert open_seconds_between(shop, local(2026, 3, 3), local(2026, 3, 5)) == (8 + 6) * 3600


def test_next_opening_is_now_while_open_and_crosses_weekends_and_years():
    shop = calendar()

    assert next_opening(shop, local(2026, 3, 3, 12)) == local(2026, 3, 3, 12)
    assert next_opening(shop, local(2026, 3, 6, 17)) == local(2026, 3, 9, 9)
    assert next_opening(shop, local(2027, 12, 31, 17)) == local(2028, 1, 3, 9)


def test_a_leap_day_has_its_hours():
    shop = calendar()

    assert is_open(shop, local(2028, 2, 29, 12))
    assert open_seconds_between(shop, local(2028, 2, 28), local(2028, 3, 1)) == 16 * 3600


def test_the_year_end_is_an_ordinary_midnight():
    shop = calendar(ALWAYS_OPEN)

    assert open_seconds_between(shop, local(2026, 12, 31, 23, 59, 59), local(2027, 1, 1, 0, 0, 1)) == 2.0


def test_open_minutes_of_a_week_count_an_overlap_once():
    assert open_minutes_a_week(Hours(NEW_YORK, WORKDAYS)) == 5 * 8 * 60
    assert open_minutes_a_week(Hours(NEW_YORK, ((Period(0, 100), Period(50, 120)),) + ((),) * 6)) == 120


def test_local_midnight_after_is_strictly_later_also_where_midnight_is_skipped():
    assert local_midnight_after(local(2026, 3, 3, 23, 59), NEW_YORK) == local(2026, 3, 4)
    assert local_midnight_after(local(2026, 3, 4), NEW_YORK) == local(2026, 3, 5)
    cairo = ZoneInfo("Africa/Cairo")  # 24 April 2026: 00:00 to 01:00 does not exist.
    assert local_midnight_after(local(2026, 4, 23, 23, zone=cairo), cairo) == local(
        2026, 4, 24, 1, zone=cairo
    )


@pytest.mark.parametrize("opens, closes", [(-1, 10), (10, 10), (20, 10), (0, 1441)])
def test_a_period_that_is_none_is_refused(opens, closes):
    with pytest.raises(ValueError, match="not a period"):
        Period(opens, closes)


# The slow reading of the rules: walk through time minute by minute and look at the wall clock.


def walls_of(zone, start, days):
    """Wall-clock minute → the instants at which a clock on the wall shows it, by looking at every minute."""
    shown = {}
    for minute in range(days * 1440):
        at = start + timedelta(minutes=minute)
        shown.setdefault(at.astimezone(zone).replace(tzinfo=None, fold=0), []).append(at)
    return shown


def slow_instant(shown, wall, closing):
    if wall in shown:
        return shown[wall][-1] if closing else shown[wall][0]
    before = after = wall
    while before not in shown:
        before -= timedelta(minutes=1)
    while after not in shown:
        after += timedelta(minutes=1)
    gap = after - before - timedelta(minutes=1)
    return shown[wall + gap][0]


def slow_open_minutes(zone, weekly, exceptions, span, start, days):
    shown = walls_of(zone, start - timedelta(days=3), days + 6)
    is_open_at = set()
    first = (start - timedelta(days=2)).date()
    for offset in range(days + 4):
        day = first + timedelta(days=offset)
        for period in exceptions.get(day, weekly[day.weekday()]):
            midnight = datetime(day.year, day.month, day.day)
            at = slow_instant(shown, midnight + timedelta(minutes=period.opens), False)
            end = slow_instant(shown, midnight + timedelta(minutes=period.closes), True)
            while at < end:
                is_open_at.add(at)
                at += timedelta(minutes=1)
    minutes = [start + timedelta(minutes=minute) for minute in range(days * 1440)]
    return [at for at in minutes if at in is_open_at and not (span[0] <= at < span[1])]


CHANGES = {
    "America/New_York": [date(2026, 3, 7), date(2026, 10, 31), date(2028, 2, 28), date(2026, 12, 31)],
    "Europe/Berlin": [date(2026, 3, 28), date(2026, 10, 24)],
    "Africa/Cairo": [date(2026, 4, 23), date(2026, 10, 29)],
    "America/Havana": [date(2026, 3, 7), date(2026, 10, 31)],
    "Australia/Lord_Howe": [date(2026, 4, 4), date(2026, 10, 3)],
    "Asia/Kathmandu": [date(2026, 6, 1)],
}
periods = st.lists(
    st.tuples(st.integers(0, 47), st.integers(1, 48)).filter(lambda pair: pair[0] < pair[1]), max_size=3
).map(lambda pairs: tuple(sorted(Period(a * 30, b * 30) for a, b in pairs)))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_fast_answers_are_those_of_a_minute_by_minute_walk(data):
    name = data.draw(st.sampled_from(sorted(CHANGES)))
    day = data.draw(st.sampled_from(CHANGES[name]))
    zone = ZoneInfo(name)
    weekly = tuple(data.draw(periods) for _ in range(7))
    exceptions = data.draw(st.dictionaries(st.sampled_from([day, day + timedelta(days=1)]), periods))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=12)
    span_start = start + timedelta(minutes=data.draw(st.integers(0, 3 * 1440)))
    span = (span_start, span_start + timedelta(minutes=data.draw(st.integers(0, 600))))
    shop = Calendar([(LONG_AGO, Hours(zone, weekly, exceptions))], (Span(*span),))

    expected = slow_open_minutes(zone, weekly, exceptions, span, start, 3)

    end = start + timedelta(days=3)
    assert open_seconds_between(shop, start, end) == 60 * len(expected)
    walk = [start + timedelta(minutes=minute) for minute in range(0, 3 * 1440, 7)]
    open_at = set(expected)
    assert [at for at in walk if is_open(shop, at)] == [at for at in walk if at in open_at]
    later = [at for at in expected if at >= walk[100]]
    if later:
        assert next_opening(shop, walk[100]) == later[0]
