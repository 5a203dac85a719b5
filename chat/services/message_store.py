"""The SQL of the hot path (``chat.services.messages``): four statements, whatever the size of the batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection

from chat.models import Conversation, Message
from chat.serializers import Draft
from core.rows import row

HISTORY = 8  # Earlier messages that the screening sees, for violations in pieces.


# One row per draft, in order. No row lock. The history comes newest first.
_READ = """
SELECT c.id, c.customer_id, c.shop_id, c.handled_by, c.origin,
       customer.display_name, customer.email, shop.name, shop.kind, shop.time_zone,
       product.title, product.price_cents, product.currency, product.warranty,
       author.display_name, author.email, author.is_active, member.role,
       stored.id, stored.body_hash, c.blocked_by, c.waiting_since IS NOT NULL,
       ARRAY(SELECT m.author_kind || ':' || m.body FROM chat_message m
             WHERE m.conversation_id = c.id ORDER BY m.seq DESC LIMIT %(history)s)
FROM unnest(%(conversations)s::bigint[], %(authors)s::bigint[], %(refs)s::uuid[])
     WITH ORDINALITY AS draft (conversation_id, author_id, client_ref, position)
LEFT JOIN chat_conversation c ON c.id = draft.conversation_id
LEFT JOIN shops_shop shop ON shop.id = c.shop_id
LEFT JOIN accounts_user customer ON customer.id = c.customer_id
LEFT JOIN shops_product product ON product.id = c.product_id
LEFT JOIN accounts_user author ON author.id = draft.author_id
LEFT JOIN shops_shopmember member
       ON member.shop_id = c.shop_id AND member.user_id = draft.author_id AND member.is_active
LEFT JOIN chat_message stored ON stored.client_ref = draft.client_ref AND stored.conversation_id = c.id
      AND stored.author_id IS NOT DISTINCT FROM draft.author_id
ORDER BY draft.position
"""


@dataclass(slots=True)
class Facts:
    """One row of READ."""

    conversation_id: int | None
    customer_id: int
    shop_id: int
    handled_by: str
    origin: str
    customer_name: str
    customer_email: str
    shop_name: str
    shop_kind: str
    shop_time_zone: str
    product_title: str | None
    product_price_cents: int | None
    product_currency: str | None
    product_warranty: str | None
    author_name: str | None
    author_email: str | None
    author_is_active: bool | None
    role: str | None
    stored_id: int | None
    stored_hash: bytes | None
    blocked_by: str
    has_question: bool  # The customer waits for an answer.
    history: list[str]


_UPDATED = (
    "last_seq",
    "change_no",
    "changed_at",
    "last_message_at",
    "last_preview",
    "waiting_since",
    "due_at",
    "status",
    "snoozed_until",
)


def read(drafts: Sequence[Draft]) -> list[Facts]:
    with connection.cursor() as cursor:
        cursor.execute(
            _READ,
            {
                "history": HISTORY,
                "conversations": [draft.conversation_id for draft in drafts],
                "authors": [draft.author_id for draft in drafts],
                "refs": [draft.client_ref for draft in drafts],
            },
        )
        return [Facts(*row) for row in cursor.fetchall()]


# Counters and time under the row locks, in id order against deadlocks. The clock never runs backwards within
# a conversation, whatever happens to the machine's.
_LOCK = """
SELECT id, last_seq, change_no, last_message_at, last_preview, waiting_since, due_at, status, handled_by,
       snoozed_until, greatest(clock_timestamp(), last_message_at)
