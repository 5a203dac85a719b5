"""Automatic replies: which are due in a conversation, and sending them, once per session and type.

Nothing on the path of a message knows of this. A conversation is due when it has messages beyond its
``AutoReplyMark``; the worker that scanned a message looks at once, and a sweeper finds whatever was left. The
mark, what was sent and the messages themselves are one transaction, so a run may die at any point or happen
twice. Only a customer's message is ever answered, so nothing can go in circles.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from chat.models import (
    AutoReply,
    AutoReplyMark,
    AutoReplySent,
    Conversation,
    FaqEntry,
    Message,
    Session,
    SessionMark,
    ShopSpan,
)
from chat.response_clock import EventKind
from chat.serializers import Draft
from chat.services import faq_matching, handling, messages, sessions
from chat.services.auto_reply_texts import filled_in, questions_for, reply_for
from chat.services.promises import Promise, promise_of
from chat.services.shop_rules import calendar_of
from core.business_hours import Availability
from core.errors import DomainError, NotFound
from shops.models import Shop

logger = logging.getLogger(__name__)

ANSWER_WITHIN = timedelta(
    minutes=15
)  # Older questions get no automatic answer: a person has, or should have.
SWEEP_BACK = timedelta(hours=1)
SWEEP_LIMIT = 500
# A person of the shop who wrote so recently is there: only they speak.
PERSON_IS_THERE = timedelta(minutes=10)
# Over the end of a session: the same greeting is not sent again within this time.
COOL_DOWN = {
    AutoReply.Kind.GREETING: timedelta(hours=12),
    AutoReply.Kind.AWAY: timedelta(hours=8),
    AutoReply.Kind.HOLIDAY: timedelta(hours=24),
}
MOST_FAQ_IN_A_SESSION = 5
_KIND_OF = {
    Availability.OPEN: AutoReply.Kind.GREETING,
    Availability.OUTSIDE_HOURS: AutoReply.Kind.AWAY,
    Availability.HOLIDAY_MODE: AutoReply.Kind.HOLIDAY,
}

# Shops with something to send: a text that is switched on, or FAQ replies that are.
_AUTOMATED = """
    (EXISTS (SELECT 1 FROM chat_autoreply r WHERE r.shop_id = c.shop_id AND r.is_enabled)
     OR EXISTS (SELECT 1 FROM chat_shopspan s WHERE s.shop_id = c.shop_id AND s.kind = 'faq_replies'
                AND s.ends_at IS NULL))
"""
_OF_MESSAGES = f"""
SELECT DISTINCT c.id FROM chat_message m JOIN chat_conversation c ON c.id = m.conversation_id
WHERE m.id = ANY(%s) AND m.author_kind = 'customer' AND c.origin = 'live' AND {_AUTOMATED}
"""
_LEFT = """
SELECT c.id FROM chat_conversation c LEFT JOIN chat_autoreplymark k ON k.conversation_id = c.id
WHERE c.changed_at > %s AND c.origin = 'live' AND c.last_seq > coalesce(k.considered_seq, 0)
  AND c.shop_id IN (SELECT shop_id FROM chat_autoreply WHERE is_enabled
                    UNION SELECT shop_id FROM chat_shopspan WHERE kind = 'faq_replies' AND ends_at IS NULL)
ORDER BY c.changed_at LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class BeforeTyping:
    """What a customer sees before writing: the text that would be sent, and questions to press."""

    text: str
    kind: str
    questions: list[FaqEntry]


def answer_messages(ids: Sequence[int]) -> int:
    """Answer the conversations of these messages as far as they are due; how many replies were sent."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_MESSAGES, [list(ids)])
        due = [row[0] for row in cursor.fetchall()]
    return _answer_each(due)


def sweep(now: datetime | None = None) -> int:
    """The certain path: whatever the fast one left within the hour."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, [(now or timezone.now()) - SWEEP_BACK, SWEEP_LIMIT])
        due = [row[0] for row in cursor.fetchall()]
    return _answer_each(due)


def _answer_each(due: Sequence[int]) -> int:
    """One conversation that cannot be answered holds up no other; the sweeper comes back to it."""
    sent = 0
    for conversation_id in due:
        try:
            sent += answer(conversation_id)
        except (DatabaseError, DomainError):
            logger.exception("Conversation %s got no automatic reply.", conversation_id)
    return sent


@transaction.atomic
def answer(conversation_id: int, *, asked: FaqEntry | None = None) -> int:
    """Send what is due after the newest messages; how many replies. Safe to repeat and beside itself.

    ``asked``: the question whose button the customer pressed; it needs no keyword.
    """
    conversation = _lock(conversation_id)
    mark, _ = AutoReplyMark.objects.get_or_create(conversation=conversation, defaults={"considered_seq": 0})
    questions = _new_questions(conversation, after=mark.considered_seq)
    sent = _answer(conversation, questions, asked) if questions and _may_answer(conversation) else 0
    mark.considered_seq = conversation.last_seq + sent
    mark.save(update_fields=["considered_seq"])
    return sent


