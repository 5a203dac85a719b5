"""Questions about conversations and messages. What a viewer may not see is left out or masked here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, Q, QuerySet

from chat.access import Side, Viewer
from chat.models import Change, Conversation, Message, Receipt
from chat.response_clock import COURTESIES, Reason, folded
from files.access import seen_state
from files.models import Upload
from files.selectors import uploads_of

MASK = "▒" * 5  # One length for every hidden stretch: the length of a number would be a hint.
SNIPPET_CHARS = 80
UNREAD_CAP = 99
SYNC_OVERLAP = timedelta(seconds=60)  # Rows that were being written while the last `sync` read.

_SIDE_OF_KIND = {
    Message.AuthorKind.CUSTOMER: Side.CUSTOMER,
    Message.AuthorKind.MEMBER: Side.SHOP,
    Message.AuthorKind.AUTO: Side.SHOP,
}


@dataclass(frozen=True, slots=True)
class SeenText:
    """A text as one viewer sees it; ``spans`` are the masked stretches in it, in code points."""

    body: str
    spans: list[list[int]]


def side_of(author_kind: str) -> Side:
    """The side for which messages of this kind speak; platform and system lines are the staff's."""
    return _SIDE_OF_KIND.get(Message.AuthorKind(author_kind), Side.STAFF)


def sees_whole(viewer: Viewer, *, author_id: int | None, author_kind: str) -> bool:
    """Whether masked and withheld text of this author is open to the viewer.

    Open to the author, to the owner and managers of the author's own shop, and to reviewers; never to the
    other side.
    """
    if viewer.side == Side.STAFF:
        return viewer.sees_withheld
    if author_id is not None and author_id == viewer.user_id:
        return True
    return viewer.sees_withheld and side_of(author_kind) == viewer.side


def masked_text(body: str, spans: Sequence[Sequence[int]]) -> SeenText:
    """The text with every span replaced by ``MASK``, and where the masks lie in the new text."""
    parts: list[str] = []
    masks: list[list[int]] = []
    position = length = 0
    for start, end in spans:
        clear = body[position:start]
        parts += [clear, MASK]
        length += len(clear) + len(MASK)
        masks.append([length - len(MASK), length])
        position = end
    parts.append(body[position:])
    return SeenText("".join(parts), masks)


def is_hidden_from(viewer: Viewer, message: Message) -> bool:
    return message.state == Message.State.WITHHELD and not sees_whole(
        viewer, author_id=message.author_id, author_kind=message.author_kind
    )


def message_text_for(message: Message, viewer: Viewer) -> SeenText:
    """What the viewer may read of a message that is not hidden from them."""
    if message.state == Message.State.MASKED:
        if sees_whole(viewer, author_id=message.author_id, author_kind=message.author_kind):
            return SeenText(message.body, message.mask_spans)
        return masked_text(message.body, message.mask_spans)
    return SeenText(message.body, [])


def preview_of(message: Message) -> str:
    """One line for lists, safe for both sides."""
    spans = message.mask_spans if message.state == Message.State.MASKED else ()
    text = " ".join(masked_text(message.body, spans).body.split())
    if message.attachment_count or message.card:
        text = f"📎 {text}".strip()
    return text[:140]


def uploads_of_message(message: Message) -> list[Upload]:
    """Its files; read in bulk by ``with_uploads`` for a page, else now."""
    if not message.attachment_count:
        return []
    found: list[Upload] | None = message.__dict__.get("uploads")
    return found if found is not None else uploads_of("message", [message.pk])[str(message.pk)]


def file_state_for(upload: Upload, message: Message, viewer: Viewer) -> str:
    """The state of a file of this message as the viewer hears it: ``held`` when it is kept from them."""
    is_whole = sees_whole(viewer, author_id=message.author_id, author_kind=message.author_kind)
    return seen_state(upload, is_whole=is_whole)


def has_held_files(message: Message) -> bool:
    return bool(message.attachment_count) and any(upload.held for upload in uploads_of_message(message))


