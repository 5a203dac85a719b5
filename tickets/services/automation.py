"""Automation first: rules as data that answer from an article, ask for what is missing, route or escalate.

A rule runs once per ticket; the run is kept with the rule's version. What automation says is marked as
automatic and never counts as the promised first answer of a person.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tickets.models import AutomationRule, Category, FormField, RuleRun, Team, Ticket
from tickets.selectors import current_text
from tickets.services import mail, slas
from tickets.services.assignment import team_for
from tickets.services.events import Author, Kind, append, lock

Check = Callable[[Ticket, Any, datetime], bool]

_PRIORITIES = [priority.value for priority in Ticket.Priority]


def _text_of(ticket: Ticket) -> str:
    """Subject and first words. Read once: every rule about words asks for them."""
    known: str | None = getattr(ticket, "first_words", None)
    if known is None:
        first = ticket.events.filter(no=1).first()
        known = first.body if first else ""
        ticket.first_words = known  # type: ignore[attr-defined]
    return f"{ticket.subject} {known}".casefold()


def _is_missing(ticket: Ticket, key: str) -> bool:
    if key == "order":
        return ticket.order_id is None and not ticket.details.get("order")
    return not ticket.details.get(key)


def _to_due(ticket: Ticket, now: datetime) -> timedelta | None:
    return ticket.answer_due_at - now if ticket.answer_due_at else None


# Name of a condition -> does it hold? A new condition is one line here and a word in the rules file.
CONDITIONS: dict[str, Check] = {
    "category": lambda t, codes, _now: (
        t.category.code in codes or bool(t.category.parent and t.category.parent.code in codes)
    ),
    "language": lambda t, codes, _now: t.language in codes,
    "impact": lambda t, values, _now: t.impact in values,
    "priority": lambda t, values, _now: t.priority in values,
    "side": lambda t, values, _now: t.side in values,
    "channel": lambda t, values, _now: t.channel in values,
    "state": lambda t, values, _now: t.state in values,
    "words_any": lambda t, words, _now: any(word.casefold() in _text_of(t) for word in words),
    "words_none": lambda t, words, _now: not any(word.casefold() in _text_of(t) for word in words),
    "missing": lambda t, key, _now: _is_missing(t, key),
    "unassigned": lambda t, wanted, _now: (t.assignee_id is None) == wanted,
    "due_within_minutes": lambda t, minutes, now: (
        (left := _to_due(t, now)) is not None and left <= timedelta(minutes=minutes)
    ),
    "older_than_hours": lambda t, hours, now: t.created_at <= now - timedelta(hours=hours),
    "reopened_at_least": lambda t, count, _now: t.reopened_count >= count,
    "transferred_at_least": lambda t, count, _now: t.transfer_count >= count,
}


def holds(rule: AutomationRule, ticket: Ticket, now: datetime) -> bool:
    """Every condition of the rule is true; a condition nobody knows never holds."""
    return all(
        name in CONDITIONS and CONDITIONS[name](ticket, value, now) for name, value in rule.conditions.items()
    )


@transaction.atomic
def run_rules(ticket: Ticket, *, trigger: str, now: datetime | None = None) -> int:
    """Run what this trigger starts, in order, each rule at most once per ticket. Returns how many acted."""
    now = now or timezone.now()
    done = set(ticket.rule_runs.values_list("rule_code", flat=True))
    count = 0
    for rule in AutomationRule.objects.filter(trigger=trigger, is_active=True).exclude(code__in=done):
        if not holds(rule, ticket, now):
            continue
        _, fresh = RuleRun.objects.get_or_create(
            ticket=ticket, rule_code=rule.code, defaults={"rule_version": rule.version}
        )
        if not fresh:
            continue
        for action in rule.actions:
            for name, value in action.items():
                ACTIONS[name](ticket, value, rule, now)
        count += 1
    return count


def tick(*, now: datetime | None = None, limit: int = 500) -> int:
    """Rules that look at time, for every open ticket. Safe beside itself."""
    now = now or timezone.now()
    if not AutomationRule.objects.filter(trigger="tick", is_active=True).exists():
        return 0
    waiting = Ticket.objects.filter(state__in=[Ticket.State.NEW, Ticket.State.OPEN], merged_into=None)
    count = 0
    for pk in list(waiting.order_by("answer_due_at").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            count += run_rules(lock(Ticket(pk=pk)), trigger="tick", now=now)
    return count


def _answer(ticket: Ticket, slug: str, rule: AutomationRule, now: datetime) -> None:
    """Send what an article says, with the way to a person kept open: the ticket stays in the queue."""
    text = current_text(slug, ticket.language)
    if text is None:
        return
    with translation.override(ticket.language):
        words = _(
            "This is an automatic answer while you wait for a person. It may settle it at once:\n\n"
            "%(title)s\n%(summary)s\n\nIf it does, tell us with “This solved it”. If not, you need not do "
            "anything: your ticket keeps its place."
        ) % {"title": text.title, "summary": text.summary}
    event = append(
        ticket,
        Kind.REPLIED,
        author_kind=Author.AUTOMATION,
        body=words,
        data={"rule": rule.code, "version": rule.version, "article": slug},
        at=now,
    )
    ticket.auto_answered_at = ticket.auto_answered_at or now
    ticket.save(update_fields=["auto_answered_at"])
    mail.tell_requester(ticket, "ticket_answered", event, {"automatic": True, "article": slug})


def _ask_for(ticket: Ticket, key: str, rule: AutomationRule, now: datetime) -> None:
    """Ask for something that is missing; the clock waits for the answer."""
    field = FormField.objects.filter(key=key).first()
    with translation.override(ticket.language):
        what = field.text("label") if field else key
        words = _("To help you we need one more thing: %(what)s. Please add it to this ticket.") % {
            "what": what
        }
        if field and field.hint:
            words += f"\n\n{field.text('hint')}"
    event = append(
        ticket,
        Kind.ASKED,
        author_kind=Author.AUTOMATION,
        body=words,
        data={"rule": rule.code, "version": rule.version, "field": key},
        at=now,
    )
    slas.pause(ticket, Ticket.State.WAITING_CUSTOMER, now)
    ticket.state = Ticket.State.WAITING_CUSTOMER
    ticket.save(update_fields=["state", *slas.CLOCK_FIELDS])
    mail.tell_requester(ticket, "ticket_asked", event, {"automatic": True})


def _route(ticket: Ticket, code: str, rule: AutomationRule, now: datetime) -> None:
    team = Team.objects.filter(code=code, is_active=True).first()
    if team is None or team.pk == ticket.team_id:
        return
    before, ticket.team = ticket.team.code if ticket.team else "", team
    ticket.save(update_fields=["team"])
    data = {"rule": rule.code, "version": rule.version, "from": before, "to": code}
    append(ticket, Kind.ROUTED, author_kind=Author.AUTOMATION, is_public=False, data=data, at=now)


def _topic(ticket: Ticket, code: str, rule: AutomationRule, now: datetime) -> None:
    """Give a ticket that came without a form its topic, and with it team, tier and at least its priority."""
    category = (
        Category.objects.select_related("parent__team", "team").filter(code=code, is_active=True).first()
    )
    if category is None or category.pk == ticket.category_id:
        return
    before, ticket.category = ticket.category.code, category
    ticket.team, ticket.tier = team_for(category, ticket.language), max(ticket.tier, category.tier)
    ticket.save(update_fields=["category", "team", "tier"])
    data = {"rule": rule.code, "version": rule.version, "from": before, "to": category.title, "topic": code}
    append(ticket, Kind.ROUTED, author_kind=Author.AUTOMATION, is_public=False, data=data, at=now)
    if _PRIORITIES.index(category.priority) > _PRIORITIES.index(ticket.priority):
        _set_priority(ticket, category.priority, rule, now)


def _tier(ticket: Ticket, tier: int, rule: AutomationRule, now: datetime) -> None:
    ticket.tier = max(ticket.tier, tier)
    ticket.save(update_fields=["tier"])
    data = {"rule": rule.code, "version": rule.version, "tier": ticket.tier}
    append(ticket, Kind.ROUTED, author_kind=Author.AUTOMATION, is_public=False, data=data, at=now)


def _set_priority(ticket: Ticket, priority: str, rule: AutomationRule, now: datetime) -> None:
    before = ticket.priority
    if before == priority:
        return
    slas.change_priority(ticket, priority, now)
    ticket.save(update_fields=["priority", *slas.CLOCK_FIELDS])
    data = {"rule": rule.code, "version": rule.version, "from": before, "to": priority}
    append(ticket, Kind.PRIORITISED, author_kind=Author.AUTOMATION, is_public=False, data=data, at=now)


def _tag(ticket: Ticket, tag: str, rule: AutomationRule, now: datetime) -> None:
    if tag in ticket.tags:
        return
    ticket.tags = [*ticket.tags, tag]
    ticket.save(update_fields=["tags"])
    data = {"rule": rule.code, "version": rule.version, "tag": tag}
    append(ticket, Kind.TAGGED, author_kind=Author.AUTOMATION, is_public=False, data=data, at=now)


def _escalate(ticket: Ticket, reason: str, rule: AutomationRule, now: datetime) -> None:
    slas.escalate(ticket_id=ticket.pk, reason=reason, now=now, note=rule.title)
    ticket.refresh_from_db(fields=["tier", "escalated_at", "last_event_no", "changed_at"])


ACTIONS: dict[str, Callable[[Ticket, Any, AutomationRule, datetime], None]] = {
    "answer_from_article": _answer,
    "ask_for": _ask_for,
    "route": _route,
    "topic": _topic,
    "tier": _tier,
    "priority": _set_priority,
    "tag": _tag,
    "escalate": _escalate,
}
