"""A shop's desk: its views, their counts and one page of rows, at a cost that does not grow with the shop."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from django.db import connection
from django.db.models import Exists, F, JSONField, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation, ConversationLabel, NoticeSettings
from chat.selectors import ENTRY, UNREAD_CAP, InboxEntry, make_entry
from core.errors import Invalid

SOON = timedelta(hours=2)  # An answer due within this is due soon.
COUNT_CAP = 100  # A view is counted no further: "99+".
RECENT = 1_000  # The unread view looks at so many conversations, those with the newest messages.
PAGE = 50
MOST_MUTED = 1_000


class View(StrEnum):
    MINE = "mine"
    UNASSIGNED = "unassigned"
    ALL = "all"
    SOON = "soon"
    OVERDUE = "overdue"
    UNREAD = "unread"
    SNOOZED = "snoozed"
    CLOSED = "closed"
    SPAM = "spam"


_UNREAD_IDS = f"""
    SELECT c.id FROM (
        SELECT id, last_seq, status, snoozed_until FROM chat_conversation
        WHERE shop_id = %s AND last_message_at IS NOT NULL
        ORDER BY last_message_at DESC NULLS LAST LIMIT {RECENT}
    ) c
    LEFT JOIN chat_receipt r ON r.conversation_id = c.id AND r.user_id = %s
    WHERE c.status = 'open' AND c.snoozed_until IS NULL AND EXISTS (
        SELECT 1 FROM chat_message m
        WHERE m.conversation_id = c.id
          AND m.seq > greatest(coalesce(r.read_seq, 0), c.last_seq - {UNREAD_CAP})
          AND m.author_kind = 'customer' AND m.state <> 'withheld' AND NOT m.is_imported
    )
"""


def rows_of(
    view: View, *, shop_id: int, user_id: int, now: datetime, label_id: int | None = None
) -> QuerySet[Conversation]:
    """The conversations of a view, for this member. Snoozes that are over must have been ended before."""
    rows = Conversation.objects.filter(shop_id=shop_id)
    if label_id is not None:
        put = ConversationLabel.objects.filter(conversation_id=OuterRef("pk"), label_id=label_id)
        rows = rows.filter(Exists(put))
    if view == View.CLOSED:
        return rows.filter(status=Conversation.Status.RESOLVED)
    if view == View.SPAM:
        return rows.filter(status=Conversation.Status.SPAM)
    rows = rows.filter(status=Conversation.Status.OPEN, last_seq__gt=0)
    if view == View.SNOOZED:
        return rows.filter(snoozed_until__isnull=False)
    rows = rows.filter(snoozed_until=None)
    narrower: dict[View, Q] = {
        View.MINE: Q(assigned_to=user_id),
        View.UNASSIGNED: Q(assigned_to=None),
        View.SOON: Q(due_at__gte=now, due_at__lt=now + SOON),
        View.OVERDUE: Q(due_at__lt=now),
        View.UNREAD: Q(pk__in=RawSQL(_UNREAD_IDS, [shop_id, user_id])),
    }
    return rows.filter(narrower[view]) if view in narrower else rows


@dataclass(frozen=True, slots=True)
class DeskPage:
    """Lines in the order of the desk; ``after`` is where the next page goes on, empty behind the last."""

    entries: list[InboxEntry]
    after: str


def page_of(rows: QuerySet[Conversation], *, user_id: int, after: str = "", limit: int = PAGE) -> DeskPage:
    """One page of a view, in one query: running clocks by deadline, then the newest message first.

    Raises ``Invalid`` for a cursor that no page gave.
    """
    rows = rows.select_related("shop", "customer", "assigned_to").annotate(
        entry=RawSQL(
            f"(SELECT to_jsonb(entry) FROM ({ENTRY.format(c='chat_conversation')}) entry)",
            [user_id, UNREAD_CAP, user_id],
            output_field=JSONField(),
        )
    )
    ordered = _after(rows, after).order_by(
        F("due_at").asc(nulls_last=True), F("last_message_at").desc(nulls_last=True), "-pk"
    )
    found = list(ordered[:limit])
    entries = [make_entry(row, **row.entry) for row in found]  # type: ignore[attr-defined]
    if len(found) == limit:
        return DeskPage(entries, _cursor(found[-1]))
    # A page of the part with running clocks may be short: the rest begins on the next one.
    is_first_part = after.startswith("due ")
    return DeskPage(entries, "last" if is_first_part else "")


def _cursor(row: Conversation) -> str:
    kind, moment = ("due", row.due_at) if row.due_at else ("last", row.last_message_at)
    return f"{kind} {moment.isoformat()} {row.pk}" if moment else ""


def _after(rows: QuerySet[Conversation], cursor: str) -> QuerySet[Conversation]:
    """What follows a cursor, as one range of the index: either with a running clock or without."""
    if not cursor:
        return rows
    if cursor == "last":
        return rows.filter(due_at=None)
    kind, _gap, rest = cursor.partition(" ")
    text, _gap, pk = rest.partition(" ")
    moment = _moment(text)
    if moment is None or kind not in ("due", "last") or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        raise Invalid(_("This is no place in the list. Begin at the top."), code="invalid_cursor")
    if kind == "due":
        return rows.filter(due_at__gte=moment).exclude(due_at=moment, pk__gte=int(pk))
    return rows.filter(due_at=None, last_message_at__lte=moment).exclude(
        last_message_at=moment, pk__gte=int(pk)
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


@dataclass(frozen=True, slots=True)
class DeskLabel:
    id: int
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class DeskHead:
    """What stands over the list: each view's size, counted no further than ``COUNT_CAP``, and the labels."""

    counts: dict[View, int]
    labels: list[DeskLabel]
    notices: NoticeSettings  # Of this member; the defaults (not stored) where there are none.
    muted: list[int]  # Conversations of which this member wants no notices, at most ``MOST_MUTED``.
    must_wake: bool  # A snooze of this shop is over and nobody has ended it yet.