@transaction.atomic
def ask(*, conversation: Conversation, customer: User, faq_id: int, client_ref: UUID) -> Message | None:
    """The customer presses a question's button: their message and its answer, together or not at all.

    None if this session has had that answer already; nothing is sent then.
    """
    conversation = _lock(conversation.pk)
    offered = buttons_for(conversation, customer=customer)
    entry = next((entry for entry in offered if entry.pk == faq_id), None)
    if entry is None:
        if FaqEntry.objects.filter(pk=faq_id, shop_id=conversation.shop_id).exists():
            return None
        raise NotFound(gettext("No such question."))
    result = messages.send_message(
        conversation=conversation, author=customer, body=entry.question, client_ref=client_ref
    )
    answer(conversation.pk, asked=entry)
    return result.message


@transaction.atomic
def settle_answer(*, conversation: Conversation, customer: User, is_solved: bool) -> bool:
    """The customer says whether the last FAQ answer was all they needed; False if nothing was open to say.

    Solved: the ledger learns it (``FAQ_SOLVED``), and the conversation is resolved until they write again.
    """
    conversation = _lock(conversation.pk)
    sent = open_answer(conversation)
    if sent is None or conversation.customer_id != customer.pk:
        return False
    now = timezone.now()
    if not is_solved:
        sent.unsolved_at = now
        sent.save(update_fields=["unsolved_at"])
        return True
    sent.solved_at = now
    sent.save(update_fields=["solved_at"])
    sessions.record_event(conversation=conversation, kind=EventKind.FAQ_SOLVED, actor=customer)
    handling.resolve(conversation=conversation, actor=customer)
    return True


def open_answer(conversation: Conversation) -> AutoReplySent | None:
    """The newest FAQ answer, if the customer has not said yet whether it helped and no person wrote since."""
    sent = (
        AutoReplySent.objects.filter(conversation=conversation, kind=AutoReplySent.FAQ)
        .order_by("-message_seq")
        .first()
    )
    if sent is None or sent.solved_at or sent.unsolved_at:
        return None
    after = Message.objects.filter(conversation=conversation, seq__gt=sent.message_seq)
    is_over = after.exclude(author_kind=Message.AuthorKind.AUTO).exists()
    return None if is_over else sent


def buttons_for(conversation: Conversation, *, customer: User) -> list[FaqEntry]:
    """The questions to offer: with a button, switched on, and not answered in this session yet."""
    if not has_faq_replies(conversation.shop):
        return []
    answered = AutoReplySent.objects.filter(
        conversation=conversation, session_seq=_session_seq(conversation) or 0, kind=AutoReplySent.FAQ
    )
    gone = set(answered.values_list("faq_id", flat=True))
    return [
        entry
        for entry in questions_for(conversation.shop, language=customer.language)
        if entry.has_button and entry.pk not in gone
    ]


def before_typing(
    conversation: Conversation, *, customer: User, promise: Promise, now: datetime
) -> BeforeTyping:
    kind = _KIND_OF[promise.availability]
    # What stands in the thread already need not stand over the composer too.
    is_fresh = AutoReplySent.objects.filter(
        conversation=conversation, kind=kind, sent_at__gt=now - COOL_DOWN[kind]
    ).exists()
    is_talking = kind is AutoReply.Kind.GREETING and conversation.waiting_since is not None
    reply = None
    if not is_fresh and not is_talking:
        reply = reply_for(conversation.shop, kind=kind, language=customer.language, now=now)
    text = filled_in(reply.body, customer=customer, shop=conversation.shop, promise=promise) if reply else ""
    return BeforeTyping(text, kind.value, buttons_for(conversation, customer=customer))


def has_faq_replies(shop: Shop) -> bool:
    """Whether the shop's FAQ replies are switched on now."""
    return ShopSpan.objects.filter(shop=shop, kind=ShopSpan.Kind.FAQ_REPLIES, ends_at__isnull=True).exists()


def _lock(conversation_id: int) -> Conversation:
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("shop", "customer")
    return rows.get(pk=conversation_id)


def _may_answer(conversation: Conversation) -> bool:
    if conversation.status == Conversation.Status.SPAM or conversation.shop.status != Shop.Status.OPEN:
        return False
    if conversation.handled_by != Conversation.HandledBy.SHOP:
        return False
    return not SessionMark.objects.filter(
        conversation=conversation, kind=SessionMark.Kind.SPAM, to_seq=None, lifted_at=None
    ).exists()


