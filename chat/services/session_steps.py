"""The ledger on the hot path: a new message in a session whose clock runs moves a few fields, and no more.

Nearly every message is of that kind, so its cost must not grow with the session. Whatever is not plain (a new
session, one that does not count, a mark by somebody) goes to ``sessions.refresh_many``, which reads the whole
session; ``tests/chat/test_session_steps.py`` holds both to the same result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from chat.models import Conversation, Message, RulePackVersion
from chat.response_clock import Author, ClockRules, clock_rules_from, is_meaningful, message_reason
from chat.services.session_facts import names_of, plain_fact
from chat.services.shop_rules import Schedule, rules_of

MAX_SCHEDULES = 10_000

# The latest session of each conversation if it is plain: it counts, its clock has started, and no mark that
# somebody made reaches it. `declared` changes whenever the shop's hours, holidays or FAQ replies do.
_READ = """
SELECT c.id, s.id, s.last_message_at, last.author_kind, s.answered_at, s.pack_code, s.pack_version,
       concat_ws('|', shop.time_zone, date_part('year', now()),
                 (SELECT max(h.id) FROM chat_hoursversion h WHERE h.shop_id = c.shop_id),
                 (SELECT string_agg(concat_ws('/', p.id, p.starts_at, p.ends_at), ',' ORDER BY p.id)
                  FROM chat_shopspan p WHERE p.shop_id = c.shop_id)) AS declared
FROM unnest(%s::bigint[]) AS wanted (id)
JOIN chat_conversation c ON c.id = wanted.id
JOIN shops_shop shop ON shop.id = c.shop_id
JOIN LATERAL (SELECT * FROM chat_session x WHERE x.conversation_id = c.id
              ORDER BY x.first_seq DESC LIMIT 1) s ON true
JOIN chat_message last ON last.conversation_id = c.id AND last.seq = s.last_seq
WHERE c.handled_by = 'shop' AND s.reason = '' AND s.clock_started_at IS NOT NULL AND NOT s.is_provisional
  AND NOT EXISTS (
      SELECT FROM chat_sessionmark k
      WHERE k.conversation_id = c.id AND k.lifted_at IS NULL
        AND (k.seq >= s.first_seq OR k.kind = 'spam' AND coalesce(k.to_seq >= s.first_seq, true)))
"""

_WRITE = """
UPDATE chat_session s
SET last_seq = t.last_seq, last_message_at = t.last_message_at, answered_at = t.answered_at,
    answered_seq = coalesce(s.answered_seq, t.answered_seq),
    counted_at = s.counted_at || t.counted_at::timestamptz[]
FROM unnest(%(pk)s::bigint[], %(last_seq)s::int[], %(last_message_at)s::timestamptz[],
            %(answered_at)s::timestamptz[], %(answered_seq)s::int[], %(counted_at)s::text[])
     AS t (id, last_seq, last_message_at, answered_at, answered_seq, counted_at)
