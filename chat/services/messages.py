"""Sending a message: screened, numbered, stored, queued for its scan and announced, exactly once.

The hot path of the platform. It works on a batch of messages, because under load a socket process gathers
what arrived while the last batch was being stored (``core.realtime.Gatherer``); REST sends a batch of one.
Whatever its size, a batch costs the same few statements:

1. READ, before any lock: who may write where, what was stored under these client references, recent texts.
2. Screening in memory (it takes time, so it happens before the lock).
3. One transaction: LOCK the conversations and take their counters; INSERT messages, changes and scan rows;
   move the response clock; UPDATE the conversations.
4. After the commit: live events, and a wake-up for the scanner.

An acknowledgement follows the commit. Numbers are handed out under the conversation's row lock and a rollback
gives them back, so ``seq`` and ``change_no`` have no gaps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.access import Side, Viewer
from chat.models import Block, Conversation, Message
from chat.selectors import preview_of, with_uploads
from chat.serializers import Draft
from chat.services import announcements, enclosures, message_store, rate_limits
from chat.services.message_store import HISTORY, Facts
from chat.services.sessions import add_messages
from chat.signals import messages_stored
from compliance.selectors.standing import shops_under
from compliance.services.attachments import Setting
from compliance.services.screening import Screening, Sender, current_ruleset, screen_text
from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, RateLimited, Unavailable
from core.realtime import Event, Gatherer, enqueue_on_commit, publish_after_commit
from core.rows import row
from files.models import Upload
from shops.capabilities import Capability, roles_with
from shops.models import Product, Shop

SCAN_TASK = "chat.tasks.scan_messages"
REPLIES_ONLY = "replies_only"  # compliance's name for "chat limited to replies"
REPLY_WITHIN = timedelta(seconds=86_400)  # so long a limited shop may go on after a customer's message
_REPLIES_ONLY = (
    "Your shop is limited to replies for now: you can write once this customer writes. See Shop Health."
)
ATTEMPTS = 3  # A race for the same client reference is settled by the second one at the latest.

_WRITERS = frozenset(str(role) for role in roles_with(Capability.REPLY_TO_CUSTOMERS))
_MANAGERS = frozenset(str(role) for role in roles_with(Capability.SEE_WITHHELD))
_SENDER_OF_KIND: dict[str, Sender] = {
    Message.AuthorKind.CUSTOMER: "customer",
    Message.AuthorKind.MEMBER: "seller",
    Message.AuthorKind.AUTO: "auto",
    Message.AuthorKind.PLATFORM: "platform",
    Message.AuthorKind.SYSTEM: "platform",
}


def sender_of(author_kind: str) -> Sender:
    """The engine's word for who wrote a message."""
    return _SENDER_OF_KIND[Message.AuthorKind(author_kind)]


@dataclass(frozen=True, slots=True)
class SendResult:
    message: Message
    duplicate: bool
    viewer: Viewer  # The author, for showing the message back to them.


@dataclass(slots=True)
class _Sending:
    """A draft on its way, with what READ found."""

    draft: Draft
    conversation: Conversation
    author: User | None
    viewer: Viewer
    author_kind: str
    history: list[tuple[Sender, str]]
    reply_to: Message | None
    uploads: list[Upload]
    card: dict[str, Any] | None
    screening: Screening | None = None
    message: Message | None = field(default=None)
    refusal: RateLimited | None = None


def send_message(
    *,
    conversation: Conversation,
    author: User | None,
    body: str,
    client_ref: UUID | None,
    author_kind: str | None = None,
    reply_to: int | None = None,
    card: dict[str, Any] | None = None,
    attachments: Sequence[str] = (),
) -> SendResult:
    """Store one message once, move the reply clock and tell connected clients.

    Sending again with the same ``client_ref`` returns the message already stored; with another body it is a
    ``Conflict`` with code ``client_ref_reused``. ``Unavailable`` means: nothing is known to be stored, send
    again with the same ``client_ref``.
    """
    return store_alone(
        Draft(
            conversation_id=conversation.pk,
            author_id=author.pk if author else None,
            body=body,
            client_ref=client_ref,
            reply_to=reply_to,
            author_kind=author_kind,
            card=card,
            attachments=tuple(attachments),
        )
    )


