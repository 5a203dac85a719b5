"""How the desk is set up: teams with their people and load, rules with what they did."""

from datetime import datetime, timedelta

from django.db.models import Count, Prefetch, Q

from accounts.models import User
from audit.models import AuditEntry
from tickets.models import AutomationRule, Category, RuleRun, Team, TeamMember, Ticket

RECENT = timedelta(days=30)


def teams_with_members() -> list[Team]:
    """Every team, the sleeping ones last, with ``people`` and ``topic_rows``; three queries."""
    people = TeamMember.objects.select_related("user").order_by("user__display_name")
    rows = Team.objects.select_related("base").prefetch_related(
        Prefetch("memberships", queryset=people, to_attr="people")
    )
    topics: dict[int | None, list[Category]] = {}
    for topic in Category.objects.filter(is_active=True).select_related("parent"):
        topics.setdefault(topic.team_id, []).append(topic)
    teams: list[Team] = list(rows.order_by("-is_active", "name"))
    for team in teams:
        team.topic_rows = topics.get(team.pk, [])  # type: ignore[attr-defined]
    return teams


def loads_of() -> dict[int, tuple[int, int]]:
    """Team -> (open tickets, of them nobody's). One query."""
    rows = (
        Ticket.objects.filter(state__in=[Ticket.State.NEW, Ticket.State.OPEN], merged_into=None)
        .filter(handled_by=Ticket.HandledBy.PLATFORM)
        .values_list("team")
        .annotate(n=Count("pk"), free=Count("pk", filter=Q(assignee=None)))
    )
    return {team: (n, free) for team, n, free in rows}


def rules_with_runs(now: datetime) -> list[tuple[AutomationRule, int]]:
    """Every rule in its order, with how many tickets it acted on in the last 30 days; two queries."""
    recent = RuleRun.objects.filter(ran_at__gt=now - RECENT).values_list("rule_code")
    runs = dict(recent.annotate(n=Count("pk")))
    return [(rule, runs.get(rule.code, 0)) for rule in AutomationRule.objects.order_by("position", "pk")]


def rule_history(rule: AutomationRule, limit: int = 20) -> list[AuditEntry]:
    """Who changed this rule and when, newest first."""
    rows = AuditEntry.objects.filter(target_type="automation_rule", target_id=str(rule.pk))
    entries = list(rows.order_by("-number")[:limit])
    people = User.objects.in_bulk({entry.actor_id for entry in entries if entry.actor_id})
    for entry in entries:
        entry.actor_name = str(people.get(entry.actor_id, ""))  # type: ignore[attr-defined, call-overload]
    return entries
