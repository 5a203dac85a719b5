from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from chat.models import HoursVersion, ShopSpan
from chat.services.shop_rules import calendar_of

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 3, 3, 12, tzinfo=CHICAGO)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _frozen_clock():
    with time_machine.travel(NOW, tick=False):
        yield


def page(client, shop, user, name="hours", *arguments, **data):
    client.force_login(user)
    url = reverse(f"seller:{name}", args=[shop.slug, *arguments])
    return client.post(url, data) if data or name != "hours" else client.get(url)


def workdays(**more):
    week = {f"opens_{day}_0": "09:00" for day in range(5)} | {f"closes_{day}_0": "17:00" for day in range(5)}
    return {"time_zone": "America/Chicago", "exceptions": "", "holiday_country": "", **week, **more}


def test_a_shop_without_hours_is_shown_as_always_open(client, shop, agent):
    response = page(client, shop, agent)

    assert response.status_code == 200
    assert b"168 hours a week" in response.content
    assert b"Owners and managers change the hours." in response.content


def test_saved_hours_take_effect_at_the_next_local_midnight(client, shop, owner):
    sent = workdays(
        exceptions="2026-12-24 09:00-12:00\n2026-12-25 closed", opens_0_1="18:00", closes_0_1="00:00"
    )

    response = page(client, shop, owner, **sent)

    assert response.status_code == 302
    version = HoursVersion.objects.get()
    assert version.effective_from == datetime(2026, 3, 4, tzinfo=CHICAGO)
    assert version.weekly[0] == [["09:00", "17:00"], ["18:00", "24:00"]]
    assert version.weekly[5] == []
    assert version.exceptions == {"2026-12-24": [["09:00", "12:00"]], "2026-12-25": []}
    shown = page(client, shop, owner).content.decode()
    assert "New hours are saved" in shown
    assert "2026-12-25 closed" in shown


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"opens_2_0": "17:00", "closes_2_0": "09:00"}, "Wednesday: write two times"),
        ({"opens_2_0": "nine"}, "Wednesday: write two times"),
        ({"exceptions": "Christmas closed"}, "is not a day and its hours"),
        ({"opens_0_1": "16:00", "closes_0_1": "18:00"}, "may not overlap"),
        ({f"closes_{day}_0": "10:00" for day in range(5)}, "at least 20 hours a week"),
        ({"time_zone": "Mars/Olympus"}, "Time zone"),
    ],
)
def test_what_does_not_fit_is_explained_and_kept(client, shop, owner, wrong, words):
    response = page(client, shop, owner, **workdays(**wrong))

    assert response.status_code == 400
    assert words in response.content.decode()
    assert 'value="09:00"' in response.content.decode()
    assert not HoursVersion.objects.exists()


def test_holiday_mode_is_planned_in_the_shops_zone_and_ended(client, shop, owner):
    sent = {"starts": "2026-03-03T14:00", "ends": "2026-03-05T09:00"}

    assert page(client, shop, owner, "holiday_mode", **sent).status_code == 302
    span = ShopSpan.objects.get()
    assert span.starts_at == NOW + timedelta(hours=2)
    assert b"Planned" in page(client, shop, owner).content

    assert page(client, shop, owner, "holiday_end", span.pk).status_code == 302
    span.refresh_from_db()
    assert span.ends_at == span.starts_at


@pytest.mark.parametrize(
    "sent, words",
    [
        ({"starts": "2026-03-03T12:30"}, "an hour from now"),
        ({"starts": "tomorrow"}, "Write a day and a time."),
        ({"starts": ""}, "This field is required."),
    ],
)
def test_holiday_mode_that_cannot_be_is_explained(client, shop, owner, sent, words):
    response = page(client, shop, owner, "holiday_mode", **sent)

    assert response.status_code == 400
    assert words in response.content.decode()
    assert not ShopSpan.objects.exists()


def test_an_agent_reads_but_does_not_change_and_a_stranger_finds_nothing(client, shop, agent, stranger):
    assert page(client, shop, agent, **workdays()).status_code == 403
    assert page(client, shop, agent, "holiday_mode", starts="2026-03-03T14:00").status_code == 403
    assert page(client, shop, stranger).status_code == 404
    assert not HoursVersion.objects.exists()


def test_a_region_of_the_country_can_be_chosen_and_its_holidays_close_the_shop(client, shop, owner):
    """Epiphany is a holiday in Bavaria and not in all of Germany."""
    shown = page(client, shop, owner, regions="1", **workdays(holiday_country="DE")).content.decode()
    assert '<option value="BY">Bayern</option>' in shown
    assert not HoursVersion.objects.exists()

    response = page(client, shop, owner, **workdays(holiday_country="DE", holiday_subdivision="BY"))

    assert response.status_code == 302
    epiphany = datetime(2027, 1, 6, 12, tzinfo=CHICAGO)
    assert calendar_of(shop).availability(epiphany) == "outside_hours"
    page(client, shop, owner, **workdays(holiday_country="DE"))
    assert calendar_of(shop).availability(epiphany) == "open"


def test_a_region_of_another_country_is_refused(client, shop, owner):
    response = page(client, shop, owner, **workdays(holiday_country="US", holiday_subdivision="BY"))

    assert response.status_code == 400
    assert b"This region is not part of the chosen country." in response.content
    assert not HoursVersion.objects.exists()