def store_alone(draft: Draft) -> SendResult:
    """Store one draft, waiting for the conversation's lock if somebody else holds it."""
    try:
        for _try in range(ATTEMPTS):
            try:
                outcome = _store([draft], skip_locked=False)[0]
                break
            except IntegrityError:
                continue  # The same reference was stored beside us; the next READ finds it.
        else:
            raise Unavailable(_("This message is being stored right now. Send it again."), retry_after=1)
    except OperationalError as error:
        raise Unavailable(_("The conversation is busy. Send the message again."), retry_after=2) from error
    if isinstance(outcome, DomainError):
        raise outcome
    assert isinstance(outcome, SendResult)
    return outcome


def store_batch(drafts: Sequence[Draft]) -> list[SendResult | DomainError | object]:
    """Store what can be stored at once: a result or a refusal per draft, or ``Gatherer.ALONE``.

    A conversation that somebody else has locked holds up nobody: its drafts come back as ``ALONE``.
    """
    return _store(drafts, skip_locked=True)


def _store(drafts: Sequence[Draft], *, skip_locked: bool) -> list[SendResult | DomainError | object]:
    found = message_store.read(drafts)
    limited = _without_a_question(drafts, found)
    outcomes: list[Any] = []
    sendings: list[_Sending] = []
    seen: set[tuple[int, int | None, UUID | None]] = set()
    for draft, facts in zip(drafts, found, strict=True):
        identity = (draft.conversation_id, draft.author_id, draft.client_ref)
        outcome: object = _answer_without_storing(draft, facts)
        if outcome is None and draft.author_kind is None and draft.conversation_id in limited:
            outcome = (
                None
                if facts.customer_id == draft.author_id
                else Forbidden(_REPLIES_ONLY, code="replies_only")
            )
        if outcome is None and draft.client_ref is not None and identity in seen:
            outcome = Gatherer.ALONE  # Twice in one batch: the second finds the first afterwards.
        if outcome is None:
            seen.add(identity)
            sendings.append(_sending(draft, facts))
        outcomes.append(outcome if outcome is not None else sendings[-1])
    sendings = _within_rates(sendings)
    _screen(sendings)
    if sendings:
        _write(sendings, skip_locked=skip_locked)
    return [_outcome(entry) if isinstance(entry, _Sending) else entry for entry in outcomes]


def _within_rates(sendings: list[_Sending]) -> list[_Sending]:
    """Those whose authors do not write too fast; the others keep their refusal."""
    limited = [
        sending
        for sending in sendings
        if sending.draft.author_kind is None and sending.conversation.origin != Conversation.Origin.REPLAY
    ]
    refusals = rate_limits.take_messages(
        [(sending.viewer.user_id, sending.viewer.side) for sending in limited]
    )
    for sending, refusal in zip(limited, refusals, strict=True):
        sending.refusal = refusal
    return [sending for sending in sendings if sending.refusal is None]


def _outcome(sending: _Sending) -> SendResult | object:
    if sending.refusal is not None:
        return sending.refusal
    if sending.message is None:
        return Gatherer.ALONE
    return SendResult(sending.message, False, sending.viewer)


def _answer_without_storing(draft: Draft, facts: Facts) -> SendResult | DomainError | None:
    """A refusal, or the message stored before under the same client reference."""
    if facts.conversation_id is None or not _may_see(draft, facts):
        return NotFound(_("No such conversation."))
    if facts.stored_id is not None:
        if bytes(facts.stored_hash or b"") != draft.digest():
            return Conflict(_("This client_ref was used for another message."), code="client_ref_reused")
        message = Message.objects.select_related("author", "reply_to__author").get(pk=facts.stored_id)
        return SendResult(with_uploads([message])[0], True, _viewer(draft, facts))
    if not _may_write(draft, facts):
        return Forbidden(_("Your role in this shop may read messages but not answer them."), code="read_only")
    if facts.blocked_by and draft.author_kind is None:
        is_customer = facts.customer_id == draft.author_id
        closed = closed_refusal(facts.blocked_by, is_customer=is_customer, has_question=facts.has_question)
        if closed is not None:
            return closed
    if draft.reply_to is not None and _reply_target(draft) is None:
        return Invalid(_("The message you answer is not in this conversation."), code="unknown_reply_to")
    refusal = enclosures.refusal_of(draft, shop_id=facts.shop_id, customer_id=facts.customer_id)
    return refusal


