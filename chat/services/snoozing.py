"""Putting a conversation out of sight until later, and the mark "no answer needed".

Neither touches the ledger: a running clock goes on, and the row keeps showing it. A snooze ends at its time
or with the customer's next message (``chat.services.messages``). Its end is carried out by whoever comes
first: the sweeper of the beat, or the first look at the inbox. So it holds with the beat dead.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import Conversation
from chat.selectors import database_now
from chat.services import announcements
from core.errors import Conflict, Invalid

LONGEST = timedelta(days=365)
BATCH = 500

_WAKE = f"""
UPDATE chat_conversation SET snoozed_until = NULL, changed_at = clock_timestamp()
WHERE id IN (SELECT id FROM chat_conversation
             WHERE snoozed_until <= %(now)s AND (%(shop)s::bigint IS NULL OR shop_id = %(shop)s)
             ORDER BY id LIMIT {BATCH} FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@transaction.atomic
def snooze(*, conversation: Conversation, until: datetime) -> None:
    """Out of the views until a moment in the future. Only an open conversation sleeps."""
    now = timezone.now()
    if not now < until <= now + LONGEST:
        raise Invalid(_("Choose a time that lies ahead, at most a year away."), code="invalid_time")
    row = _lock(conversation)
    if row.status != Conversation.Status.OPEN:
        raise Conflict(_("Only an open conversation can be snoozed."), code="not_open")
    row.snoozed_until = until
    _save(row, "snoozed_until")


@transaction.atomic
def wake(*, conversation: Conversation) -> None:
    """Back into sight at once. Repeating it changes nothing."""
    row = _lock(conversation)
    if row.snoozed_until is not None:
        row.snoozed_until = None
        _save(row, "snoozed_until")


@transaction.atomic
def wake_due(*, shop_id: int | None = None, now: datetime | None = None) -> int:
    """End the snoozes that are over, of one shop or of all; returns how many. Safe beside itself."""
    with connection.cursor() as cursor:
        cursor.execute(_WAKE, {"now": now or timezone.now(), "shop": shop_id})
        woken = [pk for (pk,) in cursor.fetchall()]
    for row in Conversation.objects.filter(pk__in=woken).select_related("shop", "customer", "assigned_to"):
        announcements.row_changed(row)
    return len(woken)


@transaction.atomic
def mark_no_answer_needed(*, conversation: Conversation, on: bool) -> None:
    """A mark to look at: it covers what was written so far and changes no clock and no rate."""
    row = _lock(conversation)
    wanted = row.last_seq if on else None
    if row.no_answer_seq != wanted:
        row.no_answer_seq = wanted
        _save(row, "no_answer_seq")


def _lock(conversation: Conversation) -> Conversation:
    rows = Conversation.objects.select_for_update(of=("self",))
    return rows.select_related("shop", "customer", "assigned_to").get(pk=conversation.pk)


def _save(row: Conversation, field: str) -> None:
    row.changed_at = database_now()  # So that whoever polls reads the row again. No number: a viewer's own.
    row.save(update_fields=[field, "changed_at"])
    announcements.row_changed(row)
