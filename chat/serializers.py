"""The JSON shapes of chat, in and out, the same over REST and the socket. See ``docs/websocket.md``."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext
from rest_framework import serializers

from chat.access import Side, Viewer
from chat.models import Block, Change, Conversation, Label, Message, Note, Rating
from chat.models.ratings import WORDS_CHARS
from chat.selectors import (
    SNIPPET_CHARS,
    InboxEntry,
    file_state_for,
    is_hidden_from,
    message_text_for,
    sees_whole,
    side_of,
    uploads_of_message,
)
from chat.selectors.desk import DeskLabel
from compliance.services.screening import Screening, in_words
from compliance.taxonomy import get_policy
from core.errors import Invalid
from files.models import Upload

BODY_CHARS = 8_000
ATTACHMENTS = 10
Json = dict[str, Any]


# PostgreSQL cannot store NUL, and a lone surrogate is no text.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: str) -> None:
    if _UNSTORABLE.search(value):
        raise serializers.ValidationError(
            "This text has characters that cannot be stored.", code="unstorable"
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that somebody wants to send.

    ``author_kind`` None: found from the author's access. Given: the caller has checked it (automatic replies,
    platform agents, system lines). ``reply_to`` is the ``seq`` of an earlier message, ``attachments`` are ids
    of uploads, ``card`` is ``{"kind": "order" or "product", "key": number or slug}``.
    """

    conversation_id: int
    author_id: int | None
    body: str
    client_ref: UUID | None
    reply_to: int | None = None
    author_kind: str | None = None
    card: dict[str, Any] | None = None
    attachments: tuple[str, ...] = ()

    def digest(self) -> bytes:
        """Of everything that the same client reference must mean again."""
        asked = [self.body, self.reply_to, self.card, self.attachments]
        text = json.dumps(asked, ensure_ascii=False, sort_keys=True)
        return blake2b(text.encode(), digest_size=16).digest()


class ScreenInput(serializers.Serializer[Any]):
    body = serializers.CharField(max_length=BODY_CHARS, trim_whitespace=False, validators=[storable])


class OpenConversationInput(serializers.Serializer[Any]):
    shop = serializers.SlugField()
    order = serializers.CharField(required=False, allow_null=True, default=None)
    product = serializers.SlugField(required=False, allow_null=True, default=None)


