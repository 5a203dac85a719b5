"""Adding new messages to the latest sessions: one statement to read, one to write, whatever the batch.

Older messages are not read. The session's row keeps its draft (``chat.response_clock.Draft``), and the pure
clock goes on from there, so the result is that of a rebuild.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection

from chat import response_clock
from chat.models import Conversation, Message, Session
from chat.response_clock import Author, Circumstances, ClockRules, Draft, MessageFact, Reason
from chat.services.session_facts import names_of_customer, received
from chat.services.shop_rules import SCHEDULE_COLUMNS, Schedule, parsed_clock, parsed_schedule

_READ = f"""
SELECT wanted.conversation_id, latest.id, latest.draft, latest.pack_code, latest.pack_version,
       (SELECT pack.clock::text FROM chat_rulepackversion pack
        WHERE pack.code = latest.pack_code AND pack.version = latest.pack_version),
       {SCHEDULE_COLUMNS}
FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (conversation_id, shop_id)
JOIN shops_shop shop ON shop.id = wanted.shop_id
JOIN LATERAL (
    SELECT session.id, session.draft, session.pack_code, session.pack_version FROM chat_session session
    WHERE session.conversation_id = wanted.conversation_id ORDER BY session.first_seq DESC LIMIT 1
) AS latest ON true
WHERE NOT EXISTS (
    SELECT 1 FROM chat_sessionmark mark
    WHERE mark.conversation_id = wanted.conversation_id AND mark.lifted_at IS NULL
      AND mark.kind IN ('spam', 'dispute_upheld', 'customer_abuse_upheld')
)
"""

_WRITE = """
UPDATE chat_session session
SET last_seq = new.last_seq, last_message_at = new.last_message_at, clock_started_at = new.clock_started_at,
    deadline = new.deadline, answered_at = new.answered_at, answered_seq = new.answered_seq,
    reason = new.reason, is_provisional = new.is_provisional, draft = new.draft,
    counted_at = session.counted_at || new.counted_at
FROM jsonb_to_recordset(%s::jsonb)
     AS new (id bigint, last_seq int, last_message_at timestamptz, clock_started_at timestamptz,
             deadline timestamptz, answered_at timestamptz, answered_seq int, reason text,
             is_provisional boolean, draft jsonb, counted_at timestamptz[])
WHERE session.id = new.id
"""

_TIMES = frozenset({"opened_at", "last_at", "clock_at", "deadline", "answered_at"})
_NAMES = [field.name for field in fields(Draft) if field.name != "counted_at"]


class _Latest(NamedTuple):
    """The latest session of a conversation, ready to go on."""

    session_id: int
    draft: Draft
    rules: ClockRules
    schedule: Schedule


def append(conversations: Sequence[Conversation], messages: Sequence[Message]) -> list[Conversation]:
    """Add what can be added, and return the conversations that have to be read on instead."""
    facts: dict[int, list[MessageFact]] = defaultdict(list)
    for message in sorted(messages, key=lambda message: message.seq):
        fact = _fact(message)
        if fact.moves_sessions:
            facts[message.conversation_id].append(fact)
    concerned = [conversation for conversation in conversations if conversation.pk in facts]
    latest = _read(concerned)
    written: list[tuple[int, response_clock.Session]] = []
    rest: list[Conversation] = []
    for conversation in concerned:
        found = latest.get(conversation.pk)
        if found is None or not _add(conversation, found, facts[conversation.pk]):
            rest.append(conversation)
            continue
        session = found.draft.finish(found.rules)
        written.append((found.session_id, session))
        set_countdown(conversation, session)
    _write(written)
    return rest


def set_countdown(conversation: Conversation, session: Session | response_clock.Session | None) -> None:
    """Move the countdown of a row in memory; the caller saves it."""
    is_waiting = session is not None and not session.reason and session.answered_at is None
    conversation.due_at = session.deadline if session and is_waiting else None
    conversation.waiting_since = session.clock_started_at if session and is_waiting else None


def kept(draft: Draft) -> dict[str, Any]:
    """A draft as the row keeps it, without what has its own column."""
    values = ((name, getattr(draft, name)) for name in _NAMES)
    return {name: value.isoformat() if name in _TIMES and value else value for name, value in values}


def resumed(values: dict[str, Any]) -> Draft | None:
    """The draft a row keeps; None for a row from before drafts were kept."""
    if values.keys() != set(_NAMES):
        return None
    read: dict[str, Any] = dict(values)
    for name in _TIMES:
        read[name] = datetime.fromisoformat(read[name]) if read[name] else None
    read["first_reason"] = Reason(read["first_reason"]) if read["first_reason"] else None
    return Draft(**read)


def _add(conversation: Conversation, latest: _Latest, facts: Sequence[MessageFact]) -> bool:
    """Whether all of the messages belong to the session, which then holds them."""
    by = Circumstances(
        latest.rules,
        latest.schedule.calendar.hours_at(facts[0].at).zone,
        names_of_customer(conversation),
        (conversation.shop.name,),
    )
    is_platforms = conversation.handled_by == Conversation.HandledBy.PLATFORM
    for fact in facts:
        if not latest.draft.takes(fact, latest.rules):
            return False
        if fact.author is Author.CUSTOMER:
            fact = received(fact, latest.schedule, is_platform_handled=is_platforms)
        latest.draft.add(fact, by)
    return True


def _fact(message: Message) -> MessageFact:
    return MessageFact(
        message.seq,
        message.created_at,
        Author(message.author_kind),
        message.body,
        bool(message.attachment_count or message.card),
        message.is_delivered,
    )


def _read(conversations: Sequence[Conversation]) -> dict[int, _Latest]:
    if not conversations:
        return {}
    with connection.cursor() as cursor:
        ids = [conversation.pk for conversation in conversations]
        cursor.execute(_READ, [ids, [conversation.shop_id for conversation in conversations]])
        rows = cursor.fetchall()
    found = {}
    for pk, session_id, kept_draft, code, version, clock, *schedule in rows:
        draft = resumed(orjson.loads(kept_draft) if isinstance(kept_draft, str) else kept_draft)
        if draft is not None:
            rules = parsed_clock(code, version, clock)
            found[pk] = _Latest(session_id, draft, rules, parsed_schedule(*schedule))
    return found


def _write(written: Sequence[tuple[int, response_clock.Session]]) -> None:
    if not written:
        return
    rows = [
        {
            "id": session_id,
            "last_seq": session.last_seq,
            "last_message_at": session.last_message_at.isoformat(),
            "clock_started_at": _iso(session.clock_started_at),
            "deadline": _iso(session.deadline),
            "answered_at": _iso(session.answered_at),
            "answered_seq": session.answered_seq,
            "reason": session.reason or "",
            "is_provisional": session.is_provisional,
            "draft": kept(session.draft),
            "counted_at": [at.isoformat() for at in session.counted_at],
        }
        for session_id, session in written
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [orjson.dumps(rows).decode()])


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