def _without_a_question(drafts: Sequence[Draft], found: Sequence[Facts]) -> set[int]:
    """Conversations in which a shop that is limited to replies has nothing to reply to."""
    by_members = [
        facts
        for draft, facts in zip(drafts, found, strict=True)
        if draft.author_kind is None and facts.role is not None and facts.shop_id is not None
    ]
    now = timezone.now()
    shops = shops_under(REPLIES_ONLY, {facts.shop_id for facts in by_members}, now) if by_members else set()
    ids = {facts.conversation_id for facts in by_members if facts.shop_id in shops and facts.conversation_id}
    if not ids:
        return set()
    asked = Message.objects.filter(
        conversation_id__in=ids,
        author_kind=Message.AuthorKind.CUSTOMER,
        created_at__gt=now - REPLY_WITHIN,
    )
    waiting = Conversation.objects.filter(pk__in=ids, waiting_since__isnull=False)
    return (
        ids - set(asked.values_list("conversation_id", flat=True)) - set(waiting.values_list("pk", flat=True))
    )


def closed_refusal(blocked_by: str, *, is_customer: bool, has_question: bool) -> Forbidden | None:
    """Why nobody writes in a conversation that one side closed; a waiting question may still be answered."""
    if is_customer and blocked_by != Block.Side.CUSTOMER:
        words = _("This shop has closed the chat. You can open a ticket with Parley.")
    elif is_customer:
        words = _("You have stopped this shop. Let it write again before you write.")
    elif has_question:
        return None
    elif blocked_by == Block.Side.SHOP:
        words = _("Your shop has blocked this customer. Unblock first.")
    else:
        words = _("This customer does not want messages from your shop.")
    return Forbidden(words, code="blocked")


def _may_see(draft: Draft, facts: Facts) -> bool:
    if draft.author_kind is not None:
        return True
    return bool(facts.author_is_active) and (facts.customer_id == draft.author_id or facts.role is not None)


def _may_write(draft: Draft, facts: Facts) -> bool:
    if draft.author_kind is not None:
        return True
    return facts.customer_id == draft.author_id or facts.role in _WRITERS


def _viewer(draft: Draft, facts: Facts) -> Viewer:
    user_id = draft.author_id or 0
    if facts.customer_id == user_id:
        return Viewer(user_id, Side.CUSTOMER)
    if facts.role is not None:
        return Viewer(user_id, Side.SHOP, sees_withheld=facts.role in _MANAGERS)
    return Viewer(user_id, Side.STAFF)


def _reply_target(draft: Draft) -> Message | None:
    return (
        Message.objects.filter(conversation_id=draft.conversation_id, seq=draft.reply_to or 0)
        .select_related("author")
        .first()
    )


def _sending(draft: Draft, facts: Facts) -> _Sending:
    customer = row(User, pk=facts.customer_id, display_name=facts.customer_name, email=facts.customer_email)
    conversation = row(
        Conversation,
        pk=facts.conversation_id,
        customer=customer,
        shop=row(
            Shop,
            pk=facts.shop_id,
            name=facts.shop_name,
            kind=facts.shop_kind,
            time_zone=facts.shop_time_zone,
        ),
        product=_product(facts),
        handled_by=facts.handled_by,
        origin=facts.origin,
    )
    viewer = _viewer(draft, facts)
    by_access = Message.AuthorKind.CUSTOMER if viewer.side == Side.CUSTOMER else Message.AuthorKind.MEMBER
    author = None
    if draft.author_id is not None:
        author = row(
            User, pk=draft.author_id, display_name=facts.author_name or "", email=facts.author_email or ""
        )
    history = []
    for line in reversed(facts.history):
        kind, _, text = line.partition(":")
        history.append((sender_of(kind), text))
    return _Sending(
        draft=draft,
        conversation=conversation,
        author=author,
        viewer=viewer,
        author_kind=draft.author_kind or by_access,
        history=history,
        reply_to=_reply_target(draft) if draft.reply_to is not None else None,
        uploads=enclosures.uploads_for(draft),
        card=enclosures.card_for(draft, shop_id=facts.shop_id, customer_id=facts.customer_id),
    )


def _product(facts: Facts) -> Product | None:
    if facts.product_title is None:
        return None
    return row(
        Product,
        shop_id=facts.shop_id,
        title=facts.product_title,
        price_cents=facts.product_price_cents or 0,
        currency=facts.product_currency or "",
        warranty=facts.product_warranty or "",
    )


