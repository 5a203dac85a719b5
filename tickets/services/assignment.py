"""Which team and which person a ticket belongs to. A transfer never costs a ticket its place in the line."""

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Conflict, Forbidden, Invalid
from tickets.access import desk_tickets
from tickets.models import Category, Team, TeamMember, Ticket, TicketEvent
from tickets.services import slas
from tickets.services.events import Author, Kind, append, lock


def route_new(ticket: Ticket) -> None:
    """Team and tier from the category, or the team of that kind that speaks the person's language."""
    ticket.team = team_for(ticket.category, ticket.language)
    ticket.tier = ticket.category.tier


def team_for(category: Category, language: str) -> Team | None:
    """``payments`` for a Spanish ticket becomes the team that takes its place in Spanish, if there is one."""
    team = category.team or (category.parent.team if category.parent else None)
    if team is None or not team.is_active:
        return Team.objects.filter(code="general", is_active=True).first()
    wanted = language.partition("-")[0]
    speaks = Q(code=f"{team.code}-{wanted}") | Q(base=team, languages__contains=[language])
    special = Team.objects.filter(speaks, is_active=True).order_by("pk").first()
    return special or team


@transaction.atomic
def claim(*, ticket: Ticket, agent: User) -> Ticket:
    """Take a ticket on. ``Conflict`` when a colleague has it."""
    ticket = lock(ticket)
    if ticket.assignee_id == agent.pk:
        return ticket
    if ticket.assignee_id:
        raise Conflict(_("A colleague has taken this ticket already."), code="claimed_by_colleague")
    ticket.assignee = agent
    _open_if_new(ticket)
    ticket.save(update_fields=["assignee", "state"])
    append(ticket, Kind.CLAIMED, author_kind=Author.AGENT, author=agent, is_public=False)
    return ticket


@transaction.atomic
def release(*, ticket: Ticket, agent: User) -> Ticket:
    ticket = lock(ticket)
    if ticket.assignee_id is None:
        return ticket
    ticket.assignee = None
    ticket.save(update_fields=["assignee"])
    append(ticket, Kind.RELEASED, author_kind=Author.AGENT, author=agent, is_public=False)
    return ticket


@transaction.atomic
def transfer(
    *,
    ticket: Ticket,
    agent: User,
    team: Team,
    reason: str,
    tier: int | None = None,
    category: Category | None = None,
) -> TicketEvent:
    """Hand a ticket to another team with a reason. Its place in the line and its due time stay.

    A changed ``category`` says that the first choice was wrong; that is what the misroute rate counts.
    """
    if not reason.strip():
        raise Invalid(_("Say why, so that the next team need not ask again."), code="reason_missing")
    ticket = lock(ticket)
    before = ticket.team.code if ticket.team else ""
    misrouted = category is not None and category.pk != ticket.category_id
    if not misrouted and team.pk == ticket.team_id and (tier is None or tier == ticket.tier):
        raise Conflict(_("The ticket is with this team already."), code="same_team")
    data = {
        "from": before,
        "to": team.code,
        "from_category": ticket.category.code,
        "to_category": category.code if category else ticket.category.code,
        "misrouted": misrouted,
    }
    ticket.team, ticket.assignee = team, None
    ticket.tier = tier or ticket.tier
    ticket.category = category or ticket.category
    ticket.transfer_count = ticket.transfer_count + 1
    ticket.save(update_fields=["team", "assignee", "tier", "category", "transfer_count"])
    return append(
        ticket,
        Kind.TRANSFERRED,
        author_kind=Author.AGENT,
        author=agent,
        body=reason.strip(),
        is_public=False,
        data=data,
    )


@transaction.atomic
def set_priority(*, ticket: Ticket, agent: User | None, priority: str) -> None:
    ticket = lock(ticket)
    if priority not in Ticket.Priority.values:
        raise Invalid(_("No such priority."), code="priority")
    if priority == ticket.priority:
        return
    before, now = ticket.priority, timezone.now()
    slas.change_priority(ticket, priority, now)
    ticket.save(update_fields=["priority", *slas.CLOCK_FIELDS])
    append(
        ticket,
        Kind.PRIORITISED,
        author_kind=Author.AGENT if agent else Author.AUTOMATION,
        author=agent,
        is_public=False,
        data={"from": before, "to": priority},
        at=now,
    )


@transaction.atomic
def claim_next(*, agent: User) -> Ticket | None:
    """The most urgent waiting ticket that fits the agent's teams and skills, taken on at once."""
    memberships = list(TeamMember.objects.filter(user=agent).select_related("team"))
    if not memberships:
        raise Forbidden(_("You are in no team yet. Ask your lead."), code="no_team")
    reach = Q(pk__in=[])
    for membership in memberships:
        reach |= skills_of(membership)
    ticket = (
        desk_tickets(agent)
        .select_related(None)
        .filter(reach, assignee=None, state__in=[Ticket.State.NEW, Ticket.State.OPEN], merged_into=None)
        .filter(handled_by=Ticket.HandledBy.PLATFORM)
        .order_by(F("answer_due_at").asc(nulls_last=True), "queued_at")
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    return claim(ticket=ticket, agent=agent) if ticket else None


def skills_of(membership: TeamMember) -> Q:
    """The tickets of this team that fit the person's languages, topics and tier."""
    fits = Q(team=membership.team, tier__lte=membership.tier)
    if languages := membership.languages or membership.team.languages:
        fits &= Q(language__in=[*languages, "en"])
    if topics := membership.topics:
        fits &= Q(category__code__in=topics) | Q(category__parent__code__in=topics)
    return fits


def _open_if_new(ticket: Ticket) -> None:
    if ticket.state == Ticket.State.NEW:
        ticket.state = Ticket.State.OPEN
