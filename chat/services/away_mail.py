"""E-mail about unread messages to people who are away: one per conversation, or one for all, never twice.

What was told is a number per person and conversation (``UnreadMail``). It moves in the statement that
decides, so two ticks beside each other send once. No text of messages unless the person asked for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from chat import presence
from chat.access import Side, Viewer
from chat.models import Conversation, NoticeSettings
from chat.selectors import message_text_for, messages_after
from notifications.services import notify
from shops.capabilities import Capability, roles_with

KIND = "unread_messages"
INSTANT_AFTER = timedelta(minutes=2)
DIGEST_EVERY = timedelta(hours=1)
LOOK_BACK = timedelta(days=3)  # Older messages that nobody was told of are no news.
SNIPPETS = 3
STOP_SALT = "chat.away-mail.stop"
_WRITERS = [str(role) for role in roles_with(Capability.REPLY_TO_CUSTOMERS)]

# Unread messages by people of the other side: for the customer, and for the member it is assigned to, or for
# all who answer customers. Muted conversations and people who want no mail are left out.
_UNREAD = """
WITH recent AS (
    SELECT id, customer_id, shop_id, assigned_to_id FROM chat_conversation
    WHERE last_message_at > %(since)s AND status <> 'spam' AND blocked_by = ''
), person AS (
    SELECT id AS conversation_id, customer_id AS user_id, true AS is_customer FROM recent
    UNION ALL
    SELECT r.id, m.user_id, false FROM recent r
    JOIN shops_shopmember m ON m.shop_id = r.shop_id AND m.is_active AND m.role = ANY(%(writers)s)
    WHERE r.assigned_to_id IS NULL OR r.assigned_to_id = m.user_id
)
SELECT p.user_id, p.conversation_id, p.is_customer, count(*), max(m.seq), min(m.created_at)
FROM person p
LEFT JOIN chat_receipt r ON r.conversation_id = p.conversation_id AND r.user_id = p.user_id
LEFT JOIN chat_unreadmail t ON t.conversation_id = p.conversation_id AND t.user_id = p.user_id
LEFT JOIN chat_noticesettings s ON s.user_id = p.user_id
JOIN chat_message m ON m.conversation_id = p.conversation_id
     AND m.seq > greatest(coalesce(r.read_seq, 0), coalesce(t.seq, 0))
     AND m.state <> 'withheld' AND NOT m.is_imported AND m.created_at > %(since)s
     AND CASE WHEN p.is_customer THEN m.author_kind IN ('member', 'platform')
              ELSE m.author_kind = 'customer' END
WHERE coalesce(s.mail, 'digest') <> 'off'
  AND NOT EXISTS (SELECT 1 FROM chat_mute q
                  WHERE q.conversation_id = p.conversation_id AND q.user_id = p.user_id)
GROUP BY p.user_id, p.conversation_id, p.is_customer
ORDER BY p.user_id, p.conversation_id
"""

# Only what is higher than before comes back: whoever comes second gets nothing.
_TELL = """
INSERT INTO chat_unreadmail AS t (user_id, conversation_id, seq, sent_at)
SELECT %(user)s, told.conversation_id, told.seq, %(now)s
FROM unnest(%(conversations)s::bigint[], %(seqs)s::int[]) AS told (conversation_id, seq)
ON CONFLICT (user_id, conversation_id) DO UPDATE SET seq = excluded.seq, sent_at = excluded.sent_at
WHERE t.seq < excluded.seq
RETURNING conversation_id
"""


@dataclass(frozen=True, slots=True)
class Unread:
    conversation_id: int
    is_customer: bool
    count: int
    seq: int
    since: datetime


def send_unread_mail(*, now: datetime | None = None) -> int:
    """Tell everybody who is due. Returns the number of e-mails queued. Safe beside itself."""
    now = now or timezone.now()
    waiting = _unread(now)
    here = presence.present(waiting)
    people = User.objects.filter(pk__in=set(waiting) - here, is_active=True).select_related("notice_settings")
    return sum(_tell(person, waiting[person.pk], now) for person in people.order_by("pk"))


def _unread(now: datetime) -> dict[int, list[Unread]]:
    found: dict[int, list[Unread]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, {"since": now - LOOK_BACK, "writers": _WRITERS})
        for user_id, *fields in cursor.fetchall():
            found.setdefault(user_id, []).append(Unread(*fields))
    return found


def _tell(person: User, unread: list[Unread], now: datetime) -> int:
    choices = getattr(person, "notice_settings", None) or NoticeSettings(user=person)
    if is_quiet(choices, zone=person.time_zone, now=now):
        return 0
    if choices.mail == NoticeSettings.Mail.INSTANT:
        due = [[each] for each in unread if now - each.since >= INSTANT_AFTER]
    else:
        oldest = min(each.since for each in unread)
        after = timedelta(minutes=choices.mail_after_min)
        due = [unread] if now - oldest >= after and not _was_told_lately(person, now) else []
    return sum(_mail(person, choices, group, now) for group in due)


def is_quiet(choices: NoticeSettings, *, zone: str, now: datetime) -> bool:
    """Whether the person's own clock stands in their quiet hours; a span may go over midnight."""
    if not choices.has_quiet_hours or choices.quiet_from == choices.quiet_to:
        return False
    clock: time = now.astimezone(ZoneInfo(zone or "UTC")).time()
    if choices.quiet_from < choices.quiet_to:
        return choices.quiet_from <= clock < choices.quiet_to
    return clock >= choices.quiet_from or clock < choices.quiet_to


