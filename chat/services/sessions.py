"""Keeping the ledger of sessions in line with the conversation, and what people mark in it.

Callers hold the conversation's row lock (or write nothing else to it). Rows come from ``chat.response_clock``
alone, so they can be rebuilt at any time; the countdown (``Conversation.due_at``) comes from the same rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from chat import response_clock
from chat.models import Conversation, Message, Session, SessionMark
from chat.response_clock import (
    Author,
    ConversationFacts,
    EventFact,
    EventKind,
    ExclusionFact,
    MessageFact,
    Reason,
)
from chat.services.hours import Schedule, schedules_of
from chat.services.rule_packs import PackTimeline, timelines_of
from shops.models import Shop

UTC_ZONE = ZoneInfo("UTC")
EVENT_KINDS = frozenset(kind.value for kind in EventKind)
EXCLUSION_KINDS = frozenset({Reason.DISPUTE_UPHELD.value, Reason.CUSTOMER_ABUSE_UPHELD.value})
FOREVER = datetime.max.replace(tzinfo=UTC)
MESSAGES_FROM = """
SELECT message.* FROM chat_message AS message
JOIN unnest(%s::bigint[], %s::int[]) AS wanted (conversation_id, first_seq)
  ON message.conversation_id = wanted.conversation_id AND message.seq >= wanted.first_seq
WHERE message.created_at <= %s
ORDER BY message.conversation_id, message.seq
"""
UPDATED_FIELDS = [
    "last_seq",
    "opened_at",
    "last_message_at",
    "clock_started_at",
    "deadline",
    "answered_at",
    "answered_seq",
    "reason",
    "is_provisional",
    "counted_at",
    "shop_wrote_before_at",
    "pack_code",
    "pack_version",
]


def refresh_sessions(conversation: Conversation) -> Session | None:
    """Bring the ledger up to date after a new message or event; returns the latest session.

    Moves and saves the countdown (``due_at``, ``waiting_since``) of the conversation.
    """
    return _save_countdown(conversation, refresh_many([conversation]))


def refresh_many(conversations: Sequence[Conversation]) -> dict[int, Session]:
    """The same for several conversations with a fixed number of queries: on the path of every message.

    Reads on from each latest session, since what lies before it cannot be changed by something new. Moves
    the countdowns of the given rows in memory; the caller saves them. Returns the latest sessions by id of
    their conversation.
    """
    latest = Session.objects.filter(conversation__in=conversations).order_by("conversation", "-first_seq")
    since = {row.conversation_id: row for row in latest.distinct("conversation")}
    return _bring_in_line(conversations, since)


def rebuild_sessions(conversation: Conversation) -> Session | None:
    """Work the whole ledger of a conversation out anew: after an import, or when something old changed."""
    return _save_countdown(conversation, _bring_in_line([conversation], {}))


@transaction.atomic
def record_event(*, conversation: Conversation, kind: EventKind, actor: User | None = None) -> None:
    """Remember that a conversation was resolved, handed over or back, or solved by an FAQ reply."""
    SessionMark.objects.create(
        conversation=conversation,
        kind=kind.value,
        seq=conversation.last_seq,
        at=timezone.now(),
        made_by=actor,
    )
    refresh_sessions(conversation)


@transaction.atomic
def mark_spam(*, conversation: Conversation, actor: User) -> None:
    """A seller marks the customer's messages from the latest session on as spam, until staff decide."""
    if SessionMark.objects.filter(
        conversation=conversation, kind=SessionMark.Kind.SPAM, to_seq=None, lifted_at=None
    ).exists():
        return
    latest = Session.objects.filter(conversation=conversation).order_by("-first_seq").first()
    SessionMark.objects.create(
        conversation=conversation,
        kind=SessionMark.Kind.SPAM,
        seq=latest.first_seq if latest else 1,
        at=timezone.now(),
        is_provisional=True,
        made_by=actor,
    )
    rebuild_sessions(conversation)


@transaction.atomic
def unmark_spam(*, conversation: Conversation) -> None:
    """Take the spam mark back, by the seller or because staff rejected it: the messages count again."""
    marks = SessionMark.objects.filter(conversation=conversation, kind=SessionMark.Kind.SPAM, lifted_at=None)
    if marks.update(lifted_at=timezone.now()):
        rebuild_sessions(conversation)


@transaction.atomic
def confirm_spam(*, conversation: Conversation) -> None:
    """Staff agree: what was marked up to now stays out, and later messages count again."""
    marks = SessionMark.objects.filter(
        conversation=conversation, kind=SessionMark.Kind.SPAM, lifted_at=None, is_provisional=True
    )
    if marks.update(is_provisional=False, to_seq=conversation.last_seq):
        rebuild_sessions(conversation)


