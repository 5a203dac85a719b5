"""Keeping the ledger of sessions in line with the conversation, and what people mark in it.

Callers hold the conversation's row lock (or write nothing else to it). Rows come from ``chat.response_clock``
alone, so they can be rebuilt at any time; the countdown (``Conversation.due_at``) comes from the same rows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from accounts.models import User
from chat import response_clock
from chat.models import Conversation, Message, Session, SessionMark
from chat.response_clock import Author, EventKind, Reason
from chat.services import session_append
from chat.services.rule_packs import PackTimeline
from chat.services.session_facts import EXCLUSION_KINDS, Case, facts_of

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
    "draft",
]


def refresh_sessions(conversation: Conversation) -> Session | None:
    """Bring the ledger up to date after a new message or event; returns the latest session.

    Moves and saves the countdown (``due_at``, ``waiting_since``) of the conversation.
    """
    return _save_countdown(conversation, refresh_many([conversation]))


def refresh_many(conversations: Sequence[Conversation]) -> dict[int, Session]:
    """The same for several conversations with a fixed number of statements.

    Reads on from each latest session, since what lies before it cannot be changed by something new. Moves
    the countdowns of the given rows in memory; the caller saves them. Returns the latest sessions by id of
    their conversation.
    """
    return _bring_in_line(conversations, from_latest=True)


def add_messages(conversations: Sequence[Conversation], messages: Sequence[Message]) -> None:
    """Take new messages, just stored, into the ledger: on the path of every message.

    In the ordinary case the latest session's row and the message are enough. A conversation in which a
    session opens, or on which spam or an exclusion is marked, is read on from its latest session. Moves the
    countdowns of the given rows in memory; the caller saves them.
    """
    rest = session_append.append(conversations, messages)
    if rest:
        refresh_many(rest)


def rebuild_sessions(conversation: Conversation) -> Session | None:
    """Work the whole ledger of a conversation out anew: after an import, or when something old changed."""
    return _save_countdown(conversation, _bring_in_line([conversation], from_latest=False))


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
    """A seller marks the customer's messages from the latest session on as spam, until staff decide.

    What staff have settled stays settled: a new mark covers only later messages.
    """
    marks = SessionMark.objects.filter(conversation=conversation, kind=SessionMark.Kind.SPAM)
    if marks.filter(to_seq=None, lifted_at=None).exists():
        return
    latest = Session.objects.filter(conversation=conversation).order_by("-first_seq").first()
    settled = marks.filter(settled_at__isnull=False).aggregate(last=Max("to_seq"))["last"] or 0
    SessionMark.objects.create(
        conversation=conversation,
        kind=SessionMark.Kind.SPAM,
        seq=max(latest.first_seq if latest else 1, settled + 1),
        at=timezone.now(),
        is_provisional=True,
        made_by=actor,
    )
    rebuild_sessions(conversation)


@transaction.atomic
def unmark_spam(*, conversation: Conversation) -> None:
    """The seller takes the spam mark back: the messages count again."""
    marks = SessionMark.objects.filter(conversation=conversation, kind=SessionMark.Kind.SPAM, lifted_at=None)
    # What staff confirmed is theirs, not the seller's to take back.
    if marks.filter(settled_at=None).update(lifted_at=timezone.now()):
        rebuild_sessions(conversation)


@transaction.atomic
def confirm_spam(*, conversation: Conversation, by: User | None = None) -> None:
    """Staff agree: what was marked up to now stays out, and later messages count again."""
    settled = {"to_seq": conversation.last_seq, "settled_by": by, "settled_at": timezone.now()}
    if _waiting_spam(conversation).update(is_provisional=False, **settled):
        rebuild_sessions(conversation)


@transaction.atomic
def reject_spam(*, conversation: Conversation, by: User | None = None) -> None:
    """Staff do not agree: what was marked up to now counts again, and cannot be marked once more."""
    now = timezone.now()
    settled = {"to_seq": conversation.last_seq, "settled_by": by, "settled_at": now}
    if _waiting_spam(conversation).update(lifted_at=now, **settled):
        rebuild_sessions(conversation)


def _waiting_spam(conversation: Conversation) -> QuerySet[SessionMark]:
    return SessionMark.objects.filter(
        conversation=conversation, kind=SessionMark.Kind.SPAM, lifted_at=None, is_provisional=True
    )


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
    cases = facts_of(conversations, from_latest=False, until=at)
    return {case.conversation.pk: _rows(case) for case in cases}


@transaction.atomic(savepoint=False)
def _bring_in_line(conversations: Sequence[Conversation], *, from_latest: bool) -> dict[int, Session]:
    computed = {case: _rows(case) for case in facts_of(conversations, from_latest=from_latest)}
    _drop_untrue(computed, from_latest=from_latest)
    Session.objects.bulk_create(
        [row for rows in computed.values() for row in rows],
        update_conflicts=True,
        unique_fields=["conversation", "first_seq"],
        update_fields=UPDATED_FIELDS,
    )
    latest = {case.conversation.pk: rows[-1] for case, rows in computed.items() if rows}
    for conversation in conversations:
        session_append.set_countdown(conversation, latest.get(conversation.pk))
    return latest


def _drop_untrue(computed: Mapping[Case, Sequence[Session]], *, from_latest: bool) -> None:
    """Delete rows that are no longer sessions: only after a rebuild, or when a first message was withheld."""
    cases = {
        case.conversation.pk: (case.first_seq, {row.first_seq for row in rows})
        for case, rows in computed.items()
        if not (from_latest and rows and rows[0].first_seq == case.first_seq)
    }
    if not cases:
        return
    stored = Session.objects.filter(conversation__in=cases).values_list("pk", "conversation_id", "first_seq")
    untrue = [row_pk for row_pk, pk, seq in stored if seq >= cases[pk][0] and seq not in cases[pk][1]]
    if untrue:
        Session.objects.filter(pk__in=untrue).delete()


def _save_countdown(conversation: Conversation, latest: Mapping[int, Session]) -> Session | None:
    conversation.save(update_fields=["due_at", "waiting_since"])
    return latest.get(conversation.pk)


def _rows(case: Case) -> list[Session]:
    facts = case.facts
    sessions = response_clock.sessions_of(facts, lambda at: case.packs.in_force(at).rules)
    wrote_at = [
        (fact.seq, fact.at) for fact in facts.messages if fact.author is Author.MEMBER and fact.is_delivered
    ]
    return [
        _row(case.conversation, session, case.packs, facts.last_shop_at, wrote_at) for session in sessions
    ]


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
        draft=session_append.kept(session.draft),
    )
