"""What the scan must know to tell a shop's answer from its advertising: did the customer write, want it, mute
it?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from chat.models import Message, Mute, SmsConsent
from compliance.services.outreach import Consent, Sent, spam_settings

_SHOPS = (Message.AuthorKind.MEMBER, Message.AuthorKind.AUTO)
# The customer's last message before each of these, and the shop's first answer to it.
_LAST_WORDS = """
SELECT m.id, asked.created_at, answered.created_at
FROM chat_message m
LEFT JOIN LATERAL (
    SELECT e.seq, e.created_at FROM chat_message e
    WHERE e.conversation_id = m.conversation_id AND e.seq < m.seq AND e.author_kind = 'customer'
    ORDER BY e.seq DESC LIMIT 1) asked ON true
LEFT JOIN LATERAL (
    SELECT e.created_at FROM chat_message e
    WHERE e.conversation_id = m.conversation_id AND e.seq > asked.seq AND e.seq < m.seq
      AND e.author_kind = 'member'
    ORDER BY e.seq LIMIT 1) answered ON true
WHERE m.id = ANY(%s)
"""


def sent_of(messages: Sequence[Message]) -> dict[int, Sent]:
    """By message id, for the shops' own messages. At most three queries, whatever the number."""
    own = [message for message in messages if message.author_kind in _SHOPS]
    if not own:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LAST_WORDS, [[message.pk for message in own]])
        words = {pk: (asked, answered) for pk, asked, answered in cursor.fetchall()}
    unasked = [message for message in own if _answers_nobody(message, *words[message.pk])]
    consents, mutes = _consents(unasked), _mutes(unasked)
    alone = {message.pk for message in unasked}
    return {
        message.pk: Sent(
            message_id=message.pk,
            conversation_id=message.conversation_id,
            shop_id=message.conversation.shop_id,
            sent_at=message.created_at,
            text=message.body,
            customer_name=str(message.conversation.customer),
            is_unasked=message.pk in alone,
            has_written=words[message.pk][0] is not None,
            consent=consents.get(message.pk, ""),
            is_muted=message.pk in mutes,
        )
        for message in own
    }


def _answers_nobody(message: Message, asked: Any, answered: Any) -> bool:
    """Whether the customer wrote nothing that the shop could still be answering.

    ``asked``, ``answered``: times of the customer's last message and of the shop's first after it, or None.
    """
    limits = spam_settings()
    now = message.created_at
    if asked is None:
        return True
    if now - asked <= timedelta(hours=limits.answer_hours):
        return False
    if answered is None:
        return bool(now - asked > timedelta(days=limits.answer_days))
    in_time = answered - asked <= timedelta(days=limits.answer_days)
    return not (in_time and now - answered <= timedelta(hours=limits.follow_up_hours))


def _consents(messages: Sequence[Message]) -> dict[int, Consent]:
    """By message id: whether an opt-in stood when the message was sent, or had been taken back by then."""
    pairs = {(message.conversation.shop_id, message.conversation.customer_id) for message in messages}
    if not pairs:
        return {}
    rows = SmsConsent.objects.filter(
        shop_id__in={shop for shop, _ in pairs}, customer_id__in={customer for _, customer in pairs}
    )
    of_pair: dict[tuple[int, int], list[SmsConsent]] = {}
    for row in rows:
        of_pair.setdefault((row.shop_id, row.customer_id), []).append(row)
    return {
        message.pk: _consent_at(
            message.created_at,
            of_pair.get((message.conversation.shop_id, message.conversation.customer_id), []),
        )
        for message in messages
    }


def _consent_at(moment: datetime, rows: Sequence[SmsConsent]) -> Consent:
    if any(row.given_at <= moment and (row.revoked_at is None or row.revoked_at > moment) for row in rows):
        return "given"
    if any(row.revoked_at is not None and row.revoked_at <= moment for row in rows):
        return "withdrawn"
    return ""


def _mutes(messages: Sequence[Message]) -> set[int]:
    """The messages that came after their customer had muted the conversation."""
    if not messages:
        return set()
    rows = Mute.objects.filter(
        conversation_id__in={message.conversation_id for message in messages},
        user_id__in={message.conversation.customer_id for message in messages},
    )
    muted = {(row.conversation_id, row.user_id): row.made_at for row in rows}
    return {
        message.pk
        for message in messages
        if (since := muted.get((message.conversation_id, message.conversation.customer_id)))
        and since <= message.created_at
    }
