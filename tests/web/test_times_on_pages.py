import datetime as dt
import zoneinfo

import pytest
import time_machine
from django.utils import timezone, translation

from web.templatetags import clock_strip, parley

CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
NOW = dt.datetime(2026, 11, 19, 10, 48, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (dt.datetime(2026, 11, 19, 9, 58), "09:58"),
        (dt.datetime(2026, 11, 18, 23, 59), "Wed"),
        (dt.datetime(2026, 11, 12, 8, 0), "12 Nov"),
        (dt.datetime(2025, 12, 14, 8, 0), "14 Dec 2025"),
    ],
)
def test_a_list_shows_the_shortest_time_that_is_still_clear(moment: dt.datetime, expected: str) -> None:
    with timezone.override(CHICAGO):
        assert parley.short_time(moment.replace(tzinfo=CHICAGO), NOW) == expected


def test_the_same_moment_is_another_day_for_a_reader_in_another_zone() -> None:
    moment = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
    with timezone.override(CHICAGO):
        assert parley.long_time(moment, NOW) == "today, 20:00"
    with timezone.override(zoneinfo.ZoneInfo("Asia/Shanghai")):
        # 10:48 in Chicago is already the 20th in Shanghai.
        assert parley.long_time(moment, NOW) == "today, 10:00"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (20, "under a minute"),
        (40 * 60, "40 min"),
        (74 * 60, "1 h 14 min"),
        (22 * 3600, "22 h"),
        (47 * 3600 + 60, "47 h 1 min"),
        (72 * 3600, "3 days"),
    ],
)
def test_a_length_of_time_has_at_most_two_units(seconds: int, expected: str) -> None:
    assert parley.words_for(seconds) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Ana Ruiz", "AR"), ("Kwame", "KW"), ("", "?"), ("李 雷", "李雷"), ("a@b.example", "AB")],
)
def test_initials_come_from_the_first_and_last_word(name: str, expected: str) -> None:
    assert parley.initials(name) == expected


def test_money_carries_the_sign_of_its_currency() -> None:
    assert parley.money(6800, "USD") == "$68.00"
    assert parley.money(123456, "EUR") == "€1,234.56"
    assert parley.money(990, "CHF") == "9.90 CHF"


def test_a_clock_strip_says_in_words_what_it_draws() -> None:
    received = dt.datetime(2026, 11, 18, 12, 2, tzinfo=CHICAGO)
    strip = clock_strip.Strip(
        received=received,
        now=NOW,
        state="soon",
        deadline=received + dt.timedelta(hours=24),
        closed=[(received.replace(hour=17, minute=30), received.replace(day=19, hour=9, minute=0))],
    )
    with timezone.override(CHICAGO):
        svg = clock_strip.draw(strip, labels=True)
    assert 'aria-label="Received yesterday, 12:02. Due today, 12:02. Not answered yet."' in svg
    assert "url(#h-on)" in svg
    assert "style=" not in svg


def test_an_answer_after_the_deadline_stays_on_the_strip() -> None:
    strip = clock_strip.Strip(
        received=NOW,
        now=NOW + dt.timedelta(hours=30),
        state="late",
        deadline=NOW + dt.timedelta(hours=24),
        answered=NOW + dt.timedelta(hours=29),
    )
    assert strip.at(NOW + dt.timedelta(hours=29)) == 100.0


@pytest.mark.parametrize(
    ("language", "short", "full", "bare"),
    [
        ("en", "Thu 24 Dec, 08:00", "Mon 22 Feb 2027", "22 Feb 2027"),
        ("es", "jue 24 dic, 08:00", "lun 22 feb 2027", "22 feb 2027"),
        ("zh-hans", "12月24日 星期四 08:00", "2027年2月22日 星期一", "2027年2月22日"),
    ],
)
def test_days_are_written_as_the_readers_language_writes_them(
    language: str, short: str, full: str, bare: str
) -> None:
    appeal_until = dt.datetime(2026, 12, 24, 8, 0, tzinfo=CHICAGO)
    points_until = dt.datetime(2027, 2, 22, 8, 0, tzinfo=CHICAGO)
    with timezone.override(CHICAGO), translation.override(language), time_machine.travel(NOW, tick=False):
        assert parley.long_time(appeal_until, NOW) == short
        assert parley.day(points_until) == full
        assert parley.bare_day(points_until) == bare
