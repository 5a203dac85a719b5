"""Teams, tiers and skills: who gets which ticket, and changing that on the page of the desk."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import StaffRole
from accounts.services import grant_staff_role
from audit.models import AuditEntry
from core.errors import Conflict, Invalid
from tests.factories import UserFactory
from tests.tickets.conftest import desk_agent, fresh, submission
from tickets.models import Category, Team, TeamMember
from tickets.services import teams
from tickets.services.assignment import claim_next, team_for
from tickets.services.reference_data import sync_categories
from tickets.services.submit import submit_ticket


@pytest.fixture
def boss(categories):
    user = UserFactory(email="boss@example.com")
    grant_staff_role(user=user, role=StaffRole.SUPPORT_2)
    return user


def payments() -> Team:
    return Team.objects.get(code="payments")


def skilled(**skills) -> TeamMember:
    agent = desk_agent(f"agent{TeamMember.objects.count()}@example.com")
    return TeamMember.objects.create(team=payments(), user=agent, **skills)


def test_the_next_ticket_fits_the_languages_of_whoever_takes_it(customer, categories):
    spanish = submit_ticket(submission(customer, language="es")).ticket
    english_only, speaker = skilled(languages=["zh-hans"]), skilled(languages=["es"])

    assert claim_next(agent=english_only.user) is None
    assert claim_next(agent=speaker.user) == spanish


def test_the_next_ticket_fits_the_topics_and_the_tier(customer, categories):
    ticket = submit_ticket(submission(customer)).ticket
    topic = ticket.category.code

    assert claim_next(agent=skilled(topics=["orders"]).user) is None
    type(ticket).objects.filter(pk=ticket.pk).update(tier=2)
    assert claim_next(agent=skilled(topics=[topic], tier=1).user) is None
    assert claim_next(agent=skilled(topics=[topic], tier=2).user) == ticket


def test_a_team_stands_in_for_another_in_its_languages(boss, categories):
    category = Category.objects.get(code="payment-gift-card")
    teams.save_team(by=boss, code="madrid", name="Madrid", languages=["es"], base=category.team, topics=[])

    assert team_for(category, "es").code == "madrid"
    assert team_for(category, "zh-hans").code == category.team.code


def test_topics_moved_on_the_page_stay_moved_when_the_files_are_read_again(boss):
    topic = Category.objects.get(code="payment-gift-card")
    orders = Team.objects.get(code="orders")
    kept = list(Category.objects.filter(team=orders))

    teams.save_team(by=boss, team=orders, name="Orders", languages=["es"], base=None, topics=[*kept, topic])
    sync_categories()

    topic.refresh_from_db()
    orders.refresh_from_db()
    assert (topic.team, orders.name, orders.languages) == (orders, "Orders", ["es"])
    entry = AuditEntry.objects.get(action="team.saved")
    assert "payment-gift-card" in entry.changes["after"]["topics"]


def test_a_team_with_open_tickets_cannot_rest(boss, ticket):
    with pytest.raises(Conflict):
        teams.switch_team(by=boss, team=ticket.team, is_active=False)

    type(ticket).objects.filter(pk=ticket.pk).update(state="closed")
    teams.switch_team(by=boss, team=ticket.team, is_active=False)
    assert team_for(fresh(ticket).category, "en").code == "general"


def test_only_people_of_the_desk_can_be_in_a_team(boss, customer):
    with pytest.raises(Invalid):
        teams.set_member(by=boss, team=payments(), email=customer.email, languages=[], topics=[], tier=1)


def test_a_lead_changes_skills_on_the_page_and_an_agent_cannot(boss, helper):
    client, data = Client(), {"email": helper.email, "languages": ["es"], "topics": ["payment"], "tier": "1"}
    url = reverse("support:team_members", args=["payments"])
    client.force_login(helper)
    assert client.post(url, data).status_code == 403
    assert client.get(reverse("support:teams")).status_code == 200

    client.force_login(boss)
    assert client.post(url, data).status_code == 302

    member = TeamMember.objects.get(team__code="payments", user=helper)
    assert (member.languages, member.topics, member.tier) == (["es"], ["payment"], 1)
    page = client.get(reverse("support:team", args=["payments"])).content.decode()
    assert "Español" in page
    client.post(url, {"remove": member.pk})
    assert not TeamMember.objects.filter(pk=member.pk).exists()


def test_a_new_team_is_made_on_the_page(boss):
    client = Client()
    client.force_login(boss)

    sent = client.post(
        reverse("support:new_team"),
        {
            "code": "gifts",
            "name": "Gift cards",
            "topics": [Category.objects.get(code="payment-gift-card").pk],
        },
    )

    assert sent.status_code == 302
    assert team_for(Category.objects.get(code="payment-gift-card"), "en").code == "gifts"