def _new_questions(conversation: Conversation, *, after: int) -> list[Message]:
    """Delivered messages of the customer that nobody has looked at and that are still fresh."""
    return list(
        Message.objects.filter(
            conversation=conversation,
            seq__gt=after,
            author_kind=Message.AuthorKind.CUSTOMER,
            created_at__gt=timezone.now() - ANSWER_WITHIN,
        )
        .exclude(state=Message.State.WITHHELD)
        .order_by("seq")
    )


def _answer(conversation: Conversation, questions: Sequence[Message], asked: FaqEntry | None) -> int:
    now = timezone.now()
    session_seq = _session_seq(conversation)
    if session_seq is None:
        return 0
    members = Message.objects.filter(
        conversation=conversation, author_kind=Message.AuthorKind.MEMBER
    ).exclude(state=Message.State.WITHHELD)
    newest = members.order_by("-seq").first()
    is_there = newest is not None and newest.created_at > now - PERSON_IS_THERE
    earlier = list(AutoReplySent.objects.filter(conversation=conversation))
    sent = 0
    if not is_there and asked is None:
        sent += _standing_reply(conversation, questions, session_seq, earlier, now)
    if asked is not None or not is_there:
        sent += _faq_replies(conversation, questions, session_seq, earlier, asked)
    return sent


def _standing_reply(
    conversation: Conversation,
    questions: Sequence[Message],
    session_seq: int,
    earlier: Sequence[AutoReplySent],
    now: datetime,
) -> int:
    """Greeting, away or holiday: by what the shop was when the question came."""
    question = questions[-1]
    kind = _KIND_OF[calendar_of(conversation.shop).availability(question.created_at)]
    if kind is AutoReply.Kind.GREETING and session_seq not in {message.seq for message in questions}:
        return 0  # Only a first message is greeted.
    for reply in earlier:
        if reply.kind == kind and (reply.session_seq == session_seq or now - reply.sent_at < COOL_DOWN[kind]):
            return 0
    customer, shop = conversation.customer, conversation.shop
    text = reply_for(shop, kind=kind, language=customer.language, now=now)
    if text is None:
        return 0
    body = filled_in(text.body, customer=customer, shop=shop, promise=promise_of(shop, question.created_at))
    _send(conversation, body, session_seq=session_seq, kind=kind.value, question=question)
    return 1


def _faq_replies(
    conversation: Conversation,
    questions: Sequence[Message],
    session_seq: int,
    earlier: Sequence[AutoReplySent],
    asked: FaqEntry | None,
) -> int:
    customer, shop = conversation.customer, conversation.shop
    if not has_faq_replies(shop):
        return 0
    entries = {entry.pk: entry for entry in questions_for(shop, language=customer.language)}
    answered = {
        reply.faq_id
        for reply in earlier
        if reply.session_seq == session_seq and reply.kind == AutoReplySent.FAQ
    }
    known = [faq_matching.Question(entry.pk, tuple(entry.keywords)) for entry in entries.values()]
    sent = 0
    for question in questions:
        entry = asked if question is questions[-1] else None
        if entry is None and (match := faq_matching.best_match(question.body, known)):
            entry = entries[match.question_id]
        if entry is None or entry.pk in answered or len(answered) >= MOST_FAQ_IN_A_SESSION:
            continue
        body = filled_in(entry.answer, customer=customer, shop=shop, promise=promise_of(shop, timezone.now()))
        _send(
            conversation, body, session_seq=session_seq, kind=AutoReplySent.FAQ, question=question, faq=entry
        )
        answered.add(entry.pk)
        sent += 1
    return sent


def _send(
    conversation: Conversation,
    body: str,
    *,
    session_seq: int,
    kind: str,
    question: Message,
    faq: FaqEntry | None = None,
) -> None:
    identity = f"auto-reply/{conversation.pk}/{session_seq}/{kind}/{faq.pk if faq else ''}"
    result = messages.store_alone(
        Draft(
            conversation_id=conversation.pk,
            author_id=None,
            body=body,
            client_ref=uuid5(NAMESPACE_URL, identity),
            reply_to=question.seq if faq else None,
            author_kind=Message.AuthorKind.AUTO,
        )
    )
    AutoReplySent.objects.create(
        conversation=conversation,
        shop_id=conversation.shop_id,
        session_seq=session_seq,
        kind=kind,
        faq=faq,
        answers_seq=question.seq,
        message_seq=result.message.seq,
        sent_at=result.message.created_at,
    )


def _session_seq(conversation: Conversation) -> int | None:
    """The first message's number of the latest session."""
    rows = Session.objects.filter(conversation=conversation).order_by("-first_seq")
    return rows.values_list("first_seq", flat=True).first()
