"""Shops that are open but silent: noticed, told, and told on. Thresholds: ``chat/reachability.yaml``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import yaml
from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import StaffMembership, StaffRole
from chat.models import Conversation, ShopSilence
from chat.services.shop_rules import rules_of
from core.business_hours import Calendar, is_open, open_seconds_between
from notifications.services import notify
from shops.capabilities import Capability
from shops.models import Shop
from shops.selectors import member_ids_with

RULES_FILE = Path(__file__).parents[1] / "reachability.yaml"
LISTED = 10  # Customers named in a notice; the inbox has them all.

# Live conversations in which the shop owes an answer, as an index finds them.
_WAITING = """
SELECT c.shop_id, min(c.waiting_since), count(*)
FROM chat_conversation c JOIN shops_shop shop ON shop.id = c.shop_id
WHERE c.due_at IS NOT NULL AND c.waiting_since <= %(latest)s AND c.origin = 'live'
  AND c.handled_by = 'shop' AND c.status <> 'spam' AND shop.status = 'open'
GROUP BY c.shop_id HAVING count(*) >= %(customers)s
"""
_LAST_WORDS = """
SELECT c.shop_id, max(m.created_at)
FROM chat_conversation c JOIN chat_message m ON m.conversation_id = c.id
WHERE c.shop_id = ANY(%(shops)s) AND c.last_message_at >= %(since)s AND m.author_kind = 'member'
  AND m.created_at >= %(since)s
GROUP BY c.shop_id
"""


@dataclass(frozen=True, slots=True)
class ReachabilityRules:
    version: int
    waiting_customers: int
    notice_after: timedelta
    escalate_after: timedelta


@dataclass(frozen=True, slots=True)
class _Quiet:
    """A shop with customers waiting: since when nobody has said anything, in hours of its own."""

    shop_id: int
    began_at: datetime
    waiting: int
    open_seconds: float


@lru_cache(maxsize=1)
def rules() -> ReachabilityRules:
    """The file's thresholds; raises KeyError or ValueError where it is wrong."""
    data = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    return ReachabilityRules(
        int(data["version"]),
        int(data["waiting_customers"]),
        timedelta(minutes=data["notice_after_open_minutes"]),
        timedelta(minutes=data["escalate_after_open_minutes"]),
    )


def watch(now: datetime | None = None) -> int:
    """Look at every shop once; how many became silent. Safe to repeat and beside itself."""
    now = now or timezone.now()
    quiet = {found.shop_id: found for found in _quiet_shops(now)}
    noticed = sum(_note(found, now) for found in quiet.values())
    _end_those_that_spoke(quiet, now)
    return noticed


def _quiet_shops(now: datetime) -> list[_Quiet]:
    with connection.cursor() as cursor:
        latest, customers = now - rules().notice_after, rules().waiting_customers
        cursor.execute(_WAITING, {"latest": latest, "customers": customers})
        waiting = cursor.fetchall()
    if not waiting:
        return []
    last_words = _last_words([row[0] for row in waiting], since=min(row[1] for row in waiting))
    calendars = {pk: found.schedule.calendar for pk, found in rules_of(row[0] for row in waiting).items()}
    candidates = (
        _quiet(calendars[shop_id], shop_id, began_at, number, last_words, now)
        for shop_id, began_at, number in waiting
    )
    return [found for found in candidates if found is not None]


def _quiet(
    calendar: Calendar,
    shop_id: int,
    began_at: datetime,
    waiting: int,
    last_words: Mapping[int, datetime],
    now: datetime,
) -> _Quiet | None:
    """None while the shop is closed, or has not been silent for long enough of its own hours."""
    silent_since = max(began_at, last_words.get(shop_id, began_at))
    seconds = open_seconds_between(calendar, silent_since, now)
    if not is_open(calendar, now) or seconds < rules().notice_after.total_seconds():
        return None
    return _Quiet(shop_id, began_at, waiting, seconds)


def _last_words(shop_ids: Sequence[int], *, since: datetime) -> dict[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(_LAST_WORDS, {"shops": list(shop_ids), "since": since})
        return dict(cursor.fetchall())


@transaction.atomic
def _note(found: _Quiet, now: datetime) -> bool:
    """Keep the spell's row up to date and tell whom it is time to tell; whether it is a new one."""
    shop = Shop.objects.select_for_update().get(pk=found.shop_id)
    figures = {"waiting": found.waiting, "open_seconds": int(found.open_seconds)}
    silence = ShopSilence.objects.filter(shop=shop, ended_at=None).first()
    is_new = silence is None
    if silence is None:
        silence = ShopSilence.objects.create(
            shop=shop, began_at=found.began_at, noticed_at=now, rules_version=rules().version, **figures
        )
        _tell_shop(silence)
    else:
        silence.waiting, silence.open_seconds = figures["waiting"], figures["open_seconds"]
    if silence.escalated_at is None and found.open_seconds >= rules().escalate_after.total_seconds():
        silence.escalated_at = now
        _tell_operators(silence)
    silence.save(update_fields=["waiting", "open_seconds", "escalated_at"])
    return is_new


def _end_those_that_spoke(quiet: Iterable[int], now: datetime) -> None:
    """A spell ends when somebody of the shop wrote, or nobody waits any more; a closed shop's goes on."""
    rest = ShopSilence.objects.filter(ended_at=None).exclude(shop__in=list(quiet))
    for silence in rest.select_related("shop"):
        still_waiting = waiting_conversations(silence.shop).exists()
        has_spoken = _last_words([silence.shop_id], since=silence.began_at)
        spoke_at = has_spoken.get(silence.shop_id)
        if not still_waiting or (spoke_at is not None and spoke_at > silence.noticed_at):
            ShopSilence.objects.filter(pk=silence.pk, ended_at=None).update(ended_at=now)


def waiting_conversations(shop: Shop) -> QuerySet[Conversation]:
    """Live conversations in which the shop owes an answer, the longest wait first."""
    rows = Conversation.objects.filter(
        shop=shop,
        due_at__isnull=False,
        waiting_since__isnull=False,
        origin=Conversation.Origin.LIVE,
        handled_by=Conversation.HandledBy.SHOP,
    )
    return rows.exclude(status=Conversation.Status.SPAM).order_by("waiting_since", "pk")


def _tell_shop(silence: ShopSilence) -> None:
    rows = waiting_conversations(silence.shop).select_related("customer")[:LISTED]
    notify(
        user_ids=member_ids_with(silence.shop_id, Capability.MANAGE_SETTINGS),
        kind="shop_silent",
        subject_key=f"silence:{silence.pk}",
        context=_context(silence)
        | {
            "customers": [
                {"name": row.customer.short_name, "since": row.waiting_since.isoformat()}
                for row in rows
                if row.waiting_since
            ]
        },
        url=reverse("seller:messages", args=[silence.shop.slug]),
    )


def _tell_operators(silence: ShopSilence) -> None:
    operators = StaffMembership.objects.filter(role=StaffRole.OPERATOR, user__is_active=True)
    notify(
        user_ids=operators.values_list("user_id", flat=True),
        kind="shop_silent_escalated",
        subject_key=f"silence:{silence.pk}",
        context=_context(silence),
        url=reverse("ops:silent_shops"),
    )


def _context(silence: ShopSilence) -> dict[str, object]:
    return {
        "shop": silence.shop.name,
        "waiting": silence.waiting,
        "open_hours": silence.open_seconds // 3600,
    }