FROM chat_conversation WHERE id = ANY(%s) ORDER BY id FOR UPDATE
"""
_LOCKED = (
    "pk",
    "last_seq",
    "change_no",
    "last_message_at",
    "last_preview",
    "waiting_since",
    "due_at",
    "status",
    "handled_by",
    "snoozed_until",
)

# Everything that becomes true with these messages, in one statement.
_INSERT = """
WITH new AS (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS t (
        conversation_id bigint, seq int, change_no int, author_id bigint, author_kind text, body text,
        client_ref uuid, body_hash bytea, state text, mask_spans jsonb, reply_to_id bigint, card jsonb,
        attachment_count int, created_at timestamptz)
), stored AS (
    INSERT INTO chat_message (conversation_id, seq, change_no, author_id, author_kind, body, client_ref,
                              body_hash, state, mask_spans, reply_to_id, card, attachment_count,
                              is_imported, created_at)
    SELECT conversation_id, seq, change_no, author_id, author_kind, body, client_ref, body_hash,
           state, mask_spans, reply_to_id, card, attachment_count,
           %(is_imported)s, created_at
    FROM new
    RETURNING id, conversation_id, seq, change_no, created_at
), numbered AS (
    INSERT INTO chat_change (conversation_id, change_no, kind, message_id, created_at)
    SELECT conversation_id, change_no, 'message.created', id, created_at FROM stored
), queued AS (
    INSERT INTO chat_messagescan (message_id, ruleset, state, leased_until, attempts, last_error, created_at)
    SELECT id, %(ruleset)s, CASE WHEN %(lease)s::interval IS NULL THEN 'pending' ELSE 'leased' END,
           now() + %(lease)s::interval, 0, '', now() FROM stored
)
SELECT conversation_id, seq, id FROM stored
"""

_UPDATE = """
UPDATE chat_conversation c
SET last_seq = t.last_seq, change_no = t.change_no, changed_at = t.changed_at,
    last_message_at = t.last_message_at, last_preview = t.last_preview,
    waiting_since = t.waiting_since, due_at = t.due_at, status = t.status,
    snoozed_until = t.snoozed_until
FROM json_to_recordset(%s::json)
     AS t (id bigint, last_seq int, change_no int, changed_at timestamptz, last_message_at timestamptz,
           last_preview text, waiting_since timestamptz, due_at timestamptz, status text,
           snoozed_until timestamptz)
WHERE c.id = t.id
"""


def lock(ids: set[int], *, skip_locked: bool) -> dict[int, tuple[Conversation, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK + (" SKIP LOCKED" if skip_locked else ""), [list(ids)])
        rows = cursor.fetchall()
    return {
        found[0]: (row(Conversation, **dict(zip(_LOCKED, found[:-1], strict=True))), found[-1])
        for found in rows
    }


def insert(
    messages: Sequence[Message],
    *,
    ruleset: str,
    is_imported: bool = False,
    lease: timedelta | None = None,
) -> None:
    """Store the messages with their changes and scan rows, and give them their ids.

    With ``lease`` the scans belong to the caller for so long; else to whoever comes.
    """
    rows = [_stored_values(message) for message in messages]
    arguments: dict[str, Any] = {
        "rows": _json(rows),
        "ruleset": ruleset,
        "is_imported": is_imported,
        "lease": lease,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, arguments)
        ids = {(conversation_id, seq): pk for conversation_id, seq, pk in cursor.fetchall()}
    for message in messages:
        message.pk = ids[message.conversation_id, message.seq]
        message._state.adding = False


def _stored_values(message: Message) -> dict[str, Any]:
    return {
        "conversation_id": message.conversation_id,
        "seq": message.seq,
        "change_no": message.change_no,
        "author_id": message.author_id,
        "author_kind": message.author_kind,
        "body": message.body,
        "client_ref": message.client_ref,
        "body_hash": "\\x" + message.body_hash.hex(),
        "state": message.state,
        "mask_spans": message.mask_spans,
        "reply_to_id": message.reply_to_id,
        "card": message.card or None,
        "attachment_count": message.attachment_count,
        "created_at": message.created_at,
    }


def update(conversations: Sequence[Conversation]) -> None:
    rows = [{name: getattr(one, name) for name in ("id", *_UPDATED)} for one in conversations]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [_json(rows)])


def _json(rows: list[dict[str, Any]]) -> str:
    """One parameter for many rows: quoting an array for every column takes five times as long."""
    return orjson.dumps(rows).decode()
