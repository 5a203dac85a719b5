"""What the support desk does to many tickets at once, prepared answers, and saved views."""

import re
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid
from tickets.models import AnswerTemplate, SavedView, Team, Ticket
from tickets.services import assignment, conversation
from tickets.services.events import Author, Kind, append, lock

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
BULK_LIMIT = 100


def fill_template(template: AnswerTemplate, ticket: Ticket, agent: User) -> str:
    """The prepared answer with its placeholders filled; one that nobody knows stays visible."""
    words = {
        "name": ticket.requester_name or ("" if ticket.requester_id else ticket.guest_name),
        "number": ticket.number,
        "subject": ticket.subject,
        "order": ticket.order.number if ticket.order else "",
        "shop": ticket.shop.name if ticket.shop else "",
        "agent": agent.short_name,
        "platform": settings.PLATFORM_NAME,
    }
    return _PLACEHOLDER.sub(lambda found: words.get(found.group(1), found.group(0)), template.body)


def bulk(
    *, agent: User, tickets: Sequence[Ticket], what: str, team: Team | None = None, text: str = ""
) -> tuple[int, list[str]]:
    """Do one thing to many tickets. Returns how many were done, and why the others were not."""
    if len(tickets) > BULK_LIMIT:
        raise Invalid(_("At most %(most)s tickets at once.") % {"most": BULK_LIMIT}, code="bulk_limit")
    done, refused = 0, []
    for ticket in tickets:
        try:
            _one(agent, ticket, what, team, text)
            done += 1
        except DomainError as refusal:
            refused.append(f"{ticket.number}: {refusal.message}")
    return done, refused


def _one(agent: User, ticket: Ticket, what: str, team: Team | None, text: str) -> None:
    if what == "claim":
        assignment.claim(ticket=ticket, agent=agent)
    elif what == "release":
        assignment.release(ticket=ticket, agent=agent)
    elif what == "solve":
        conversation.solve(ticket=ticket, by=agent)
    elif what == "transfer" and team:
        assignment.transfer(ticket=ticket, agent=agent, team=team, reason=text)
    elif what == "tag" and text:
        add_tag(ticket=ticket, agent=agent, tag=text)
    elif what.startswith("priority:"):
        assignment.set_priority(ticket=ticket, agent=agent, priority=what.partition(":")[2])
    else:
        raise Invalid(_("Choose what to do."), code="bulk_action")


@transaction.atomic
def add_tag(*, ticket: Ticket, agent: User, tag: str) -> None:
    tag = re.sub(r"[^\w-]+", "-", tag.strip().lower())[:40]
    ticket = lock(ticket)
    if not tag or tag in ticket.tags:
        return
    ticket.tags = [*ticket.tags, tag]
    ticket.save(update_fields=["tags"])
    append(ticket, Kind.TAGGED, author_kind=Author.AGENT, author=agent, is_public=False, data={"tag": tag})


def save_view(*, owner: User, name: str, query: str, is_shared: bool = False) -> SavedView:
    if not name.strip():
        raise Invalid(_("Give the view a name."), code="view_name")
    view, _fresh = SavedView.objects.update_or_create(
        owner=owner, name=name.strip()[:60], defaults={"query": query[:300], "is_shared": is_shared}
    )
    return view


def delete_view(*, owner: User, view_id: int) -> None:
    SavedView.objects.filter(owner=owner, pk=view_id).delete()


def same_reply(text: str) -> UUID | None:
    """The hidden reference of a reply form, or None when it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None