@transaction.atomic
def exclude_session(
    *, conversation: Conversation, seq: int, reason: Reason, source: str, is_provisional: bool = False
) -> None:
    """Take the session that holds message ``seq`` out of the rate; the same source may confirm it later."""
    if reason.value not in EXCLUSION_KINDS:
        raise ValueError(f"{reason} is not an exclusion by staff")
    SessionMark.objects.update_or_create(
        source=source,
        defaults={"is_provisional": is_provisional, "lifted_at": None},
        create_defaults={
            "conversation": conversation,
            "kind": reason.value,
            "seq": seq,
            "at": timezone.now(),
            "is_provisional": is_provisional,
        },
    )
    rebuild_sessions(conversation)


@transaction.atomic
def exclude_for_case(*, case_id: int, message_id: int, is_provisional: bool) -> None:
    """A case about a customer's message takes its session out: while it is open, or for good when upheld."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        return
    exclude_session(
        conversation=Conversation.objects.select_for_update().get(pk=message.conversation_id),
        seq=message.seq,
        reason=Reason.CUSTOMER_ABUSE_UPHELD,
        source=_case_source(case_id),
        is_provisional=is_provisional,
    )


def include_for_case(*, case_id: int) -> None:
    """The case came to nothing: the session counts again."""
    lift_exclusion(source=_case_source(case_id))


def _case_source(case_id: int) -> str:
    return f"case:{case_id}"


@transaction.atomic
def lift_exclusion(*, source: str) -> None:
    mark = SessionMark.objects.filter(source=source, lifted_at=None).select_related("conversation").first()
    if mark is None:
        return
    mark.lifted_at = timezone.now()
    mark.save(update_fields=["lifted_at"])
    rebuild_sessions(Conversation.objects.select_for_update().get(pk=mark.conversation_id))


def sessions_as_of(conversations: Sequence[Conversation], at: datetime) -> dict[int, list[Session]]:
    """The ledger that the messages up to ``at`` make, by conversation, oldest first; nothing is stored."""
    return _computed(conversations, {}, until=at)


@transaction.atomic(savepoint=False)
def _bring_in_line(conversations: Sequence[Conversation], since: Mapping[int, Session]) -> dict[int, Session]:
    computed = _computed(conversations, since)
    _drop_untrue(computed, since)
    Session.objects.bulk_create(
        [row for rows in computed.values() for row in rows],
        update_conflicts=True,
        unique_fields=["conversation", "first_seq"],
        update_fields=UPDATED_FIELDS,
    )
    latest = {pk: rows[-1] for pk, rows in computed.items() if rows}
    for conversation in conversations:
        session = latest.get(conversation.pk)
        is_waiting = session is not None and not session.reason and session.answered_at is None
        conversation.due_at = session.deadline if session and is_waiting else None
        conversation.waiting_since = session.clock_started_at if session and is_waiting else None
    return latest


def _drop_untrue(computed: Mapping[int, Sequence[Session]], since: Mapping[int, Session]) -> None:
    """Delete rows that are no longer sessions: only after a rebuild, or when a first message was withheld."""
    from_seq = {}
    for pk, rows in computed.items():
        start = since.get(pk)
        if start is None or not rows or rows[0].first_seq != start.first_seq:
            from_seq[pk] = start.first_seq if start else 0
    if not from_seq:
        return
    stored = Session.objects.filter(conversation__in=from_seq).values_list(
        "pk", "conversation_id", "first_seq"
    )
    untrue = [
        row_pk
        for row_pk, pk, first_seq in stored
        if first_seq >= from_seq[pk] and first_seq not in {row.first_seq for row in computed[pk]}
    ]
    if untrue:
        Session.objects.filter(pk__in=untrue).delete()


def _save_countdown(conversation: Conversation, latest: Mapping[int, Session]) -> Session | None:
    conversation.save(update_fields=["due_at", "waiting_since"])
    return latest.get(conversation.pk)


def _computed(
    conversations: Sequence[Conversation], since: Mapping[int, Session], *, until: datetime | None = None
) -> dict[int, list[Session]]:
    """Unsaved rows by conversation: the sessions from ``since`` on, or all."""
    ids = [conversation.pk for conversation in conversations]
    first_seqs = [since[pk].first_seq if pk in since else 1 for pk in ids]
    messages: dict[int, list[Message]] = defaultdict(list)
    for message in Message.objects.raw(MESSAGES_FROM, [ids, first_seqs, until or FOREVER]):
        messages[message.conversation_id].append(message)
    marks: dict[int, list[SessionMark]] = defaultdict(list)
    for mark in SessionMark.objects.filter(
        conversation__in=ids, lifted_at=None, at__lte=until or FOREVER
    ).order_by("seq", "at", "pk"):
        marks[mark.conversation_id].append(mark)
    # The rows at hand may carry no more of their shop than its name.
    shops = Shop.objects.in_bulk({conversation.shop_id for conversation in conversations})
    schedules, timelines = schedules_of(shops.values()), timelines_of(shops.values())
    rows: dict[int, list[Session]] = {}
    for conversation in conversations:
        pk, packs = conversation.pk, timelines[conversation.shop_id]
        facts = facts_of(
            conversation, messages[pk], marks[pk], schedules[conversation.shop_id], since.get(pk)
        )
        rows[pk] = _rows(conversation, facts, packs)
    return rows


def _rows(conversation: Conversation, facts: ConversationFacts, packs: PackTimeline) -> list[Session]:
    sessions = response_clock.sessions_of(facts, lambda at: packs.in_force(at).rules)
    wrote_at = [
        (fact.seq, fact.at) for fact in facts.messages if fact.author is Author.MEMBER and fact.is_delivered
    ]
    return [_row(conversation, session, packs, facts.last_shop_at, wrote_at) for session in sessions]


def facts_of(
    conversation: Conversation,
    messages: Sequence[Message],
    marks: Sequence[SessionMark],
    schedule: Schedule,
    since: Session | None = None,
) -> ConversationFacts:
    """What the clock needs to know; ``marks`` are in order and none of them is lifted."""
    handled = _PlatformSpans(conversation, [mark for mark in marks if mark.kind in EVENT_KINDS])
    spam = [mark for mark in marks if mark.kind == SessionMark.Kind.SPAM]
    is_real_person = conversation.origin == Conversation.Origin.LIVE
    return ConversationFacts(
        messages=[_message_fact(message, handled, spam, schedule) for message in messages],
        zone=schedule.calendar.hours_at(messages[-1].created_at).zone if messages else UTC_ZONE,
        events=[
            EventFact(EventKind(mark.kind), mark.at, mark.seq)
            for mark in marks
            if mark.kind in EVENT_KINDS and (since is None or mark.seq >= since.first_seq)
        ],
        exclusions=[
            ExclusionFact(mark.seq, Reason(mark.kind), mark.is_provisional)
            for mark in marks
            if mark.kind in EXCLUSION_KINDS
        ],
        # The names of imported customers are made up by the importer and stand in no message.
        customer_names=names_of(conversation.customer.display_name) if is_real_person else (),
        shop_names=(conversation.shop.name,),
        last_shop_at=since.shop_wrote_before_at if since else None,
    )


def names_of(display_name: str) -> tuple[str, ...]:
    """A name in full and its words: people write "Hi Maria" to Maria Lopez."""
    return (display_name, *(word for word in display_name.split() if len(word) > 1))


def _message_fact(
    message: Message, handled: "_PlatformSpans", spam: Iterable[SessionMark], schedule: Schedule
) -> MessageFact:
    at, author = message.created_at, Author(message.author_kind)
    common: dict[str, Any] = {
        "seq": message.seq,
        "at": at,
        "author": author,
        "text": message.body,
        "has_attachment": bool(message.attachment_count or message.card),
        "is_delivered": message.is_delivered,
    }
    if author is not Author.CUSTOMER:
        return MessageFact(**common)
    covering = [
        mark
        for mark in spam
        if mark.seq <= message.seq and (mark.to_seq is None or message.seq <= mark.to_seq)
    ]
    calendar = schedule.calendar
    hours = calendar.hours_at(at)
    return MessageFact(
        **common,
        is_spam=bool(covering),
        is_spam_confirmed=any(not mark.is_provisional for mark in covering),
        is_platform_handled=handled.covers(message.seq),
        availability=calendar.availability(at),
        is_public_holiday=at.astimezone(hours.zone).date() in hours.public_holidays,
        faq_enabled=any(at in span for span in schedule.faq_replies),
    )


class _PlatformSpans:
    """Which message numbers the platform handled."""

    def __init__(self, conversation: Conversation, events: Iterable[SessionMark]) -> None:
        turns = [
            (mark.seq, mark.kind == SessionMark.Kind.HANDED_TO_PLATFORM)
            for mark in events
            if mark.kind in (SessionMark.Kind.HANDED_TO_PLATFORM, SessionMark.Kind.HANDED_BACK)
        ]
        # Before its first turn a conversation was in the other hands; without turns it never changed hands.
        is_platforms_now = conversation.handled_by == Conversation.HandledBy.PLATFORM
        self.turns = [(0, not turns[0][1] if turns else is_platforms_now), *turns]

    def covers(self, seq: int) -> bool:
        return [by_platform for after_seq, by_platform in self.turns if after_seq < seq][-1]


def _row(
    conversation: Conversation,
    session: response_clock.Session,
    packs: PackTimeline,
    last_shop_at: datetime | None,
    wrote_at: Sequence[tuple[int, datetime]],
) -> Session:
    pack = packs.in_force(session.opened_at)
    before = [at for seq, at in wrote_at if seq < session.first_seq]
    return Session(
        conversation=conversation,
        shop_id=conversation.shop_id,
        first_seq=session.first_seq,
        last_seq=session.last_seq,
        opened_at=session.opened_at,
        last_message_at=session.last_message_at,
        clock_started_at=session.clock_started_at,
        deadline=session.deadline,
        answered_at=session.answered_at,
        answered_seq=session.answered_seq,
        reason=session.reason or "",
        is_provisional=session.is_provisional,
        counted_at=list(session.counted_at),
        shop_wrote_before_at=before[-1] if before else last_shop_at,
        pack_code=pack.code,
        pack_version=pack.version,
    )
