"""The SQL of the hot path (``chat.services.messages``): four statements, whatever the size of the batch."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from chat.models import Conversation, Message
from chat.serializers import Draft

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
    SELECT * FROM unnest(
        %(conversation)s::bigint[], %(seq)s::int[], %(change_no)s::int[], %(author)s::bigint[],
        %(author_kind)s::text[], %(body)s::text[], %(client_ref)s::uuid[], %(body_hash)s::bytea[],
        %(state)s::text[], %(mask_spans)s::text[], %(reply_to)s::bigint[], %(card)s::text[],
        %(attachment_count)s::int[], %(created_at)s::timestamptz[]
    ) AS t (conversation_id, seq, change_no, author_id, author_kind, body, client_ref, body_hash,
            state, mask_spans, reply_to_id, card, attachment_count, created_at)
), stored AS (
    INSERT INTO chat_message (conversation_id, seq, change_no, author_id, author_kind, body, client_ref,
                              body_hash, state, mask_spans, reply_to_id, card, attachment_count,
                              is_imported, created_at)
    SELECT conversation_id, seq, change_no, author_id, author_kind, body, client_ref, body_hash,
           state, mask_spans::jsonb, reply_to_id, card::jsonb, attachment_count,
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
FROM unnest(%(id)s::bigint[], %(last_seq)s::int[], %(change_no)s::int[], %(changed_at)s::timestamptz[],
            %(last_message_at)s::timestamptz[], %(last_preview)s::text[],
            %(waiting_since)s::timestamptz[], %(due_at)s::timestamptz[], %(status)s::text[],
            %(snoozed_until)s::timestamptz[])
     AS t (id, last_seq, change_no, changed_at, last_message_at, last_preview, waiting_since, due_at, status,
           snoozed_until)
WHERE c.id = t.id
"""


def lock(ids: set[int], *, skip_locked: bool) -> dict[int, tuple[Conversation, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK + (" SKIP LOCKED" if skip_locked else ""), [list(ids)])
        rows = cursor.fetchall()
    return {row[0]: (Conversation(**dict(zip(_LOCKED, row[:-1], strict=True))), row[-1]) for row in rows}


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
    with connection.cursor() as cursor:
        arguments: dict[str, Any] = {
            "conversation": [message.conversation_id for message in messages],
            "seq": [message.seq for message in messages],
            "change_no": [message.change_no for message in messages],
            "author": [message.author_id for message in messages],
            "author_kind": [str(message.author_kind) for message in messages],
            "body": [message.body for message in messages],
            "client_ref": [message.client_ref for message in messages],
            "body_hash": [message.body_hash for message in messages],
            "state": [str(message.state) for message in messages],
            "mask_spans": [json.dumps(message.mask_spans) for message in messages],
            "reply_to": [message.reply_to_id for message in messages],
            "card": [json.dumps(message.card) if message.card else None for message in messages],
            "attachment_count": [message.attachment_count for message in messages],
            "created_at": [message.created_at for message in messages],
            "ruleset": ruleset,
            "is_imported": is_imported,
            "lease": lease,
        }
        cursor.execute(_INSERT, arguments)
        ids = {(conversation_id, seq): pk for conversation_id, seq, pk in cursor.fetchall()}
    for message in messages:
        message.pk = ids[message.conversation_id, message.seq]
        message._state.adding = False


def update(conversations: Sequence[Conversation]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _UPDATE,
            {"id": [row.pk for row in conversations]}
            | {name: [getattr(row, name) for row in conversations] for name in _UPDATED},
        )
