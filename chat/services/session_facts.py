"""What the clock must know about conversations, read with two or three statements for any number of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection

from chat.models import Conversation, SessionMark
from chat.response_clock import (
    Author,
    ConversationFacts,
    EventFact,
    EventKind,
    ExclusionFact,
    MessageFact,
    Reason,
)
from chat.services.rule_packs import PackTimeline
from chat.services.shop_rules import Schedule, rules_of

EVENT_KINDS = frozenset(kind.value for kind in EventKind)
EXCLUSION_KINDS = frozenset({Reason.DISPUTE_UPHELD.value, Reason.CUSTOMER_ABUSE_UPHELD.value})
FOREVER = datetime.max.replace(tzinfo=UTC)

# Each conversation from the first message of its latest session on, or from its first message.
_READ = """
WITH wanted AS (
    SELECT conversation.id, coalesce(latest.first_seq, 1) AS first_seq, latest.shop_wrote_before_at,
           EXISTS (SELECT 1 FROM chat_sessionmark mark WHERE mark.conversation_id = conversation.id
                   AND mark.lifted_at IS NULL) AS has_marks
    FROM unnest(%(ids)s::bigint[]) AS conversation (id)
    LEFT JOIN LATERAL (
        SELECT session.first_seq, session.shop_wrote_before_at FROM chat_session session
        WHERE session.conversation_id = conversation.id AND %(from_latest)s
        ORDER BY session.first_seq DESC LIMIT 1
    ) AS latest ON true
)
SELECT wanted.id, wanted.first_seq, wanted.shop_wrote_before_at, wanted.has_marks,
       message.seq, message.created_at, message.author_kind, message.body,
       message.attachment_count > 0 OR message.card IS NOT NULL, message.state <> 'withheld'
FROM wanted JOIN chat_message message
  ON message.conversation_id = wanted.id AND message.seq >= wanted.first_seq
WHERE message.created_at <= %(until)s
ORDER BY wanted.id, message.seq
"""


class _Line(NamedTuple):
    """One row of READ."""

    conversation_id: int
    first_seq: int
    shop_wrote_before_at: datetime | None
    has_marks: bool
    seq: int
    at: datetime
    author_kind: str
    body: str
    has_attachment: bool
    is_delivered: bool


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One conversation as the clock judges it: its facts from ``first_seq`` on, and the packs of its shop."""

    conversation: Conversation
    first_seq: int
    facts: ConversationFacts
    packs: PackTimeline


def facts_of(
    conversations: Sequence[Conversation], *, from_latest: bool, until: datetime = FOREVER
) -> list[Case]:
    """Facts of each conversation that has a message: all of it, or from its latest stored session on."""
    ids = [conversation.pk for conversation in conversations]
    lines: dict[int, list[_Line]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"ids": ids, "from_latest": from_latest, "until": until})
        for row in cursor:
            lines[row[0]].append(_Line(*row))
    marks = _marks([pk for pk, some in lines.items() if some[0].has_marks], until)
    rules = rules_of(conversation.shop_id for conversation in conversations)
    return [
        Case(
            conversation,
            lines[conversation.pk][0].first_seq,
            _facts(conversation, lines[conversation.pk], marks, rules[conversation.shop_id].schedule),
            rules[conversation.shop_id].packs,
        )
        for conversation in conversations
        if conversation.pk in lines
    ]


def _marks(ids: Sequence[int], until: datetime) -> Mapping[int, Sequence[SessionMark]]:
    found: dict[int, list[SessionMark]] = defaultdict(list)
    if ids:
        marks = SessionMark.objects.filter(conversation__in=ids, lifted_at=None, at__lte=until)
        for mark in marks.order_by("seq", "at", "pk"):
            found[mark.conversation_id].append(mark)
    return found


def _facts(
    conversation: Conversation,
    lines: Sequence[_Line],
    all_marks: Mapping[int, Sequence[SessionMark]],
    schedule: Schedule,
) -> ConversationFacts:
    marks = all_marks.get(conversation.pk, ())
    first_seq = lines[0].first_seq
    handled = _PlatformSpans(conversation, marks)
    spam = [mark for mark in marks if mark.kind == SessionMark.Kind.SPAM]
    return ConversationFacts(
        messages=[_message(line, handled, spam, schedule) for line in lines],
        zone=schedule.calendar.hours_at(lines[0].at).zone,
        events=[
            EventFact(EventKind(mark.kind), mark.at, mark.seq)
            for mark in marks
            if mark.kind in EVENT_KINDS and mark.seq >= first_seq
        ],
        exclusions=[
            ExclusionFact(mark.seq, Reason(mark.kind), mark.is_provisional)
            for mark in marks
            if mark.kind in EXCLUSION_KINDS
        ],
        customer_names=names_of_customer(conversation),
        shop_names=(conversation.shop.name,),
        last_shop_at=lines[0].shop_wrote_before_at,
    )


def names_of_customer(conversation: Conversation) -> tuple[str, ...]:
    """A name in full and its words: people write "Hi Maria" to Maria Lopez.

    None for imports and replays: their customers' names are made up and stand in no message.
    """
    if conversation.origin != Conversation.Origin.LIVE:
        return ()
    display_name = conversation.customer.display_name
    return (display_name, *(word for word in display_name.split() if len(word) > 1))


def _message(
    line: _Line, handled: "_PlatformSpans", spam: Iterable[SessionMark], schedule: Schedule
) -> MessageFact:
    fact = MessageFact(
        line.seq, line.at, Author(line.author_kind), line.body, line.has_attachment, line.is_delivered
    )
    if fact.author is not Author.CUSTOMER:
        return fact
    covering = [
        mark for mark in spam if mark.seq <= line.seq and (mark.to_seq is None or line.seq <= mark.to_seq)
    ]
    return replace(
        received(fact, schedule, is_platform_handled=handled.covers(line.seq)),
        is_spam=bool(covering),
        is_spam_confirmed=any(not mark.is_provisional for mark in covering),
    )


def received(fact: MessageFact, schedule: Schedule, *, is_platform_handled: bool) -> MessageFact:
    """A customer's message with what was true when it came."""
    calendar = schedule.calendar
    hours = calendar.hours_at(fact.at)
    return replace(
        fact,
        is_platform_handled=is_platform_handled,
        availability=calendar.availability(fact.at),
        is_public_holiday=(
            bool(hours.public_holidays) and fact.at.astimezone(hours.zone).date() in hours.public_holidays
        ),
        faq_enabled=any(fact.at in span for span in schedule.faq_replies),
        zone=hours.zone,
    )


class _PlatformSpans:
    """Which message numbers the platform handled."""

    def __init__(self, conversation: Conversation, marks: Iterable[SessionMark]) -> None:
        turns = [
            (mark.seq, mark.kind == SessionMark.Kind.HANDED_TO_PLATFORM)
            for mark in marks
            if mark.kind in (SessionMark.Kind.HANDED_TO_PLATFORM, SessionMark.Kind.HANDED_BACK)
        ]
        # Before its first turn a conversation was in the other hands; without turns it never changed hands.
        is_platforms_now = conversation.handled_by == Conversation.HandledBy.PLATFORM
        self.turns = [(0, not turns[0][1] if turns else is_platforms_now), *turns]

    def covers(self, seq: int) -> bool:
        return [by_platform for after_seq, by_platform in self.turns if after_seq < seq][-1]