def _screen(sendings: Sequence[_Sending]) -> None:
    """The fast pass that may mask or withhold before anybody reads; the worker's scan sees every message."""
    said: dict[int, list[tuple[Sender, str]]] = {}
    for sending in sendings:
        earlier = said.setdefault(sending.conversation.pk, sending.history)
        sender = sender_of(sending.author_kind)
        sending.screening = screen_text(
            text=sending.draft.body,
            sender=sender,
            history=earlier[-HISTORY:],
            shop=sending.conversation.shop,
            customer_name=str(sending.conversation.customer),
            product=sending.conversation.product,
        )
        earlier.append((sender, sending.draft.body))


@transaction.atomic
def _write(sendings: Sequence[_Sending], *, skip_locked: bool) -> None:
    """Number and store the drafts whose conversation could be locked; the others keep ``message`` None."""
    locked = message_store.lock({sending.conversation.pk for sending in sendings}, skip_locked=skip_locked)
    stored = [sending for sending in sendings if sending.conversation.pk in locked]
    if not stored:
        return
    for sending in stored:
        conversation, now = locked[sending.conversation.pk]
        conversation.customer = sending.conversation.customer
        conversation.shop = sending.conversation.shop
        conversation.origin = sending.conversation.origin
        sending.conversation = conversation
        sending.message = _number(sending, conversation, now)
    new = [sending.message for sending in stored if sending.message]
    message_store.insert(new, ruleset=current_ruleset())
    events: list[Event] = []
    for sending in stored:
        message, conversation = sending.message, sending.conversation
        assert message is not None
        enclosures.attach_all(message, sending.uploads, _setting_of(sending))
        with_uploads([message])  # The acknowledgement is written in the event loop, where nobody may query.
        events += announcements.events_of(conversation, message, kind="message.created")
    publish_after_commit(events)
    messages_stored.send(
        sender=Message, messages=[(one.pk, one.conversation_id, str(one.author_kind)) for one in new]
    )
    touched = [conversation for conversation, _ in locked.values()]
    add_messages(touched, new)
    message_store.update(touched)
    enqueue_on_commit(SCAN_TASK, [message.pk for message in new])


def _number(sending: _Sending, conversation: Conversation, now: datetime) -> Message:
    """The next message of the conversation, not stored yet; moves the counters of the row in memory."""
    conversation.last_seq += 1
    conversation.change_no += 1
    conversation.changed_at = now
    state, spans = _state_of(sending.screening)
    message = row(
        Message,
        conversation=conversation,
        seq=conversation.last_seq,
        change_no=conversation.change_no,
        author=sending.author,
        author_kind=sending.author_kind,
        body=sending.draft.body,
        client_ref=sending.draft.client_ref,
        body_hash=sending.draft.digest(),
        state=state,
        mask_spans=spans,
        reply_to=sending.reply_to,
        card=sending.card,
        attachment_count=len(sending.uploads),
        created_at=now,
    )
    if message.is_delivered:
        conversation.last_message_at = now
        conversation.last_preview = preview_of(message)
        wrote_again = message.author_kind == Message.AuthorKind.CUSTOMER
        if wrote_again and conversation.status == Conversation.Status.RESOLVED:
            conversation.status = Conversation.Status.OPEN
        if wrote_again:
            conversation.snoozed_until = None  # A customer who writes wakes the conversation.
    return message


def _setting_of(sending: _Sending) -> Setting:
    """What is known about the files besides them."""
    return Setting(
        sender=sender_of(sending.author_kind),
        caption=sending.draft.body,
        history=sending.history[-HISTORY:],
        shop=sending.conversation.shop,
        customer_name=str(sending.conversation.customer),
        product=sending.conversation.product,
    )


def _state_of(screening: Screening | None) -> tuple[Message.State, list[list[int]]]:
    if screening is None or not (screening.must_withhold or screening.mask_spans):
        return Message.State.VISIBLE, []
    spans = [[start, end] for start, end in screening.mask_spans]
    if screening.must_withhold:
        return Message.State.WITHHELD, spans
    return Message.State.MASKED, spans


def screen_draft(*, conversation: Conversation, side: Side, body: str) -> Screening:
    """What the fast pass says to a text that is not sent yet. Nothing is stored."""
    recent = list(Message.objects.filter(conversation=conversation).order_by("-seq")[:HISTORY])[::-1]
    kind = Message.AuthorKind.CUSTOMER if side == Side.CUSTOMER else Message.AuthorKind.MEMBER
    return screen_text(
        text=body,
        sender=sender_of(kind),
        history=[(sender_of(message.author_kind), message.body) for message in recent],
        shop=conversation.shop,
        customer_name=str(conversation.customer),
        product=conversation.product,
    )
