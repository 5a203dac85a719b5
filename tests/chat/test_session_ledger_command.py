import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from chat.services.sessions import rebuild_sessions
from tests.chat.ledger_rows import MONDAY, store
from tests.factories import ConversationFactory, ShopFactory

pytestmark = pytest.mark.django_db


def ledger(*arguments):
    out = StringIO()
    call_command("session_ledger", "--json", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
def conversation():
    conversation = ConversationFactory(external_id="DC01", origin="import", shop__slug="import-us")
    store(conversation, 0, "customer")
    store(conversation, 2, "member", "It left today.")
    store(conversation, 100, "customer", "Still not here?")
    rebuild_sessions(conversation)
    return conversation


def test_every_session_is_one_line_with_the_keys_of_the_guide(conversation):
    assert ledger() == [
        {
            "conversation": "DC01",
            "opened_at": "2026-03-02T10:00:00+00:00",
            "clock_started_at": "2026-03-02T10:00:00+00:00",
            "deadline": "2026-03-03T10:00:00+00:00",
            "answered_at": "2026-03-02T12:00:00+00:00",
            "verdict": "in_time",
            "reason": None,
        },
        {
            "conversation": "DC01",
            "opened_at": "2026-03-06T14:00:00+00:00",
            "clock_started_at": "2026-03-06T14:00:00+00:00",
            "deadline": "2026-03-07T14:00:00+00:00",
            "answered_at": None,
            "verdict": "missed",
            "reason": None,
        },
    ]


@pytest.mark.parametrize(
    "hours, verdicts",
    [
        (-1, []),
        (0, ["open"]),
        (1, ["open"]),
        (2, ["in_time"]),
        (124, ["in_time", "open"]),
        (125, ["in_time", "missed"]),
    ],
)
def test_the_ledger_can_be_read_as_it_stood(conversation, hours, verdicts):
    at = (MONDAY + timedelta(hours=hours)).isoformat()

    assert [line["verdict"] for line in ledger("--at", at)] == verdicts


def test_one_shop_can_be_picked_and_a_live_conversation_has_its_number(conversation):
    live = ConversationFactory(shop=ShopFactory(slug="northfield"))
    store(live, 0, "member", "Your mug is back in stock.")
    rebuild_sessions(live)

    [line] = ledger("--shop", "northfield")

    assert (line["conversation"], line["reason"]) == (live.pk, "seller_initiated")
    assert (line["clock_started_at"], line["deadline"]) == (None, None)


def test_what_cannot_be_read_is_refused():
    with pytest.raises(CommandError, match="no shop"):
        ledger("--shop", "nowhere")
    with pytest.raises(CommandError, match="ISO 8601"):
        ledger("--at", "yesterday")
