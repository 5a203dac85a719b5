"""The SQL of the full scan: claim, load, finish. One statement each, whatever the size of the batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db import connection

from accounts.models import User
from chat.models import Conversation, Message
from chat.services.message_store import HISTORY
from core.rows import row
from shops.models import Product, Shop

LEASE = timedelta(seconds=45)  # Far above what a batch takes; a killed worker's messages wait no longer.
OVERDUE = timedelta(seconds=10)  # The sweeper leaves younger ones to the fast path.
# A message whose worker died so often may be what kills it: it is scanned alone, and by the sweeper only.
SUSPECT = 2

# A claim or a "done" that is lost with the machine is only made again, so nobody waits for the disk. Findings
# and what is hidden do wait.
_SOON = "(SELECT set_config('synchronous_commit', 'off', true)) = 'off'"
_LEASED = f"""
UPDATE chat_messagescan SET state = 'leased', leased_until = now() + %(lease)s, attempts = attempts + 1
WHERE {_SOON} AND id = ANY (ARRAY(SELECT id FROM asked UNION ALL SELECT id FROM waiting))
RETURNING id
"""
# Those of these messages that wait, then the oldest of all that wait: when there is a backlog, a task for one
# message does a whole batch.
_CLAIM = f"""
WITH asked AS (
    SELECT id FROM chat_messagescan
    WHERE message_id = ANY(%(ids)s)
      AND (state = 'pending' OR state = 'leased' AND leased_until < now() AND attempts < %(suspect)s)
    FOR UPDATE SKIP LOCKED
), waiting AS (
    SELECT id FROM chat_messagescan
    WHERE state = 'pending' AND attempts = 0 AND message_id <> ALL(%(ids)s)
    ORDER BY created_at LIMIT %(more)s FOR UPDATE SKIP LOCKED
)
{_LEASED}
"""
# What the fast path left: waiting too long, or leased by somebody who never came back.
_LEFT = """
state IN ('pending', 'leased')
      AND (state = 'pending' AND created_at < now() - %(overdue)s
           OR state = 'leased' AND leased_until < now())
"""
_CLAIM_OVERDUE = f"""
WITH asked AS (
    SELECT id FROM chat_messagescan WHERE attempts < %(suspect)s AND {_LEFT}
    ORDER BY created_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), waiting AS (SELECT id FROM asked WHERE false)
{_LEASED}
"""
_CLAIM_SUSPECT = f"""
WITH asked AS (
    SELECT id FROM chat_messagescan WHERE attempts >= %(suspect)s AND {_LEFT}
    ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
), waiting AS (SELECT id FROM asked WHERE false)
{_LEASED}
"""
# Everything that the engine may know of each message. The history comes newest first.
_LOAD = """
SELECT s.id, s.ruleset, s.attempts,
       m.id, m.seq, m.author_id, m.author_kind, m.body, m.state, m.mask_spans::text,
       m.is_imported, m.created_at,
       c.id, c.order_id, c.shop_id, shop.name, c.customer_id, customer.display_name, customer.email,
       c.product_id, product.title, product.price_cents, product.currency, product.warranty,
       product.description,
       ARRAY(SELECT e.author_kind || ':' || e.body FROM chat_message e
             WHERE e.conversation_id = m.conversation_id AND e.seq < m.seq
             ORDER BY e.seq DESC LIMIT %(history)s),
       EXISTS (SELECT 1 FROM chat_messagescan earlier
               WHERE earlier.message_id = m.id AND earlier.id < s.id AND earlier.ruleset <> s.ruleset)