def with_uploads(messages: list[Message]) -> list[Message]:
    """The messages with their files at hand: one query for all, none if there are no files."""
    having = [message for message in messages if message.attachment_count]
    if having:
        found = uploads_of("message", [message.pk for message in having])
        for message in having:
            message.__dict__["uploads"] = found[str(message.pk)]
    return messages


def epoch() -> str:
    """The life of the numbers: changes when the database comes back from a backup.

    Made of the cluster's identity and timeline (a point-in-time restore starts a new one) and of a row that
    ``manage.py new_epoch`` renews after any other kind of restore.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT left(md5(concat_ws('/', system_identifier, timeline_id,
                                      (SELECT value FROM chat_streamepoch ORDER BY id DESC LIMIT 1))), 12)
            FROM pg_control_system(), pg_control_checkpoint()
            """
        )
        return str(cursor.fetchone()[0])


def database_now() -> datetime:
    """The only clock that orders things; machines may disagree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def _readable_messages(conversation: Conversation, viewer: Viewer) -> QuerySet[Message]:
    rows = Message.objects.filter(conversation=conversation).select_related("author", "reply_to__author")
    if viewer.sees_withheld and viewer.side == Side.STAFF:
        return rows
    own = Q(author_id=viewer.user_id)
    if viewer.sees_withheld:
        own |= Q(author_kind__in=[kind for kind, side in _SIDE_OF_KIND.items() if side == viewer.side])
    return rows.filter(~Q(state=Message.State.WITHHELD) | own)


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages in ascending order; ``has_more`` lies in the direction of reading."""

    messages: list[Message]
    has_more: bool


def messages_after(conversation: Conversation, seq: int, *, viewer: Viewer, limit: int) -> MessagePage:
    rows = _readable_messages(conversation, viewer).filter(seq__gt=seq).order_by("seq")[: limit + 1]
    found = list(rows)
    return MessagePage(with_uploads(found[:limit]), len(found) > limit)


def messages_before(conversation: Conversation, seq: int, *, viewer: Viewer, limit: int) -> MessagePage:
    rows = _readable_messages(conversation, viewer).filter(seq__lt=seq).order_by("-seq")[: limit + 1]
    found = list(rows)
    return MessagePage(with_uploads(found[:limit][::-1]), len(found) > limit)


def changes_after(conversation: Conversation, change_no: int, *, limit: int) -> list[Change]:
    """Changes in order, each with its message as it is now. Up to ``limit + 1``, so that more shows."""
    return list(
        Change.objects.filter(conversation=conversation, change_no__gt=change_no)
        .select_related("message__author", "message__reply_to__author")
        .order_by("change_no")[: limit + 1]
    )


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One line of a list of conversations, for one viewer."""

    conversation: Conversation
    read_seq: int = 0
    unread: int = 0
    reason: str = ""  # Why the latest session is not counted; empty when it counts.
    answered_after: timedelta | None = None  # How long its customer waited for the first answer.
    awaits_reply: bool = False  # The customer spoke last, and it was more than thanks.
    labels: tuple[int, ...] = ()  # Of the shop, ascending. For its people only.


def inbox_entries(conversations: Iterable[Conversation], *, user_id: int) -> list[InboxEntry]:
    """The lines for these rows (fetched with shop, customer and assignee), in one query for all."""
    rows = list(conversations)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT c.id, entry.* FROM chat_conversation c CROSS JOIN LATERAL ({ENTRY.format(c="c")}) entry
            WHERE c.id = ANY(%s)
            """,
            [user_id, UNREAD_CAP, user_id, [row.pk for row in rows]],
        )
        found = {values[0]: values[1:] for values in cursor.fetchall()}
    return [make_entry(row, *found[row.pk]) for row in rows]


