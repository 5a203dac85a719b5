import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from chat.services.sessions import rebuild_sessions
from metrics.selectors import counted_messages_between, figures_of
from metrics.services.weeks import evaluate_week
from tests.chat.ledger_rows import MONDAY, store
from tests.factories import ConversationFactory, ShopFactory

pytestmark = pytest.mark.django_db


def report(*arguments):
    out = StringIO()
    call_command("response_rate", "--json", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def talk(shop, *lines):
    conversation = ConversationFactory(shop=shop, origin="import")
    for hours, who, body in lines:
        store(conversation, hours, who, body)
    rebuild_sessions(conversation)


@pytest.fixture
def shop():
    shop = ShopFactory(slug="import-us", time_zone="UTC")
    talk(shop, (0, "customer", "Where is it?"), (1, "member", "It left today."))
    talk(shop, (0, "customer", "Is it blue?"), (25, "member", "It is."))
    talk(shop, (0, "customer", "Hello?"))
    talk(shop, (0, "member", "Back in stock."))
    talk(shop, (7 * 24, "customer", "Next week's question?"))
    return shop


def test_the_week_is_reported_with_both_numbers(shop):
    [line] = report("--week", "2026-W10")

    assert line["shop"] == "import-us"
    assert (line["in_time"], line["counted"], line["rate"], line["percent"]) == (1, 3, "1/3", "33.3")
    assert (line["late"], line["missed"], line["open"]) == (1, 1, 0)
    assert line["excluded"] == {"seller_initiated": 1}
    assert line["counted_messages"] == 3
    assert line["outcome"] == "not_evaluated"  # Three messages are fewer than five.
    assert (line["from"], line["to"]) == ("2026-03-02T00:00:00+00:00", "2026-03-09T00:00:00+00:00")
    assert line["thirty_days"]["rate"] == "1/3"
    assert line["evaluation"] is None


def test_a_frozen_evaluation_stands_beside_the_ledger_of_today(shop):
    evaluate_week(shop=shop, monday=date(2026, 3, 2), now=datetime(2026, 3, 10, tzinfo=UTC))
    talk(shop, (0, "customer", "Imported later."))

    [line] = report("--week", "2026-W10", "--shop", "import-us")

    assert line["counted"] == 4
    assert (line["evaluation"]["counted"], line["evaluation"]["revision"]) == (3, 1)


def test_a_week_without_sessions_is_reported_only_for_the_shop_that_was_asked_for(shop):
    assert report("--week", "2025-W10") == []
    [line] = report("--week", "2025-W10", "--shop", "import-us")
    assert (line["counted"], line["rate"]) == (0, None)


@pytest.mark.parametrize("arguments", [["--week", "2026-W99"], ["--week", "2026-W10", "--shop", "nowhere"]])
def test_what_cannot_be_read_is_refused(arguments):
    with pytest.raises(CommandError):
        report(*arguments)


def test_a_session_belongs_to_the_week_of_the_shops_zone_in_which_its_clock_started():
    shop = ShopFactory(slug="pacific", time_zone="America/Los_Angeles")
    talk(shop, (-8, "customer", "It is still Sunday in Los Angeles."))  # Monday 02:00 UTC.

    assert report("--week", "2026-W10") == []
    assert report("--week", "2026-W09")[0]["counted"] == 1


def test_a_cross_border_shop_is_judged_in_the_markets_zone():
    shop = ShopFactory(slug="shenzhen", kind="cross_border", time_zone="Asia/Shanghai")
    talk(shop, (-8, "customer", "Sunday in Los Angeles, Monday in Shenzhen."))

    [line] = report("--week", "2026-W09")
    assert (line["pack"], line["zone"], line["target"]) == ("us-cross-border", "America/Los_Angeles", "17/20")


def test_counted_messages_are_counted_by_the_week_in_which_they_came(shop):
    talk(shop, (13 * 24 + 13, "customer", "Sunday."), (13 * 24 + 15, "customer", "Monday."))
    start = MONDAY - timedelta(hours=10)

    assert counted_messages_between(shop, start + timedelta(weeks=1), start + timedelta(weeks=2)) == 2
    assert counted_messages_between(shop, start + timedelta(weeks=2), start + timedelta(weeks=3)) == 1


def test_thirty_days_end_with_yesterday_while_the_week_is_not_over():
    shop = ShopFactory(time_zone="UTC")
    talk(shop, (0, "customer", "Today?"))
    talk(shop, (-24, "customer", "Yesterday?"))
    talk(shop, (-30 * 24, "customer", "Thirty days ago?"))
    talk(shop, (-31 * 24, "customer", "Too long ago."))

    figures = figures_of(shop, MONDAY, at=MONDAY + timedelta(hours=2))

    assert figures.counts.open == 1
    assert (figures.thirty_days.missed, figures.thirty_days.open) == (2, 0)
