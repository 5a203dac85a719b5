"""The clock against the slow reading of the rules, on invented conversations of every shape."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from chat.response_clock import (
    Author,
    ClockRules,
    ConversationFacts,
    EventFact,
    EventKind,
    MessageFact,
    WeekendRule,
    sessions_of,
)
from core.business_hours import Availability
from tests.chat.slow_ledger import slow_ledger

US_DOMESTIC = ClockRules(weekend=WeekendRule(frozenset({5, 6}), 0, 720, needs_faq=True))
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
# Steps that lie on, just before and just after every boundary of the rules, and ordinary ones.
STEPS = [0, 1, 60, 3600, 43_200, 86_399, 86_400, 86_401, 172_800, 259_199, 259_200, 259_201, 604_800, 604_801]
TEXTS = [
    "hi",
    "Hello!!",
    "👍",
    "ok, thanks",
    "Thank you 😊",
    "where is it?",
    "It ships today.",
    "",
    "…",
    "Ok 1️⃣",
    "好的！",
]


@st.composite
def conversations(draw):
    at, messages, events = START, [], []
    for seq in range(1, draw(st.integers(1, 12)) + 1):
        at += timedelta(seconds=draw(st.sampled_from(STEPS)))
        who = draw(
            st.sampled_from(["customer", "customer", "member", "member", "auto", "platform", "system"])
        )
        messages.append(
            {
                "seq": seq,
                "at": at,
                "who": who,
                "text": draw(st.sampled_from(TEXTS)),
                "file": draw(st.sampled_from([False, False, False, True])),
                "delivered": draw(st.sampled_from([True, True, True, False])),
                "spam": draw(st.sampled_from([False, False, False, True])),
                "platform": draw(st.sampled_from([False, False, False, True])),
                "hours": draw(st.sampled_from(["open", "open", "open", "holiday_mode", "outside_hours"])),
                "faq": draw(st.booleans()),
            }
        )
        if draw(st.integers(0, 3)) == 0:
            events.append({"kind": "resolved", "at": at, "after_seq": seq})
    return messages, events, at + timedelta(seconds=draw(st.sampled_from(STEPS)))


def clock_ledger(messages, events, at, zone):
    facts = ConversationFacts(
        messages=[
            MessageFact(
                seq=message["seq"],
                at=message["at"],
                author=Author(message["who"]),
                text=message["text"],
                has_attachment=message["file"],
                is_delivered=message["delivered"],
                is_spam=message["spam"],
                is_platform_handled=message["platform"],
                availability=Availability(message["hours"]),
                faq_enabled=message["faq"],
            )
            for message in messages
        ],
        events=[EventFact(EventKind(event["kind"]), event["at"], event["after_seq"]) for event in events],
        zone=zone,
    )
    return [
        {
            "opened_at": session.opened_at,
            "clock_started_at": session.clock_started_at,
            "deadline": session.deadline,
            "answered_at": session.answered_at,
            "verdict": session.verdict(at),
            "reason": session.reason,
        }
        for session in sessions_of(facts, lambda _: US_DOMESTIC)
    ]


@settings(max_examples=300, deadline=None)
@given(conversations(), st.sampled_from(["UTC", "America/New_York", "Asia/Shanghai", "America/Los_Angeles"]))
def test_the_clock_gives_the_ledger_of_the_slow_reading(conversation, zone_name):
    messages, events, at = conversation
    zone = ZoneInfo(zone_name)

    assert clock_ledger(messages, events, at, zone) == slow_ledger(messages, at=at, zone=zone, events=events)


@settings(max_examples=300, deadline=None)
@given(conversations(), st.data())
def test_reading_on_from_the_start_of_any_session_gives_the_same_sessions(conversation, data):
    messages, events, _ = conversation
    facts = ConversationFacts(
        [
            MessageFact(m["seq"], m["at"], Author(m["who"]), m["text"], is_delivered=m["delivered"])
            for m in messages
        ],
        ZoneInfo("UTC"),
        [EventFact(EventKind(event["kind"]), event["at"], event["after_seq"]) for event in events],
    )
    whole = sessions_of(facts, lambda _: US_DOMESTIC)
    if not whole:
        return
    place = data.draw(st.integers(0, len(whole) - 1))
    first = whole[place].first_seq
    earlier = [m.at for m in facts.messages if m.seq < first and m.author == "member" and m.is_delivered]

    rest = ConversationFacts(
        [m for m in facts.messages if m.seq >= first],
        facts.zone,
        [event for event in facts.events if event.after_seq >= first],
        last_shop_at=max(earlier, default=None),
    )

    assert sessions_of(rest, lambda _: US_DOMESTIC) == whole[place:]