# What one viewer's line says besides the conversation's row ``{c}``; parameters: viewer, UNREAD_CAP, viewer.
# Unread counts only within the last UNREAD_CAP numbers of each conversation, so a long history costs nothing.
ENTRY = """
    SELECT coalesce(r.read_seq, 0) AS read_seq, unread.count AS unread, coalesce(latest.reason, '') AS reason,
           extract(epoch FROM latest.answered_at - latest.clock_started_at)::float8 AS answered_after_s,
           last_words.author_kind = 'customer' AS is_customer_last,
           ARRAY(SELECT label_id FROM chat_conversationlabel put
                 WHERE put.conversation_id = {c}.id ORDER BY label_id) AS labels
    FROM (VALUES (1)) one
    LEFT JOIN chat_receipt r ON r.conversation_id = {c}.id AND r.user_id = %s
    LEFT JOIN LATERAL (
        SELECT reason, answered_at, clock_started_at FROM chat_session s
        WHERE s.conversation_id = {c}.id ORDER BY first_seq DESC LIMIT 1
    ) latest ON true
    LEFT JOIN LATERAL (
        SELECT author_kind FROM chat_message m
        WHERE m.conversation_id = {c}.id AND m.state <> 'withheld' AND m.author_kind IN ('customer', 'member')
        ORDER BY m.seq DESC LIMIT 1
    ) last_words ON true
    CROSS JOIN LATERAL (
        SELECT count(*) FROM chat_message m
        WHERE m.conversation_id = {c}.id
          AND m.seq > greatest(coalesce(r.read_seq, 0), {c}.last_seq - %s)
          AND m.state <> 'withheld'
          AND NOT m.is_imported  -- History that was brought in is nobody's new mail.
          AND (m.author_kind = 'customer') <> ({c}.customer_id = %s)
    ) unread
"""


def make_entry(
    row: Conversation,
    read_seq: int,
    unread: int,
    reason: str,
    answered_after_s: float | None,
    is_customer_last: bool | None,
    labels: Sequence[int],
) -> InboxEntry:
    """A line from the row and the columns of ``ENTRY``."""
    is_thanks = reason == Reason.COURTESY or folded(row.last_preview, [row.shop.name]) in COURTESIES
    # A word after the answer, once read, is the end of a conversation more often than a new question.
    is_open_question = unread > 0 or answered_after_s is None
    awaits_reply = bool(is_customer_last) and not is_thanks and is_open_question
    answered_after = None if answered_after_s is None else timedelta(seconds=answered_after_s)
    return InboxEntry(row, read_seq, unread, reason, answered_after, awaits_reply, tuple(labels))


def inbox(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """The rows of a list of conversations, newest message first."""
    return conversations.select_related("shop", "customer", "assigned_to").order_by(
        F("last_message_at").desc(nulls_last=True), "-pk"
    )


def changed_since(conversations: QuerySet[Conversation], since: datetime) -> QuerySet[Conversation]:
    """Rows changed since a moment, oldest change first; reads a little further back than asked."""
    return (
        conversations.filter(changed_at__gte=since - SYNC_OVERLAP)
        .select_related("shop", "customer", "assigned_to")
        .order_by("changed_at", "pk")
    )


def surroundings(message_id: int, *, before: int = 10, after: int = 10) -> list[Message]:
    """A message with its neighbours in ascending order, whole, for reviewers and evidence."""
    message = Message.objects.get(pk=message_id)
    return list(
        Message.objects.filter(
            conversation_id=message.conversation_id, seq__range=(message.seq - before, message.seq + after)
        )
        .select_related("author")
        .order_by("seq")
    )


@dataclass(frozen=True, slots=True)
class Marks:
    """How far one side has got: the furthest of its people."""

    delivered_seq: int
    read_seq: int


def marks_of_sides(conversation: Conversation) -> dict[Side, Marks]:
    found = {Side.CUSTOMER: Marks(0, 0), Side.SHOP: Marks(0, 0)}
    for user_id, delivered, read in Receipt.objects.filter(conversation=conversation).values_list(
        "user_id", "delivered_seq", "read_seq"
    ):
        side = Side.CUSTOMER if user_id == conversation.customer_id else Side.SHOP
        old = found[side]
        found[side] = Marks(max(old.delivered_seq, delivered), max(old.read_seq, read))
    return found
