from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from chat.response_clock import (
    Author,
    ConversationFacts,
    MessageFact,
    Reason,
    Verdict,
    sessions_of,
)
from chat.services.rule_packs import clock_rules_from

PACKS = {
    pack["code"]: clock_rules_from(pack["clock"])
    for pack in yaml.safe_load((Path(__file__).parents[2] / "chat" / "rule_packs.yaml").read_text())
}
MANILA = ZoneInfo("Asia/Manila")


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def session_under(code, *messages):
    facts = ConversationFacts(
        [
            MessageFact(seq, at(when), Author(who), text, **more)
            for seq, (when, who, text, more) in enumerate(messages, 1)
        ],
        MANILA,
    )
    return sessions_of(facts, lambda _: PACKS[code])


def test_the_file_holds_every_pack_of_the_table():
    assert set(PACKS) == {
        "us-domestic",
        "us-cross-border",
        "sea-12h",
        "etsy-like",
        "lazada-like",
        "walmart-like",
    }


@pytest.mark.parametrize(
    "code, received, due",
    [
        ("us-domestic", "2026-03-02T10:00+08:00", "2026-03-03T10:00+08:00"),
        ("sea-12h", "2026-03-02T10:00+08:00", "2026-03-02T22:00+08:00"),
        ("walmart-like", "2026-03-02T10:00+08:00", "2026-03-04T10:00+08:00"),
        ("lazada-like", "2026-03-02T17:59+08:00", "2026-03-02T19:00+08:00"),
        ("lazada-like", "2026-03-02T18:00+08:00", "2026-03-03T19:00+08:00"),
    ],
)
def test_each_pack_has_its_own_deadline(code, received, due):
    [session] = session_under(code, (received, "customer", "is it in stock?", {}))

    assert session.deadline == at(due)


def test_only_the_first_message_of_a_thread_counts_under_the_etsy_like_pack():
    [session] = session_under(
        "etsy-like",
        ("2026-03-02T10:00+08:00", "customer", "is it in stock?", {}),
        ("2026-03-02T11:00+08:00", "member", "Hi", {}),
        ("2026-06-02T11:00+08:00", "customer", "and the blue one?", {}),
    )

    assert session.verdict(at("2026-07-01T00:00+08:00")) == Verdict.IN_TIME


def test_public_holidays_are_excluded_where_the_pack_says_so():
    holiday = ("2026-03-02T10:00+08:00", "customer", "is it in stock?", {"is_public_holiday": True})

    assert session_under("lazada-like", holiday)[0].reason == Reason.PUBLIC_HOLIDAY
    assert session_under("walmart-like", holiday)[0].reason is None


@pytest.mark.parametrize(
    "data",
    [
        {"windows_s": 1},
        {"weekend": {"days": [5]}},
        {"message_reasons": ["weather"]},
        {"daily_cutoff": {"day_ends": "25:00", "answer_by": "19:00"}},
    ],
)
def test_a_pack_with_something_unknown_in_it_is_refused(data):
    with pytest.raises(ValueError):
        clock_rules_from(data)