WHERE s.id = t.id
"""


@dataclass(slots=True)
class _Step:
    """A plain session on its way to its next state."""

    pk: int
    last_message_at: datetime
    last_author: Author
    answered_at: datetime | None
    rules: ClockRules
    schedule: Schedule
    last_seq: int = 0
    answered_seq: int | None = None
    counted_at: list[datetime] = field(default_factory=list)

    def take(self, message: Message, customer_names: tuple[str, ...]) -> bool:
        """Move on by one delivered message of a customer or shop person; False if it opens a new session."""
        quiet_s = (
            self.rules.quiet_after_shop_s
            if self.last_author is Author.MEMBER
            else self.rules.quiet_after_customer_s
        )
        at = message.created_at
        if quiet_s is not None and at - self.last_message_at >= timedelta(seconds=quiet_s):
            return False
        fact = plain_fact(message, self.schedule)
        self.last_seq, self.last_message_at, self.last_author = message.seq, at, fact.author
        if fact.author is Author.CUSTOMER:
            if message_reason(fact, self.rules) is None:
                self.counted_at.append(at)
        elif self.answered_at is None and (
            not self.rules.needs_meaningful_reply or is_meaningful(fact, customer_names)
        ):
            self.answered_at, self.answered_seq = at, message.seq
        return True


def step_many(messages: Mapping[int, Sequence[Message]]) -> list[Conversation]:
    """Move the ledger by new messages, given by conversation id in the order of ``seq``. Two statements.

    Moves the countdowns of the conversations in memory. Returns the conversations that are not plain: they
    are untouched and need ``refresh_many``.
    """
    conversations = {pk: rows[0].conversation for pk, rows in messages.items()}
    steps = _read(conversations)
    moved: list[_Step] = []
    left: list[Conversation] = []
    for pk, conversation in conversations.items():
        step = steps.get(pk)
        if step is None or not _take_all(step, conversation, messages[pk]):
            left.append(conversation)
            continue
        if step.last_seq:
            moved.append(step)
        if step.answered_at is not None:
            conversation.due_at = conversation.waiting_since = None
    if moved:
        _write(moved)
    return left


def _take_all(step: _Step, conversation: Conversation, messages: Sequence[Message]) -> bool:
    is_real_person = conversation.origin == Conversation.Origin.LIVE
    names = names_of(conversation.customer.display_name) if is_real_person else ()
    speaking = (Message.AuthorKind.CUSTOMER, Message.AuthorKind.MEMBER)
    return all(
        step.take(message, names)
        for message in messages
        if message.is_delivered and message.author_kind in speaking
    )


def _read(conversations: Mapping[int, Conversation]) -> dict[int, _Step]:
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(conversations)])
        rows = cursor.fetchall()
    schedules = _schedules({conversations[row[0]].shop_id: row[-1] for row in rows})
    steps = {}
    for pk, session_pk, last_message_at, last_author, answered_at, pack_code, pack_version, _ in rows:
        rules = _rules_of(pack_code, pack_version)
        if rules is not None:
            steps[pk] = _Step(
                pk=session_pk,
                last_message_at=last_message_at,
                last_author=Author(last_author),
                answered_at=answered_at,
                rules=rules,
                schedule=schedules[conversations[pk].shop_id],
            )
    return steps


_rules_cache: dict[tuple[str, int], ClockRules] = {}


def _rules_of(code: str, version: int) -> ClockRules | None:
    """The rules of one version of a pack; once a session rests on them they never change."""
    if (code, version) not in _rules_cache:
        row = RulePackVersion.objects.filter(code=code, version=version).first()
        if row is None:
            return None
        _rules_cache[code, version] = clock_rules_from(row.clock)
    return _rules_cache[code, version]


_schedule_cache: dict[int, tuple[str, Schedule]] = {}


def _schedules(wanted: Mapping[int, str]) -> dict[int, Schedule]:
    """What each shop declared, read again only when that has changed."""
    if len(_schedule_cache) > MAX_SCHEDULES:
        _schedule_cache.clear()
    stale = [pk for pk, declared in wanted.items() if _cached(pk, declared) is None]
    if stale:
        for pk, rules in rules_of(stale).items():
            _schedule_cache[pk] = (wanted[pk], rules.schedule)
    return {pk: _schedule_cache[pk][1] for pk in wanted}


def _cached(shop_pk: int, declared: str) -> Schedule | None:
    known = _schedule_cache.get(shop_pk)
    return known[1] if known and known[0] == declared else None


def _write(steps: Sequence[_Step]) -> None:
    values: dict[str, list[Any]] = {
        "pk": [step.pk for step in steps],
        "last_seq": [step.last_seq for step in steps],
        "last_message_at": [step.last_message_at for step in steps],
        "answered_at": [step.answered_at for step in steps],
        "answered_seq": [step.answered_seq for step in steps],
        "counted_at": ["{" + ",".join(at.isoformat() for at in step.counted_at) + "}" for step in steps],
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