class MessagesQuery(serializers.Serializer[Any]):
    after_seq = serializers.IntegerField(min_value=0, required=False)
    before_seq = serializers.IntegerField(min_value=1, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


class ChangesQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(min_value=0)


class SearchQuery(serializers.Serializer[Any]):
    q = serializers.CharField(min_length=2, max_length=100, validators=[storable])


class SeqInput(serializers.Serializer[Any]):
    seq = serializers.IntegerField(min_value=0)


class BlockInput(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=Block.Reason.choices)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class MuteInput(serializers.Serializer[Any]):
    muted = serializers.BooleanField()


class RatingInput(serializers.Serializer[Any]):
    session_seq = serializers.IntegerField(min_value=1)
    score = serializers.IntegerField(min_value=1, max_value=5)
    tags = serializers.ListField(
        child=serializers.ChoiceField(choices=Rating.Tag.choices), required=False, default=list
    )
    words = serializers.CharField(
        max_length=WORDS_CHARS, required=False, allow_blank=True, default="", validators=[storable]
    )


def draft_from(conversation_id: int, author_id: int | None, data: Any) -> Draft:
    """The message in ``{"client_ref", "body", "reply_to"?, "attachments"?, "card"?}``, or ``Invalid``.

    By hand rather than by a serializer: it runs for every message, and takes a tenth of the time.
    """
    if not isinstance(data, dict | QueryDict):
        raise Invalid("Send a JSON object.")
    wrong: dict[str, str] = {}
    body: Any
    reply_to: Any
    body, reply_to = data.get("body"), data.get("reply_to")
    attachments, card = _enclosures(data, wrong)
    if not isinstance(body, str) or not (body.strip() or attachments or card):
        wrong["body"] = "Write something first."
    elif len(body) > BODY_CHARS:
        wrong["body"] = f"At most {BODY_CHARS} characters."
    elif _UNSTORABLE.search(body):
        wrong["body"] = "This text has characters that cannot be stored."
    try:
        client_ref = UUID(data.get("client_ref"))
    except (TypeError, ValueError, AttributeError):
        wrong["client_ref"] = "Give a UUID that is new for each message."
    if reply_to is not None and (type(reply_to) is not int or not 0 < reply_to < 2**31):
        wrong["reply_to"] = "Give the seq of a message."
    if wrong:
        raise Invalid("Some fields need another look.", **wrong)
    return Draft(conversation_id, author_id, body, client_ref, reply_to, card=card, attachments=attachments)


def _enclosures(data: Any, wrong: dict[str, str]) -> tuple[tuple[str, ...], Json | None]:
    attachments, card = data.get("attachments") or [], data.get("card")
    try:
        files = tuple(str(UUID(key)) for key in attachments)
        if len(files) > ATTACHMENTS or len(set(files)) < len(files):
            raise ValueError
    except (TypeError, ValueError, AttributeError):
        files, wrong["attachments"] = (), f"Give the ids of at most {ATTACHMENTS} uploads."
    if card is None:
        return files, None
    kind = card.get("kind") if isinstance(card, dict) else None
    key = card.get({"order": "number", "product": "slug"}.get(kind, "")) if kind else None
    if not isinstance(key, str) or _UNSTORABLE.search(key):
        wrong["card"] = 'Give {"kind": "order", "number"} or {"kind": "product", "slug"}.'
        return files, None
    return files, {"kind": kind, "key": key}


def time_json(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with microseconds and ``Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def message_json(message: Message, viewer: Viewer) -> Json | None:
    """One message as this viewer may see it; None if it is withheld from them."""
    if is_hidden_from(viewer, message):
        return None
    seen = message_text_for(message, viewer)
    return {
        "id": message.pk,
        "conversation": message.conversation_id,
        "seq": message.seq,
        "change_no": message.change_no,
        "client_ref": str(message.client_ref) if message.client_ref else None,
        "author": author_json(message, viewer),
        "body": seen.body,
        "state": message.state,
        "mask_spans": seen.spans,
        "reply_to": _reply_json(message.reply_to, viewer) if message.reply_to_id else None,
        "card": message.card,
        "attachments": [upload_json(upload, message, viewer) for upload in uploads_of_message(message)],
        "created_at": time_json(message.created_at),
    }


def upload_json(upload: Upload, message: Message, viewer: Viewer) -> Json:
    """A file of a message. ``GET files/{id}`` has the link, made for its reader, once ``state`` is clean.

    ``held`` says what the other side gets, to whoever sees the file whole: "", checking, masked or withheld.
    """
    is_whole = sees_whole(viewer, author_id=message.author_id, author_kind=message.author_kind)
    return {
        "held": upload.held if is_whole else "",
        "id": str(upload.public_id),
        "name": upload.name,
        "content_type": upload.content_type,
        "size": upload.size,
        "width": upload.width,
        "height": upload.height,
        "state": file_state_for(upload, message, viewer),
    }


def author_json(message: Message, viewer: Viewer) -> Json:
    """Of the other side's people a viewer learns the first name, and no id."""
    author = message.author
    if author is None:
        return {"kind": message.author_kind, "id": None, "name": ""}
    is_own_side = side_of(message.author_kind) == viewer.side or viewer.side == Side.STAFF
    if is_own_side or message.author_kind == Message.AuthorKind.CUSTOMER:
        return {"kind": message.author_kind, "id": author.pk, "name": str(author)}
    return {"kind": message.author_kind, "id": None, "name": author.short_name}


def _reply_json(target: Message | None, viewer: Viewer) -> Json | None:
    if target is None or is_hidden_from(viewer, target):
        return None
    snippet = " ".join(message_text_for(target, viewer).body.split())[:SNIPPET_CHARS]
    return {"seq": target.seq, "author": author_json(target, viewer)["name"], "snippet": snippet}


def change_json(change: Change, viewer: Viewer, *, epoch: str) -> Json:
    message = message_json(change.message, viewer) if change.message else None
    return change_shape(
        epoch=epoch,
        conversation_id=change.conversation_id,
        change_no=change.change_no,
        kind=change.kind,
        seq=change.message.seq if change.message else None,
        message=message,
    )


def change_shape(
    *, epoch: str, conversation_id: int, change_no: int, kind: str, seq: int | None, message: Json | None
) -> Json:
    """What a viewer gets for one change number. ``message`` None: nothing of it is for this viewer."""
    return {
        "epoch": epoch,
        "conversation": conversation_id,
        "change_no": change_no,
        "kind": kind,
        "seq": seq,
        "message": message,
    }


def screening_json(screening: Screening) -> Json:
    """What a text would run into if it were sent, with the rule in words and what breaking it costs."""
    findings = []
    for found in screening.findings:
        policy = get_policy(found.policy)
        findings.append(
            {
                "policy": policy.code,
                "title": gettext(policy.title),
                "clause": gettext(policy.clause),
                "points": policy.points,
                "start": found.start,
                "end": found.end,
                "explanation": in_words(found.explanation),
            }
        )
    return {
        "findings": findings,
        "must_withhold": screening.must_withhold,
        "mask_spans": [list(span) for span in screening.mask_spans],
    }


def inbox_json(entry: InboxEntry, *, side: Side) -> Json:
    """One line of a list. What only the shop's people know of it is left out for everybody else."""
    row = entry.conversation
    shown = conversation_json(row)
    if side == Side.SHOP:
        shown["desk"] = desk_json(row) | {"labels": list(entry.labels)}
    elif side == Side.CUSTOMER:
        shown["assigned_to"] = None
    return shown | {
        "read_seq": entry.read_seq,
        "unread": entry.unread,
        "awaits_reply": entry.awaits_reply,
        "clock": _entry_clock_json(entry),
    }


def _entry_clock_json(entry: InboxEntry) -> Json | None:
    """The clock with what only the ledger knows: why nothing is due, or how long the answer took."""
    row = entry.conversation
    if row.due_at is None and entry.reason:
        return {"state": "excluded", "reason": entry.reason, "started_at": None, "deadline": None}
    clock = clock_json(row)
    if clock and clock["state"] == "answered" and entry.answered_after is not None:
        clock["took_s"] = int(entry.answered_after.total_seconds())
    return clock


def conversation_json(row: Conversation) -> Json:
    """The part of an inbox row that is the same for every viewer."""
    return {
        "id": row.pk,
        "shop": {"slug": row.shop.slug, "name": row.shop.name},
        "customer": {"name": str(row.customer)},
        "last_message_at": time_json(row.last_message_at),
        "preview": row.last_preview,
        "last_seq": row.last_seq,
        "change_no": row.change_no,
        "status": row.status,
        "handled_by": row.handled_by,
        "blocked_by": row.blocked_by,
        "assigned_to": (
            {"id": row.assigned_to_id, "name": str(row.assigned_to)} if row.assigned_to else None
        ),
        "due_at": time_json(row.due_at),
        "clock": clock_json(row),
    }


def desk_json(row: Conversation) -> Json:
    """What a shop's people marked in its inbox: for them only."""
    return {
        "snoozed_until": time_json(row.snoozed_until),
        # Nobody has written since the mark; a new message ends it.
        "no_answer_needed": row.no_answer_seq is not None and row.no_answer_seq >= row.last_seq,
    }


def note_json(note: Note) -> Json:
    """A private note, for members of the shop."""
    return {
        "id": note.pk,
        "conversation": note.conversation_id,
        "after_seq": note.after_seq,
        "author": {"id": note.author_id, "name": str(note.author)},
        "to": {"id": note.to_id, "name": str(note.to)} if note.to else None,
        "body": note.body,
        "created_at": time_json(note.created_at),
        "edited_at": time_json(note.edited_at),
    }


def label_json(label: Label | DeskLabel) -> Json:
    return {"id": label.id, "name": label.name, "colour": label.colour}


def clock_json(row: Conversation) -> Json | None:
    """The response clock for countdowns: running to a deadline, answered, or none at all."""
    if row.due_at is not None:
        return {
            "state": "running",
            "started_at": time_json(row.waiting_since),
            "deadline": time_json(row.due_at),
        }
    if row.last_seq == 0:
        return None
    return {"state": "none" if row.waiting_since else "answered", "started_at": None, "deadline": None}