def _was_told_lately(person: User, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(sent_at) FROM chat_unreadmail WHERE user_id = %s", [person.pk])
        (latest,) = cursor.fetchone()
    return latest is not None and now - latest < DIGEST_EVERY


@transaction.atomic
def _mail(person: User, choices: NoticeSettings, group: Sequence[Unread], now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _TELL,
            {
                "user": person.pk,
                "now": now,
                "conversations": [each.conversation_id for each in group],
                "seqs": [each.seq for each in group],
            },
        )
        told = {row[0] for row in cursor.fetchall()}
    new = [each for each in group if each.conversation_id in told]
    if not new:
        return 0
    rows = Conversation.objects.select_related("shop", "customer").in_bulk(told)
    lines = [_line(rows[each.conversation_id], each, person, choices) for each in new]
    stop = settings.PUBLIC_URL.rstrip("/") + reverse("account:stop_mail", args=[stop_token(person.pk)])
    notify(
        user_ids=[person.pk],
        kind=KIND,
        subject_key=f"chat:{new[0].conversation_id}",
        dedupe=f"{new[0].seq}/{len(new)}/{int(now.timestamp())}",
        context={
            "lines": lines,
            "count": sum(each.count for each in new),
            "name": lines[0]["name"] if len(lines) == 1 else "",
            "stop": stop,
            "choices": settings.PUBLIC_URL.rstrip("/") + reverse("account:chat_notices"),
        },
        url=_page(rows, new),
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        is_listed=False,  # The chat itself shows what is unread.
    )
    return 1


def _line(row: Conversation, unread: Unread, person: User, choices: NoticeSettings) -> dict[str, Any]:
    name = row.shop.name if unread.is_customer else row.customer.short_name
    line: dict[str, Any] = {"name": name, "count": unread.count, "texts": []}
    if not unread.is_customer:
        line["shop"] = row.shop.name
    if choices.shows_text:
        viewer = Viewer(person.pk, Side.CUSTOMER if unread.is_customer else Side.SHOP)
        page = messages_after(row, max(0, unread.seq - unread.count), viewer=viewer, limit=SNIPPETS)
        line["texts"] = [message_text_for(message, viewer).body[:200] for message in page.messages]
    return line


def _page(rows: dict[int, Conversation], new: Sequence[Unread]) -> str:
    first = new[0]
    if len(new) == 1 and first.is_customer:
        return reverse("customer:chat", args=[first.conversation_id])
    if first.is_customer:
        return reverse("customer:chats")
    slug = rows[first.conversation_id].shop.slug
    if len(new) == 1:
        return reverse("seller:conversation", args=[slug, first.conversation_id])
    return reverse("seller:messages", args=[slug])


def stop_token(user_id: int) -> str:
    """Signed, without an end: an old e-mail must be able to stop the next one."""
    return signing.dumps(user_id, salt=STOP_SALT)


def stop_by_token(token: str) -> User | None:
    """Switch the e-mails off for whom the token was made; None for a token that is not ours."""
    try:
        user_id = signing.loads(token, salt=STOP_SALT)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        NoticeSettings.objects.update_or_create(user=user, defaults={"mail": NoticeSettings.Mail.OFF})
    return user


def read_token(token: str) -> User | None:
    """For whom a token was made, without changing anything."""
    try:
        return User.objects.filter(pk=signing.loads(token, salt=STOP_SALT)).first()
    except signing.BadSignature:
        return None
