"""The operator's status page, the silent shops, the runbook and the icon."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import StaffRole
from accounts.services import grant_staff_role
from chat.models import ShopSilence
from core import processes
from notifications.models import Notice
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(db):
    user = UserFactory()
    grant_staff_role(user=user, role=StaffRole.OPERATOR)
    return user


def page(client, user, name="status"):
    client.force_login(user)
    return client.get(reverse(f"ops:{name}"))


def test_the_status_page_says_how_each_part_is(client, operator):
    shown = page(client, operator)

    assert shown.status_code == 200
    names = {part.name for part in shown.context["parts"]}
    assert {"Database", "Redis", "Workers", "Queue scan", "Clock (beat)", "Message scans", "E-mail"} <= names
    assert shown.headers["Cache-Control"].startswith("max-age=0")


def test_mail_that_was_given_up_is_shown_with_its_error(client, operator):
    Notice.objects.create(
        user=operator,
        kind="test",
        subject_key="x",
        mail_state="failed",
        mail_due_at=timezone.now(),
        mail_error="ConnectionRefusedError: nobody there",
    )

    shown = page(client, operator)

    assert "1 given up" in shown.content.decode()
    assert "nobody there" in shown.content.decode()
    assert shown.context["worst"] != "ok"


def test_what_the_processes_report_is_shown(client, operator):
    processes.note_handed_out("chat.tasks.sweep_scans")
    processes.note_failure("chat.tasks.sweep_scans", "OperationalError: lock timeout")

    shown = page(client, operator)

    clock = next(part for part in shown.context["parts"] if part.name == "Clock (beat)")
    assert clock.state == "ok"
    assert "lock timeout" in shown.content.decode()


def test_without_redis_the_page_says_so_and_the_rest_is_there(client, operator, settings, monkeypatch):
    monkeypatch.setattr(processes, "_client", lambda: processes.redis.Redis(port=1))

    shown = page(client, operator)

    assert shown.status_code == 200
    assert "does not answer; live events are late" in shown.content.decode()
    assert shown.context["worst"] == "bad"


@pytest.mark.parametrize("is_superuser", [False, True])
def test_operators_land_on_the_status_page(client, operator, is_superuser):
    operator.is_superuser = is_superuser
    operator.save()
    client.force_login(operator)
    assert client.get("/welcome/").headers["Location"] == reverse("ops:status")


def test_nobody_else_opens_the_operators_pages(client, owner, reviewer):
    for person in (owner, reviewer):
        assert page(client, person).status_code == 403
        assert page(client, person, "runbook").status_code == 403
    assert page(client, owner, "silent_shops").status_code == 403
    assert page(client, reviewer, "silent_shops").status_code == 200


def test_silent_shops_are_listed_and_ended_ones_on_demand(client, operator, shop):
    now = timezone.now()
    silence = ShopSilence.objects.create(
        shop=shop, began_at=now, noticed_at=now, waiting=3, open_seconds=9000, rules_version=1
    )
    assert "3 customers wait" in page(client, operator, "silent_shops").content.decode()
    silence.ended_at = now
    silence.save()

    assert "No shop is silent" in page(client, operator, "silent_shops").content.decode()
    assert "Ended" in client.get(reverse("ops:silent_shops"), {"all": "1"}).content.decode()


def test_the_runbook_has_the_sections_that_the_status_page_leads_to(client, operator):
    shown = page(client, operator, "runbook").content.decode()

    assert 'id="what-runs"' in shown
    assert 'id="when-something-is-wrong"' in shown


def test_the_icon_that_browsers_ask_for_is_there(client):
    assert client.get("/favicon.ico", follow=False).status_code == 302
