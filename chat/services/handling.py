"""What happens to messages and conversations later: hidden, shown again, resolved, handed over.

Each takes the conversation's row lock and the next change number, so every viewer sees it in order.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import Change, Conversation, Message
from chat.response_clock import EventKind
from chat.selectors import database_now, preview_of, with_uploads
from chat.services import announcements, sessions, snoozing
from core.errors import Invalid, NotFound


@transaction.atomic
def hide_message(message_id: int, mode: str, spans: Sequence[Sequence[int]] = ()) -> None:
    """Mask these spans (``mode`` "mask") or withhold the message ("withhold"). Repeating it changes nothing.

    A withheld message stays withheld when something only asks to mask it.
    """
    conversation, message = _lock_message(message_id)
    wanted = Message.State.WITHHELD if mode == "withhold" else Message.State.MASKED
    merged = merge_spans([*message.mask_spans, *spans])
    if wanted == Message.State.MASKED:
        if message.state == Message.State.WITHHELD or not merged:
            return
        if message.state == Message.State.MASKED and merged == message.mask_spans:
            return
    elif message.state == Message.State.WITHHELD:
        return
    message.state = wanted
    message.mask_spans = merged
    kind = Change.Kind.MESSAGE_WITHHELD if wanted == Message.State.WITHHELD else Change.Kind.MESSAGE_MASKED
    _change_message(conversation, message, kind)


@transaction.atomic
def restore_message(message_id: int) -> None:
    """Show a masked or withheld message whole again. Repeating it changes nothing."""
    conversation, message = _lock_message(message_id)
    if message.state == Message.State.VISIBLE:
        return
    message.state = Message.State.VISIBLE
    message.mask_spans = []
    _change_message(conversation, message, Change.Kind.MESSAGE_RESTORED)


@transaction.atomic
def announce_files(message_id: int, *, are_hidden: bool) -> None:
    """The message's files were hidden or shown: a numbered change, so that every viewer reads it again."""
    conversation, message = _lock_message(message_id)
    with_uploads([message])
    kind = Change.Kind.MESSAGE_MASKED if are_hidden else Change.Kind.MESSAGE_RESTORED
    _take_number(conversation, kind, message)
    message.change_no = conversation.change_no
    message.save(update_fields=["change_no"])
    conversation.save(update_fields=["change_no", "changed_at"])
    announcements.message_changed(conversation, message, kind=kind)


def merge_spans(spans: Sequence[Sequence[int]]) -> list[list[int]]:
    """Ascending, disjoint spans that cover the same code points."""
    merged: list[list[int]] = []
    for start, end in sorted((int(start), int(end)) for start, end in spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        elif end > start:
            merged.append([start, end])
    return merged


@transaction.atomic
def set_status(*, conversation: Conversation, status: str) -> None:
    """Resolve, reopen or mark as spam. The response clock goes its own way."""
    conversation = lock_conversation(conversation.pk)
    if conversation.status == status:
        return
    conversation.status = status
    change_conversation(conversation, Change.Kind.STATUS_CHANGED, ["status"])


@transaction.atomic
def change_status(*, conversation: Conversation, status: str, actor: User) -> None:
    """The state of the conversation, and what the ledger must know about it. Only an open one sleeps."""
    if status not in Conversation.Status.values:
        raise Invalid(_("There is no such state of a conversation."))
    was = lock_conversation(conversation.pk).status
    if was == status:
        return
    set_status(conversation=conversation, status=status)
    conversation = lock_conversation(conversation.pk)
    if status == Conversation.Status.SPAM:
        sessions.mark_spam(conversation=conversation, actor=actor)
    elif was == Conversation.Status.SPAM:
        sessions.unmark_spam(conversation=conversation)
    if status == Conversation.Status.RESOLVED:
        sessions.record_event(conversation=conversation, kind=EventKind.RESOLVED, actor=actor)
    if status != Conversation.Status.OPEN and conversation.snoozed_until is not None:
        snoozing.wake(conversation=conversation)


@transaction.atomic
def resolve(*, conversation: Conversation, actor: User | None = None) -> None:
    conversation = lock_conversation(conversation.pk)
    if conversation.status == Conversation.Status.RESOLVED:
        return
    set_status(conversation=conversation, status=Conversation.Status.RESOLVED)
    sessions.record_event(
        conversation=lock_conversation(conversation.pk), kind=EventKind.RESOLVED, actor=actor
    )


@transaction.atomic
def assign(*, conversation: Conversation, to: User | None) -> None:
    """Give the conversation to one member of the shop, or to nobody."""
    conversation = lock_conversation(conversation.pk)
    if conversation.assigned_to_id == (to.pk if to else None):
        return
    conversation.assigned_to = to
    change_conversation(conversation, Change.Kind.ASSIGNED, ["assigned_to"])


@transaction.atomic
def hand_over(*, conversation: Conversation, to: str, actor: User | None = None) -> None:
    """Who handles it from now on: ``shop`` or ``platform``."""
    conversation = lock_conversation(conversation.pk)
    if conversation.handled_by == to:
        return
    conversation.handled_by = to
    change_conversation(conversation, Change.Kind.HANDLED_CHANGED, ["handled_by"])
    is_platforms = to == Conversation.HandledBy.PLATFORM
    kind = EventKind.HANDED_TO_PLATFORM if is_platforms else EventKind.HANDED_BACK
    sessions.record_event(conversation=conversation, kind=kind, actor=actor)


def lock_conversation(conversation_id: int) -> Conversation:
    """The row as it is now, held to the end of the transaction."""
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("shop", "customer")
    return rows.get(pk=conversation_id)


def _lock_message(message_id: int) -> tuple[Conversation, Message]:
    place = Message.objects.filter(pk=message_id).values_list("conversation_id", flat=True).first()
    if place is None:
        raise NotFound(_("No such message."))
    conversation = lock_conversation(place)
    message = Message.objects.select_related("author", "reply_to__author").get(pk=message_id)
    return conversation, message


def _take_number(conversation: Conversation, kind: str, message: Message | None) -> None:
    conversation.change_no += 1
    conversation.changed_at = database_now()
    Change.objects.create(
        conversation=conversation,
        change_no=conversation.change_no,
        kind=kind,
        message=message,
        created_at=conversation.changed_at,
    )


def _change_message(conversation: Conversation, message: Message, kind: Change.Kind) -> None:
    _take_number(conversation, kind, message)
    message.change_no = conversation.change_no
    message.save(update_fields=["state", "mask_spans", "change_no"])
    sessions.rebuild_sessions(conversation)  # A withheld message does nothing; restored, it counts again.
    _refresh_preview(conversation)
    conversation.save(update_fields=["change_no", "changed_at", "last_preview", "last_message_at"])
    announcements.message_changed(conversation, message, kind=kind)


def _refresh_preview(conversation: Conversation) -> None:
    latest = (
        Message.objects.filter(conversation=conversation)
        .exclude(state=Message.State.WITHHELD)
        .order_by("-seq")
        .first()
    )
    conversation.last_preview = preview_of(latest) if latest else ""
    conversation.last_message_at = latest.created_at if latest else None


def change_conversation(conversation: Conversation, kind: Change.Kind, fields: list[str]) -> None:
    """Store these fields of a locked row as its next numbered change, and tell its viewers."""
    _take_number(conversation, kind, None)
    conversation.save(update_fields=["change_no", "changed_at", *fields])
    announcements.conversation_changed(conversation, kind=kind)
