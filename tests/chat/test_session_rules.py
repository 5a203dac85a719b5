"""The rules of the ledger, one by one, with their boundaries."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chat.response_clock import (
    Author,
    ClockRules,
    ConversationFacts,
    EventFact,
    EventKind,
    ExclusionFact,
    MessageFact,
    Reason,
    Verdict,
    WeekendRule,
    sessions_of,
)
from core.business_hours import Availability

RULES = ClockRules(weekend=WeekendRule(frozenset({5, 6}), 0, 720, needs_faq=True))
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
HOUR, DAY = 3600, 86_400
AWAY = {"availability": Availability.OUTSIDE_HOURS}


def customer(seconds, text="Where is my parcel?", **more):
    return (Author.CUSTOMER, seconds, text, more)


def shop(seconds, text="It left today.", **more):
    return (Author.MEMBER, seconds, text, more)


def ledger(*lines, start=MONDAY, zone="UTC", events=(), exclusions=(), rules=RULES, **names):
    """Sessions of messages given as (author, seconds after the start, text, more)."""
    messages = [
        MessageFact(seq, start + timedelta(seconds=seconds), author, text, **more)
        for seq, (author, seconds, text, more) in enumerate(lines, 1)
    ]
    happened = [
        EventFact(kind, start + timedelta(seconds=seconds), after_seq) for kind, seconds, after_seq in events
    ]
    facts = ConversationFacts(messages, ZoneInfo(zone), happened, exclusions, **names)
    return sessions_of(facts, lambda _: rules)


def verdicts(sessions, at=LATER):
    return [(session.verdict(at), session.reason) for session in sessions]


def test_a_question_and_its_answer_are_one_session_in_time():
    [session] = ledger(customer(0), shop(HOUR), customer(2 * HOUR, "And the lid?"))

    assert session.opened_at == session.clock_started_at == MONDAY
    assert session.deadline == MONDAY + timedelta(seconds=DAY)
    assert session.answered_at == MONDAY + timedelta(hours=1)
    assert session.verdict(LATER) == Verdict.IN_TIME
    assert (session.first_seq, session.last_seq, session.answered_seq) == (1, 3, 2)


@pytest.mark.parametrize(
    "seconds, verdict", [(DAY - 1, "in_time"), (DAY, "in_time"), (DAY + 1, "late"), (259_199, "late")]
)
def test_a_reply_at_the_deadline_is_in_time_and_one_after_it_is_late(seconds, verdict):
    [session] = ledger(customer(0), shop(seconds))

    assert session.verdict(LATER) == verdict


def test_a_session_is_open_up_to_its_deadline_and_missed_after_it():
    [session] = ledger(customer(0))

    assert session.verdict(session.deadline) == Verdict.OPEN
    assert session.verdict(session.deadline + timedelta(microseconds=1)) == Verdict.MISSED


@pytest.mark.parametrize("quiet, sessions", [(DAY - 1, 1), (DAY, 2)])
def test_a_customer_opens_a_new_session_24_hours_after_the_shop_wrote_last(quiet, sessions):
    assert len(ledger(customer(0), shop(HOUR), customer(HOUR + quiet))) == sessions


@pytest.mark.parametrize("quiet, sessions", [(259_199, 1), (259_200, 2)])
def test_a_customer_opens_a_new_session_72_hours_after_they_wrote_last(quiet, sessions):
    found = ledger(customer(0), customer(quiet))

    assert len(found) == sessions
    assert verdicts(found[:1]) == [(Verdict.MISSED, None)]


def test_the_clock_is_not_started_again_by_a_second_question():
    [session] = ledger(customer(0), customer(20 * HOUR), shop(30 * HOUR))

    assert session.clock_started_at == MONDAY
    assert session.verdict(LATER) == Verdict.LATE


def test_a_reply_to_a_session_that_ended_unanswered_belongs_to_it_and_is_late():
    [session] = ledger(customer(0), shop(259_200))

    assert session.verdict(LATER) == Verdict.LATE
    assert session.answered_at == MONDAY + timedelta(seconds=259_200)


def test_a_reply_after_a_greeting_and_a_day_of_silence_still_belongs_to_the_question():
    [session] = ledger(customer(0), shop(HOUR, "Hi!"), shop(HOUR + DAY))

    assert session.verdict(LATER) == Verdict.LATE


def test_a_late_reply_goes_to_the_latest_session_only():
    missed, late = ledger(customer(0), customer(259_200), shop(259_200 + 2 * DAY))

    assert missed.verdict(LATER) == Verdict.MISSED
    assert late.verdict(LATER) == Verdict.LATE


def test_what_the_shop_writes_after_an_answered_session_has_ended_is_its_own_session():
    answered, own = ledger(customer(0), shop(HOUR), shop(HOUR + DAY, "New colours are in."))

    assert answered.verdict(LATER) == Verdict.IN_TIME
    assert (own.reason, own.clock_started_at, own.deadline) == (Reason.SELLER_INITIATED, None, None)


def test_a_session_that_the_shop_opened_lasts_24_hours_whatever_follows():
    own, asked = ledger(shop(0), customer(20 * HOUR), shop(23 * HOUR), customer(DAY - 1), customer(DAY))

    assert (own.reason, own.answered_at) == (Reason.SELLER_INITIATED, None)
    assert asked.opened_at == MONDAY + timedelta(days=1)
    assert asked.verdict(LATER) == Verdict.MISSED


def test_a_ping_a_day_later_opens_the_next_one_and_resolve_does_not_end_it_early():
    sessions = ledger(shop(0), shop(DAY), customer(DAY + 60), events=[(EventKind.RESOLVED, DAY + 30, 2)])

    assert [session.reason for session in sessions] == [Reason.SELLER_INITIATED] * 2


def test_a_withheld_message_does_nothing_and_a_restored_one_counts_at_its_own_time():
    [unanswered] = ledger(customer(0), shop(HOUR, is_delivered=False))
    [answered] = ledger(customer(0), shop(HOUR))

    assert unanswered.verdict(LATER) == Verdict.MISSED
    assert answered.answered_at == MONDAY + timedelta(hours=1)
    assert ledger(customer(0, is_delivered=False)) == []


def test_only_a_person_of_the_shop_answers_or_prolongs():
    [session, second] = ledger(
        customer(0),
        (Author.AUTO, 10, "We answer within a day.", {}),
        (Author.PLATFORM, HOUR, "Parley here, we are looking into it.", {}),
        (Author.SYSTEM, 200_000, "Order shipped.", {}),
        customer(259_200),
    )

    assert session.verdict(LATER) == second.verdict(LATER) == Verdict.MISSED


# Counted messages and reasons


@pytest.mark.parametrize(
    "more, reason",
    [
        (AWAY, Reason.OUTSIDE_HOURS),
        ({"availability": Availability.HOLIDAY_MODE}, Reason.HOLIDAY_MODE),
        ({"is_platform_handled": True, "availability": Availability.HOLIDAY_MODE}, Reason.PLATFORM_HANDLED),
        ({"is_spam": True, "is_platform_handled": True}, Reason.SPAM),
    ],
)
def test_a_session_without_a_counted_message_is_excluded_with_the_reason_of_its_first(more, reason):
    [session] = ledger(customer(0, **more), customer(60, is_spam=True))

    assert verdicts([session]) == [(Verdict.EXCLUDED, reason)]
    assert session.clock_started_at is None
    assert session.deadline is None


def test_the_clock_starts_at_the_first_counted_message():
    [session] = ledger(customer(0, **AWAY), customer(8 * HOUR), shop(8 * HOUR + DAY))

    assert session.opened_at == MONDAY
    assert session.clock_started_at == MONDAY + timedelta(hours=8)
    assert session.verdict(LATER) == Verdict.IN_TIME
    assert session.counted_at == (session.clock_started_at,)


def test_a_meaningful_reply_before_any_counted_message_settles_the_session():
    [session] = ledger(customer(0, **AWAY), shop(HOUR), customer(8 * HOUR))

    assert verdicts([session]) == [(Verdict.EXCLUDED, Reason.OUTSIDE_HOURS)]
    assert session.answered_at == MONDAY + timedelta(hours=1)
    assert session.clock_started_at is None


def test_a_greeting_before_any_counted_message_settles_nothing():
    [session] = ledger(customer(0, **AWAY), shop(HOUR, "Hello!"), customer(8 * HOUR))

    assert session.verdict(LATER) == Verdict.MISSED


def test_a_sellers_spam_mark_is_provisional_until_staff_confirm():
    [marked] = ledger(customer(0, is_spam=True))
    [confirmed] = ledger(customer(0, is_spam=True, is_spam_confirmed=True))

    assert (marked.reason, marked.is_provisional) == (Reason.SPAM, True)
    assert (confirmed.reason, confirmed.is_provisional) == (Reason.SPAM, False)


# What answers


@pytest.mark.parametrize(
    "text, is_answer",
    [
        ("Hi", False),
        ("  HELLO there!!! ", False),
        ("Ｈｉ", False),
        ("Hi, Maria 👋", False),
        ("Hi Maria Lopez!", False),
        ("Maria?", False),
        ("您好", False),
        ("您好！👋", False),
        ("नमस्ते", False),
        ("Buenos días", False),
        ("👍", False),
        ("👍🏽❤️ 1️⃣", False),
        ("…", False),
        ("", False),
        ("hi\u200b", False),
        ("Hi, how can I help?", True),
        ("hi hi", True),
        ("Marian", True),
        ("yes", True),
        ("4", True),
        ("ok", True),
    ],
)
def test_an_answer_is_text_that_is_more_than_a_greeting(text, is_answer):
    [session] = ledger(customer(0), shop(HOUR, text), customer_names=("Maria Lopez", "Maria"))

    assert (session.answered_at is not None) is is_answer


def test_a_name_is_also_found_inside_a_script_without_spaces():
    [session] = ledger(customer(0), shop(HOUR, "王芳您好！"), customer_names=("王芳",))

    assert session.answered_at is None


def test_an_attachment_or_card_answers_without_text():
    [session] = ledger(customer(0), shop(HOUR, "", has_attachment=True))

    assert session.verdict(LATER) == Verdict.IN_TIME


# Courtesy


@pytest.mark.parametrize("days, reason", [(2, Reason.COURTESY), (7, Reason.COURTESY), (7.001, None)])
def test_thanks_within_seven_days_of_a_persons_reply_are_a_courtesy(days, reason):
    _, thanks = ledger(customer(0), shop(0), customer(days * DAY, "Ok, thanks! 😊"))

    assert thanks.reason == reason
    assert (thanks.clock_started_at is None) is (reason is not None)


def test_thanks_followed_by_a_question_count_from_the_thanks():
    _, session = ledger(customer(0), shop(0), customer(2 * DAY, "thanks"), customer(2 * DAY + 60, "the lid?"))

    assert session.reason is None
    assert session.clock_started_at == MONDAY + timedelta(days=2)


def test_thanks_out_of_the_blue_count():
    [session] = ledger(customer(0, "thanks"))

    assert session.verdict(LATER) == Verdict.MISSED


# Resolve, hand-over, FAQ, exclusions by staff


def test_resolve_does_not_close_an_unanswered_session():
    [session] = ledger(customer(0), customer(2 * HOUR), events=[(EventKind.RESOLVED, HOUR, 1)])

    assert session.verdict(LATER) == Verdict.MISSED


def test_resolve_closes_an_answered_session_so_the_next_question_starts_a_clock():
    sessions = ledger(customer(0), shop(60), customer(120), events=[(EventKind.RESOLVED, 90, 2)])

    assert verdicts(sessions) == [(Verdict.IN_TIME, None), (Verdict.MISSED, None)]


def test_resolve_closes_an_excluded_session():
    sessions = ledger(customer(0, **AWAY), customer(120), events=[(EventKind.RESOLVED, 90, 1)])

    assert verdicts(sessions) == [(Verdict.EXCLUDED, Reason.OUTSIDE_HOURS), (Verdict.MISSED, None)]


@pytest.mark.parametrize(
    "seconds, reason", [(DAY - 1, Reason.PLATFORM_HANDLED), (DAY, None), (DAY + 1, None)]
)
def test_a_hand_over_excludes_only_before_the_deadline(seconds, reason):
    [session] = ledger(customer(0), events=[(EventKind.HANDED_TO_PLATFORM, seconds, 1)])

    assert session.reason == reason
    assert session.clock_started_at == MONDAY
    assert session.deadline == MONDAY + timedelta(days=1)


def test_a_hand_over_after_the_answer_changes_nothing():
    [session] = ledger(customer(0), shop(60), events=[(EventKind.HANDED_TO_PLATFORM, 120, 2)])

    assert session.verdict(LATER) == Verdict.IN_TIME


def test_what_is_asked_after_the_platform_handed_back_starts_a_clock():
    sessions = ledger(
        customer(0),
        customer(HOUR, is_platform_handled=True),
        customer(3 * HOUR),
        events=[(EventKind.HANDED_TO_PLATFORM, 60, 1), (EventKind.HANDED_BACK, 2 * HOUR, 2)],
    )

    assert verdicts(sessions) == [(Verdict.EXCLUDED, Reason.PLATFORM_HANDLED), (Verdict.MISSED, None)]


def test_an_faq_reply_that_solved_it_excludes_the_session_while_no_person_wrote():
    solved = (EventKind.FAQ_SOLVED, 60, 2)
    auto = (Author.AUTO, 5, "Parcels take three days.", {})
    [bot_only] = ledger(customer(0), auto, events=[solved])
    [person] = ledger(customer(0), auto, shop(120, "Hi"), events=[solved])

    assert bot_only.reason == Reason.BOT_ONLY
    assert bot_only.clock_started_at == MONDAY
    assert person.verdict(LATER) == Verdict.MISSED


def test_an_upheld_dispute_outranks_all_and_keeps_the_clock():
    [session] = ledger(
        customer(0),
        exclusions=[
            ExclusionFact(1, Reason.CUSTOMER_ABUSE_UPHELD, is_provisional=True),
            ExclusionFact(1, Reason.DISPUTE_UPHELD),
        ],
    )

    assert (session.reason, session.is_provisional) == (Reason.DISPUTE_UPHELD, False)
    assert session.deadline == MONDAY + timedelta(days=1)


# Weekend, daylight saving, leap day, year end


@pytest.mark.parametrize(
    "received, due",
    [
        ("2026-03-06T23:59:59-05:00", "2026-03-07T23:59:59-05:00"),  # Friday: 24 hours.
        ("2026-03-07T00:00:00-05:00", "2026-03-09T12:00:00-04:00"),  # Saturday, clocks change on Sunday.
        ("2026-03-08T23:59:59-04:00", "2026-03-09T12:00:00-04:00"),  # Late on Sunday: less than 24 hours.
        ("2026-03-09T00:00:00-04:00", "2026-03-10T00:00:00-04:00"),  # Monday.
        ("2026-11-01T01:30:00-04:00", "2026-11-02T12:00:00-05:00"),  # Sunday, the first 01:30 of two.
    ],
)
def test_weekend_messages_are_due_on_monday_noon_while_faq_replies_are_on(received, due):
    at = datetime.fromisoformat(received)
    [with_faq] = ledger(customer(0, faq_enabled=True), start=at, zone="America/New_York")
    [without] = ledger(customer(0), start=at, zone="America/New_York")

    assert with_faq.deadline == datetime.fromisoformat(due)
    assert without.deadline == at.astimezone(UTC) + timedelta(days=1)
    assert with_faq.verdict(with_faq.deadline) == Verdict.OPEN


def test_24_hours_are_elapsed_seconds_when_the_clocks_change():
    new_york = ZoneInfo("America/New_York")
    [session] = ledger(customer(0), start=datetime(2026, 3, 7, 12, tzinfo=new_york), zone="America/New_York")

    assert session.deadline == datetime(2026, 3, 8, 13, tzinfo=new_york)


@pytest.mark.parametrize(
    "start", [datetime(2028, 2, 28, 12, tzinfo=UTC), datetime(2026, 12, 31, 12, tzinfo=UTC)]
)
def test_a_leap_day_and_a_year_end_are_ordinary_days(start):
    [session] = ledger(customer(0), shop(DAY), start=start)

    assert session.verdict(LATER) == Verdict.IN_TIME
    assert session.deadline == start + timedelta(seconds=DAY)
