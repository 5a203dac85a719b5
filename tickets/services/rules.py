"""Changing automation rules, and trying one out before it acts. A change is a new version, and audited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import Invalid
from tickets.models import AutomationRule, Ticket, TicketEvent
from tickets.services import automation

TRIED = 500  # So many of the newest tickets a rule is tried on.


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have reached: of so many tickets, these (newest first)."""

    tried: int
    hits: list[Ticket]


@transaction.atomic
def save_rule(
    *,
    by: User,
    title: str,
    trigger: str,
    conditions: Mapping[str, Any],
    actions: Sequence[Mapping[str, Any]],
    rule: AutomationRule | None = None,
) -> AutomationRule:
    """Make a rule, or give one its next version. It never runs again on tickets it has run on."""
    _check(title, trigger, conditions, actions)
    wanted = {
        "title": title.strip()[:120],
        "trigger": trigger,
        "conditions": dict(conditions),
        "actions": [dict(action) for action in actions],
    }
    if rule is None:
        last = AutomationRule.objects.aggregate(top=Max("position"))["top"]
        rule = AutomationRule(code=_free_code(title), position=(last or 0) + 1, version=0)
    before = {name: getattr(rule, name) for name in wanted}
    for name, value in wanted.items():
        setattr(rule, name, value)
    rule.version += 1
    rule.edited_at = timezone.now()
    rule.save()
    _audit(
        "rule.saved",
        rule,
        by,
        {"version": rule.version, "before": before if rule.version > 1 else {}, "after": wanted},
    )
    return rule


def _check(
    title: str, trigger: str, conditions: Mapping[str, Any], actions: Sequence[Mapping[str, Any]]
) -> None:
    if not title.strip():
        raise Invalid(_("Give the rule a name."), code="rule_title")
    if trigger not in AutomationRule.Trigger.values:
        raise Invalid(_("Choose when the rule is looked at."), code="rule_trigger")
    if not conditions:
        raise Invalid(_("Without a condition it would act on every ticket."), code="rule_conditions")
    if not actions:
        raise Invalid(_("Choose what the rule does."), code="rule_actions")
    unknown = set(conditions) - set(automation.CONDITIONS)
    unknown |= {name for action in actions for name in action} - set(automation.ACTIONS)
    if unknown:
        raise Invalid(_("The rule names something that is not there."), code="rule_unknown")


def _free_code(title: str) -> str:
    base = slugify(title)[:50] or "rule"
    code, number = base, 2
    while AutomationRule.objects.filter(code=code).exists():
        code, number = f"{base}-{number}", number + 1
    return code


@transaction.atomic
def switch_rule(*, by: User, rule: AutomationRule, is_active: bool) -> None:
    rule.is_active, rule.edited_at = is_active, timezone.now()
    rule.save(update_fields=["is_active", "edited_at"])
    _audit("rule.switched_on" if is_active else "rule.switched_off", rule, by, {"version": rule.version})


@transaction.atomic
def move_rule(*, by: User, rule: AutomationRule, up: bool) -> None:
    """Change places with the neighbour: the earlier rule acts first."""
    rows = list(AutomationRule.objects.select_for_update().order_by("position", "pk"))
    at = next(n for n, row in enumerate(rows) if row.pk == rule.pk)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(rows):
        return
    rows[at], rows[other] = rows[other], rows[at]
    for position, row in enumerate(rows):
        if row.position != position:
            AutomationRule.objects.filter(pk=row.pk).update(position=position)
    _audit("rule.moved", rule, by, {"from": at, "to": other})


def try_rule(*, conditions: Mapping[str, Any], limit: int = TRIED) -> Trial:
    """Which of the newest tickets these conditions hold for, as the tickets are now. Nothing is changed."""
    rule = AutomationRule(conditions=dict(conditions))
    tickets = list(Ticket.objects.select_related("category__parent", "team").order_by("-created_at")[:limit])
    first = TicketEvent.objects.filter(ticket__in=[ticket.pk for ticket in tickets], no=1)
    words = dict(first.values_list("ticket_id", "body"))
    now = timezone.now()
    hits = []
    for ticket in tickets:
        ticket.first_words = words.get(ticket.pk, "")  # type: ignore[attr-defined]
        if automation.holds(rule, ticket, now):
            hits.append(ticket)
    return Trial(len(tickets), hits)


def _audit(action: str, rule: AutomationRule, by: User, changes: Mapping[str, object]) -> None:
    record(
        action=action,
        actor=by,
        target_type="automation_rule",
        target_id=rule.pk,
        target_label=rule.code,
        changes=changes,
    )