FROM unnest(%(ids)s::bigint[]) AS wanted (id)
JOIN chat_messagescan s ON s.id = wanted.id
JOIN chat_message m ON m.id = s.message_id
JOIN chat_conversation c ON c.id = m.conversation_id
JOIN shops_shop shop ON shop.id = c.shop_id
JOIN accounts_user customer ON customer.id = c.customer_id
LEFT JOIN shops_product product ON product.id = c.product_id
ORDER BY m.id
"""
_FINISH = """
UPDATE chat_messagescan SET state = 'done', finished_at = clock_timestamp() WHERE id = ANY(%s)
"""
_NEIGHBOURS = """
SELECT m.id, e.author_kind, e.body, e.created_at, e.seq
FROM (SELECT DISTINCT unnest(%s::bigint[])) AS wanted (id)
JOIN chat_message m ON m.id = wanted.id
JOIN chat_message e ON e.conversation_id = m.conversation_id AND e.seq BETWEEN m.seq - %s AND m.seq + %s
ORDER BY m.id, e.seq
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One scan that this process holds. ``message`` has its conversation, shop, customer and product.

    ``history``: ``kind:text`` of the messages before, oldest first. ``is_again``: an older ruleset had it.
    """

    scan_id: int
    ruleset: str
    attempts: int
    message: Message
    history: list[str]
    is_again: bool


class Neighbour(NamedTuple):
    """A message beside another one, or that one itself."""

    author_kind: str
    body: str
    created_at: datetime
    seq: int


class _Loaded(NamedTuple):
    """One row of LOAD."""

    scan_id: int
    ruleset: str
    attempts: int
    message_id: int
    seq: int
    author_id: int | None
    author_kind: str
    body: str
    state: str
    mask_spans: str
    is_imported: bool
    created_at: datetime
    conversation_id: int
    order_id: int | None
    shop_id: int
    shop_name: str
    customer_id: int
    display_name: str
    email: str
    product_id: int | None
    title: str
    price_cents: int
    currency: str
    warranty: str
    description: str
    history: list[str]
    is_again: bool


def claim(ids: Sequence[int], *, batch: int = 0) -> list[int]:
    """Lease the scans of these messages that wait, and older ones up to ``batch``; the scans' ids."""
    return _ids(_CLAIM, ids=list(ids), more=max(0, batch - len(ids)), suspect=SUSPECT, lease=LEASE)


def claim_overdue(*, batch: int) -> list[int]:
    """Lease up to a batch of what was left behind, oldest first, but nothing that may kill its worker."""
    return _ids(_CLAIM_OVERDUE, batch=batch, overdue=OVERDUE, suspect=SUSPECT, lease=LEASE)


def claim_suspect() -> list[int]:
    """Lease the oldest of what was left behind and may kill its worker, alone."""
    return _ids(_CLAIM_SUSPECT, overdue=OVERDUE, suspect=SUSPECT, lease=LEASE)


def load(scan_ids: Sequence[int]) -> list[Claimed]:
    """These scans with all that they need, in order of their messages."""
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, {"ids": list(scan_ids), "history": HISTORY})
        rows = [_Loaded(*found) for found in cursor.fetchall()]
    conversations: dict[int, Conversation] = {}
    return [_claimed(found, conversations) for found in rows]


def _claimed(found: _Loaded, conversations: dict[int, Conversation]) -> Claimed:
    conversation = conversations.get(found.conversation_id)
    if conversation is None:
        conversation = conversations[found.conversation_id] = _conversation(found)
    message = row(
        Message,
        pk=found.message_id,
        conversation=conversation,
        seq=found.seq,
        author_id=found.author_id,
        author_kind=found.author_kind,
        body=found.body,
        state=found.state,
        mask_spans=orjson.loads(found.mask_spans),
        is_imported=found.is_imported,
        created_at=found.created_at,
    )
    return Claimed(found.scan_id, found.ruleset, found.attempts, message, found.history[::-1], found.is_again)


def _conversation(found: _Loaded) -> Conversation:
    product = None
    if found.product_id is not None:
        product = row(
            Product,
            pk=found.product_id,
            title=found.title,
            price_cents=found.price_cents,
            currency=found.currency,
            warranty=found.warranty,
            description=found.description,
        )
    return row(
        Conversation,
        pk=found.conversation_id,
        order_id=found.order_id,
        shop=row(Shop, pk=found.shop_id, name=found.shop_name),
        customer=row(User, pk=found.customer_id, display_name=found.display_name, email=found.email),
        product=product,
    )


def finish(scan_ids: Sequence[int], *, is_clean: bool = False) -> None:
    """These scans are done. ``is_clean``: nothing was found, so doing it twice would lose nothing."""
    if not scan_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"{_FINISH} AND {_SOON}" if is_clean else _FINISH, [list(scan_ids)])


def neighbours(
    message_ids: Sequence[int], *, before: int = 10, after: int = 10
) -> dict[int, list[Neighbour]]:
    """What stands around each of these messages, oldest first, itself included."""
    found: dict[int, list[Neighbour]] = {pk: [] for pk in message_ids}
    with connection.cursor() as cursor:
        cursor.execute(_NEIGHBOURS, [list(message_ids), before, after])
        for pk, *rest in cursor.fetchall():
            found[pk].append(Neighbour(*rest))
    return found


def _ids(statement: str, **arguments: Any) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return [found[0] for found in cursor.fetchall()]
