import csv
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from chat.services.sessions import rebuild_sessions
from metrics.services.weeks import evaluate_week
from tests.chat.ledger_rows import MONDAY, store
from tests.factories import ConversationFactory, ShopFactory, ShopMemberFactory

pytestmark = pytest.mark.django_db
THURSDAY = MONDAY + timedelta(days=3)


@pytest.fixture
def shop():
    return ShopFactory(slug="northfield", time_zone="UTC")


@pytest.fixture
def analyst(shop):
    return ShopMemberFactory(shop=shop, role="analyst").user


def talk(shop, name, *lines):
    conversation = ConversationFactory(shop=shop, customer__display_name=name, origin="import")
    for hours, who, body in lines:
        store(conversation, hours, who, body)
    rebuild_sessions(conversation)
    return conversation


@pytest.fixture
def week(shop):
    for place in range(4):
        talk(shop, f"Prompt {place}", (place, "customer", "Blue?"), (place + 1, "member", "Yes, blue."))
    talk(shop, "Rosa Delgado", (0, "customer", "Where is it?"))
    talk(shop, "Mateo Silva", (70, "customer", "Is it in stock?"))
    talk(shop, "Ken Abara", (5, "member", "Back in stock."))


def page(client, user, at=THURSDAY, query="", name="performance", slug="northfield"):
    client.force_login(user)
    with time_machine.travel(at, tick=False):
        return client.get(reverse(f"seller:{name}", args=[slug]) + query)


def test_the_page_shows_the_number_its_fraction_and_every_session(client, analyst, week):
    text = page(client, analyst).content.decode()

    assert '<span class="figure">80.0<span class="unit">%</span></span>' in text
    assert "<b>4 of 5</b> sessions answered in time" in text
    assert "24-hour response rate" in text
    assert "Target 90%, floor 85%" in text
    assert "Not counted: 1 you started." in text
    for name in ("Rosa Delgado", "Mateo Silva", "Ken Abara", "Prompt 3"):
        assert name in text
    assert text.index("Mateo Silva</bdi></b>") < text.index("Rosa Delgado</bdi></b>")  # Running ones first.


def test_sessions_can_be_filtered_and_paged(client, analyst, shop, week):
    missed = page(client, analyst, query="?show=missed").content.decode()
    assert "Rosa Delgado" in missed
    assert "Ken Abara" not in missed

    for place in range(20):
        talk(shop, f"More {place}", (1, "customer", "Green?"), (2, "member", "No, blue."))
    second = page(client, analyst, query="?page=2").content.decode()
    assert "21–27 of 27" in second


def test_another_week_shows_how_it_was_judged(client, analyst, shop, week):
    evaluate_week(shop=shop, monday=date(2026, 3, 2), now=datetime(2026, 3, 10, tzinfo=UTC))

    text = page(client, analyst, at=THURSDAY + timedelta(weeks=2), query="?week=2026-W10").content.decode()

    assert "How it was judged" in text
    assert "<b>4 of 6</b> when it was frozen" in text
    assert "Below the floor" in text


def test_an_empty_shop_has_an_empty_page(client, analyst):
    response = page(client, analyst)

    assert response.status_code == 200
    assert "No sessions here" in response.content.decode()
    assert "nothing to count yet" in response.content.decode()


def test_the_last_thirty_days_leave_today_out(client, analyst, week):
    text = page(client, analyst, query="?period=30").content.decode()

    assert "<b>4 of 5</b> sessions answered in time" in text
    assert "Mateo Silva</bdi></b>" not in text  # Asked today.


def test_the_sessions_can_be_taken_along_as_a_table(client, analyst, week):
    response = page(client, analyst, name="performance_csv")

    lines = list(csv.DictReader(response.content.decode().splitlines()))
    assert len(lines) == 7
    assert sorted(line["verdict"] for line in lines).count("in_time") == 4
    assert lines[0]["opened_at"] == "2026-03-02T10:00:00+00:00"


@pytest.mark.parametrize("query", ["?week=2026-W99", "?week=x", "?week=1066-W01"])
def test_a_week_that_does_not_exist_is_not_found(client, analyst, query):
    assert page(client, analyst, query=query).status_code == 404


def test_strangers_and_other_shops_people_find_nothing(client, shop, stranger, other_agent):
    for name in ("performance", "performance_csv"):
        assert page(client, stranger, name=name).status_code == 404
        assert page(client, other_agent, name=name).status_code == 404


def test_the_page_stays_at_a_fixed_number_of_queries(
    client, analyst, shop, week, django_assert_max_num_queries
):
    for place in range(30):
        talk(shop, f"More {place}", (1, "customer", "Green?"), (2, "member", "No, blue."))
    page(client, analyst)
    with django_assert_max_num_queries(30):
        page(client, analyst)
