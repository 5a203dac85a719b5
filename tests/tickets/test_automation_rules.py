"""Automation rules as data: the editor, the try-out on past tickets, versions and the audit trail."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import StaffRole
from accounts.services import grant_staff_role
from audit.models import AuditEntry
from core.errors import Invalid
from tests.factories import UserFactory
from tests.tickets.conftest import fresh, kinds, submission
from tickets.models import AutomationRule, RuleRun
from tickets.services import rules
from tickets.services.reference_data import sync_categories
from tickets.services.submit import submit_ticket


@pytest.fixture
def boss(categories):
    user = UserFactory(email="boss@example.com")
    grant_staff_role(user=user, role=StaffRole.SUPPORT_2)
    return user


@pytest.fixture
def desk(boss):
    client = Client()
    client.force_login(boss)
    return client


RULE = {
    "title": "Broken glass goes to safety",
    "trigger": "created",
    "if_words_any": "broken glass\nvidrio roto\n",
    "if_priority": ["normal", "high"],
    "do_route": "safety",
    "do_tier": "2",
    "do_tag": "glass",
    "do": "keep",
}


def test_a_rule_made_in_the_editor_acts_on_the_next_ticket(desk, customer):
    assert desk.post(reverse("support:new_rule"), RULE).status_code == 302
    rule = AutomationRule.objects.get(title=RULE["title"])
    assert rule.conditions == {"priority": ["normal", "high"], "words_any": ["broken glass", "vidrio roto"]}
    assert rule.actions == [{"route": "safety"}, {"tier": 2}, {"tag": "glass"}]

    ticket = submit_ticket(submission(customer, description="There was Broken Glass in the box.")).ticket

    ticket = fresh(ticket)
    assert (ticket.team.code, ticket.tier, ticket.tags) == ("safety", 2, ["glass"])
    assert RuleRun.objects.get(ticket=ticket, rule_code=rule.code).rule_version == 1


def test_trying_a_rule_names_past_tickets_and_changes_nothing(desk, customer):
    hit = submit_ticket(submission(customer, description="The vase is broken glass now.")).ticket
    submit_ticket(submission(customer, subject="Card", description="My gift card is not taken."))
    before = kinds(hit)

    page = desk.post(reverse("support:new_rule"), RULE | {"do": "try"})

    assert "1 of the 2 newest tickets" in page.content.decode()
    assert not AutomationRule.objects.filter(title=RULE["title"]).exists()
    assert kinds(hit) == before


def test_a_changed_rule_is_a_new_version_that_the_files_leave_alone(desk, boss):
    rule = AutomationRule.objects.get(code="refund-time")
    url = reverse("support:rule", args=[rule.code])
    shown = desk.get(url)
    assert "when-a-refund-reaches-your-account" in shown.content.decode()

    desk.post(url, RULE | {"title": "Refunds", "trigger": "created"})
    sync_categories()

    rule.refresh_from_db()
    assert (rule.version, rule.title) == (2, "Refunds")
    entry = AuditEntry.objects.get(action="rule.saved")
    assert (entry.actor_id, entry.changes["version"]) == (boss.pk, 2)
    assert entry.changes["before"]["title"] != "Refunds"
    assert str(boss) in desk.get(url).content.decode()


def test_a_rule_is_switched_off_on_and_moved(desk, customer):
    first, second = AutomationRule.objects.order_by("position")[:2]

    desk.post(reverse("support:rule_act", args=[second.code, "earlier"]))
    assert AutomationRule.objects.order_by("position").first() == second
    desk.post(reverse("support:rule_act", args=[first.code, "off"]))
    sync_categories()
    assert not AutomationRule.objects.get(pk=first.pk).is_active
    desk.post(reverse("support:rule_act", args=[first.code, "on"]))
    assert AutomationRule.objects.get(pk=first.pk).is_active


@pytest.mark.parametrize("missing", ["if_words_any", "do_route"])
def test_a_rule_needs_a_condition_and_an_action(desk, missing):
    data = {key: value for key, value in RULE.items() if key not in {"if_priority", "do_tier", "do_tag"}}

    assert desk.post(reverse("support:new_rule"), data | {missing: ""}).status_code == 400


def test_a_rule_that_names_unknown_things_is_refused(boss):
    with pytest.raises(Invalid):
        rules.save_rule(
            by=boss, title="X", trigger="created", conditions={"moon": "full"}, actions=[{"tag": "x"}]
        )


def test_agents_read_the_rules_and_leads_change_them(helper, client):
    client.force_login(helper)

    listed = client.get(reverse("support:rules"))
    assert "How long a refund takes, from the article" in listed.content.decode()
    assert client.post(reverse("support:rule_act", args=["refund-time", "off"])).status_code == 403
    assert client.get(reverse("support:new_rule")).status_code == 403
