"""What connected clients hear about a conversation, each side its own version."""

import time
from functools import lru_cache, partial

from chat import selectors
from chat.access import Side, Viewer
from chat.models import Conversation, Message, Note
from chat.serializers import Json, change_shape, conversation_json, message_json, note_json
from core.realtime import (
    Event,
    Private,
    frame,
    publish_after_commit,
    publish_on_commit,
    shop_group,
    user_group,
)

EPOCH_SECONDS = 5  # How long a process may go on with the epoch it read.


def current_epoch() -> str:
    """The epoch, read again every few seconds."""
    return _epoch_at(int(time.monotonic() // EPOCH_SECONDS))


@lru_cache(maxsize=2)
def _epoch_at(_tick: int) -> str:
    return selectors.epoch()


def message_changed(conversation: Conversation, message: Message, *, kind: str) -> None:
    """Announce a change after the commit."""
    publish_after_commit(events_of(conversation, message, kind=kind))


def events_of(conversation: Conversation, message: Message, *, kind: str) -> list[Event]:
    """A change as the customer, the shop's members, and who sees more are to hear it."""
    shape = partial(
        change_shape,
        epoch=current_epoch(),
        conversation_id=conversation.pk,
        change_no=message.change_no,
        kind=kind,
        seq=message.seq,
    )
    for_customer = frame("change", shape(message=_as_seen(message, conversation.customer_id, Side.CUSTOMER)))
    for_agents = frame("change", shape(message=_as_seen(message, 0, Side.SHOP)))
    private = None
    is_partly_hidden = message.state != Message.State.VISIBLE or selectors.has_held_files(message)
    if is_partly_hidden and selectors.side_of(message.author_kind) == Side.SHOP:
        whole = message_json(message, Viewer(0, Side.SHOP, sees_withheld=True))
        authors = (message.author_id,) if message.author_id else ()
        private = Private(authors, conversation.shop_id, frame("change", shape(message=whole)))
    return [
        Event(user_group(conversation.customer_id), for_customer),
        Event(shop_group(conversation.shop_id), for_agents, private),
    ]


def _as_seen(message: Message, user_id: int, side: Side) -> Json | None:
    return message_json(message, Viewer(user_id, side))


def conversation_changed(conversation: Conversation, *, kind: str) -> None:
    """Announce a numbered change of the conversation itself, and its new inbox row."""
    change = change_shape(
        epoch=current_epoch(),
        conversation_id=conversation.pk,
        change_no=conversation.change_no,
        kind=kind,
        seq=None,
        message=None,
    )
    groups = [user_group(conversation.customer_id), shop_group(conversation.shop_id)]
    publish_on_commit(groups, "change", change)
    row_changed(conversation)


def row_changed(conversation: Conversation) -> None:
    """Tell the shop's people that its line in the inbox looks otherwise. Not numbered: they read it again."""
    row = conversation_json(conversation)
    publish_on_commit([shop_group(conversation.shop_id)], "inbox", {"conversation": row})


def note_changed(note: Note, *, shop_id: int, is_removed: bool = False) -> None:
    """Tell the shop's people about a private note, and nobody else. Not numbered."""
    if is_removed:
        gone = {"id": note.pk, "conversation": note.conversation_id}
        publish_on_commit([shop_group(shop_id)], "note.removed", gone)
    else:
        publish_on_commit([shop_group(shop_id)], "note", note_json(note))


def receipt_moved(conversation: Conversation, side: Side, marks: selectors.Marks) -> None:
    """Tell both sides how far one of them has got. Not numbered: receipts only move up."""
    data = {
        "conversation": conversation.pk,
        "side": side,
        "delivered_seq": marks.delivered_seq,
        "read_seq": marks.read_seq,
    }
    groups = [user_group(conversation.customer_id), shop_group(conversation.shop_id)]
    publish_on_commit(groups, "receipt", data)