_OPEN = "SELECT 1 FROM chat_conversation WHERE shop_id = %(shop)s AND status = 'open' AND last_seq > 0"
_AWAKE = f"{_OPEN} AND snoozed_until IS NULL"
_COUNTED: dict[View, str] = {
    View.MINE: f"{_AWAKE} AND assigned_to_id = %(user)s",
    View.UNASSIGNED: f"{_AWAKE} AND assigned_to_id IS NULL",
    View.ALL: _AWAKE,
    View.SOON: f"{_AWAKE} AND due_at >= %(now)s AND due_at < %(soon)s",
    View.OVERDUE: f"{_AWAKE} AND due_at < %(now)s",
    View.UNREAD: _UNREAD_IDS.replace("shop_id = %s", "shop_id = %(shop)s").replace("%s", "%(user)s"),
    View.SNOOZED: f"{_OPEN} AND snoozed_until IS NOT NULL",
    View.CLOSED: "SELECT 1 FROM chat_conversation WHERE shop_id = %(shop)s AND status = 'resolved'",
    View.SPAM: "SELECT 1 FROM chat_conversation WHERE shop_id = %(shop)s AND status = 'spam'",
}
_HEAD = "SELECT {counts}, {labels}, {notices}, {muted}, {wakes}".format(
    counts=", ".join(
        f"(SELECT count(*) FROM ({sql} LIMIT {COUNT_CAP}) counted)" for sql in _COUNTED.values()
    ),
    labels="""(SELECT coalesce(array_agg(ARRAY[id::text, name, colour] ORDER BY lower(name)), '{}')
               FROM chat_label WHERE shop_id = %(shop)s)""",
    # All that the page needs to know of its reader, so that it costs no further queries.
    notices="""(SELECT array_agg(ARRAY[browser::text, shows_text::text, has_quiet_hours::text,
                                       quiet_from::text, quiet_to::text])
                FROM chat_noticesettings WHERE user_id = %(user)s)""",
    muted=f"""ARRAY(SELECT conversation_id FROM chat_mute WHERE user_id = %(user)s
                    ORDER BY conversation_id DESC LIMIT {MOST_MUTED})""",
    wakes="EXISTS (SELECT 1 FROM chat_conversation WHERE shop_id = %(shop)s AND snoozed_until <= %(now)s)",
)


def head_of(shop_id: int, *, user_id: int, now: datetime) -> DeskHead:
    """Counts and labels, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_HEAD, {"shop": shop_id, "user": user_id, "now": now, "soon": now + SOON})
        *counts, labels, notices, muted, must_wake = cursor.fetchone()
    return DeskHead(
        dict(zip(_COUNTED, counts, strict=True)),
        [DeskLabel(int(pk), name, colour) for pk, name, colour in labels],
        _notices(user_id, notices),
        muted,
        must_wake,
    )


def _notices(user_id: int, found: list[list[str]] | None) -> NoticeSettings:
    if not found:
        return NoticeSettings(user_id=user_id)
    browser, shows_text, has_quiet_hours, quiet_from, quiet_to = found[0]
    return NoticeSettings(
        user_id=user_id,
        browser=browser == "true",
        shows_text=shows_text == "true",
        has_quiet_hours=has_quiet_hours == "true",
        quiet_from=time.fromisoformat(quiet_from),
        quiet_to=time.fromisoformat(quiet_to),
    )
