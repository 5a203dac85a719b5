"""Whole conversations from a file: checked line by line, stored in batches, scanned on the spot.

History is taken as it was: times are kept, nothing is masked, nobody is told. A conversation is known by its
shop and its id in the file; importing it again adds what is new at its end and changes nothing else.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import connection, transaction

from accounts.models import User
from chat.models import Conversation, Message
from chat.selectors import database_now, preview_of
from chat.serializers import Draft
from chat.services import message_store, sessions
from compliance.services.screening import current_ruleset
from shops.models import Shop

SENDERS = {
    "customer": Message.AuthorKind.CUSTOMER,
    "seller": Message.AuthorKind.MEMBER,
    "auto": Message.AuthorKind.AUTO,
    "platform": Message.AuthorKind.SYSTEM,
}
IMPORT_LOCK = 4_712_001  # Advisory: two imports take turns batch by batch, so the same file twice is safe.
SCAN_LEASE = timedelta(seconds=60)  # The importer scans its own batch; if it dies, the sweeper goes on.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # Deadlines lie after messages and must fit into the calendar.


class BadLine(ValueError):
    """Why a line is refused, in words for whoever wrote the file."""


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One conversation of the file. ``messages`` are (author kind, text, time)."""

    number: int
    shop: str
    kind: str
    external_id: str
    handled_by: str
    messages: list[tuple[str, str, datetime]]


@dataclass(slots=True)
class Outcome:
    conversations: int = 0
    messages: int = 0
    already_there: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    new_messages: list[Message] = field(default_factory=list)


def parse_line(number: int, raw: bytes) -> ChatLine:
    """One line of the file, or ``BadLine``."""
    try:
        row = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        raise BadLine("not UTF-8") from None
    except (ValueError, RecursionError):
        raise BadLine("not JSON") from None
    if not isinstance(row, dict):
        raise BadLine("not an object")
    for name in ("id", "shop_kind", "messages"):
        if row.get(name) in (None, ""):
            raise BadLine(f"{name} is missing")
    return ChatLine(
        number=number,
        shop=_shop_slug(row),
        kind=_one_of(row["shop_kind"], Shop.Kind.values, "shop_kind"),
        external_id=_external_id(row["id"]),
        handled_by=_one_of(row.get("handled_by") or "shop", Conversation.HandledBy.values, "handled_by"),
        messages=_messages(row["messages"]),
    )


def _one_of(value: Any, allowed: Sequence[str], name: str) -> str:
    if value not in allowed:
        raise BadLine(f"{name} must be one of: {', '.join(allowed)}")
    return str(value)


def _external_id(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadLine("id must be a text")
    text = str(value)
    if not text.strip() or len(text) > 200 or _UNSTORABLE.search(text):
        raise BadLine("id must be a text of 1 to 200 storable characters")
    return text


def _shop_slug(row: dict[str, Any]) -> str:
    slug = row.get("shop")
    if slug in (None, ""):
        return "import-cross-border" if row["shop_kind"] == Shop.Kind.CROSS_BORDER else "import-us"
    try:
        validate_slug(slug)
    except (ValidationError, TypeError):
        raise BadLine("shop must be a short name of letters, digits, - and _") from None
    if len(slug) > 80:
        raise BadLine("shop must have at most 80 characters")
    return str(slug)


def _messages(rows: Any) -> list[tuple[str, str, datetime]]:
    if not isinstance(rows, list):
        raise BadLine("messages must be a list")
    found: list[tuple[str, str, datetime]] = []
    for position, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadLine(f"message {position} is not an object")
        sender, text = row.get("sender"), row.get("text")
        if not isinstance(sender, str) or sender not in SENDERS:
            raise BadLine(f"message {position}: unknown sender {sender!r}")
        if not isinstance(text, str) or not text.strip():
            raise BadLine(f"message {position}: empty text")
        if unstorable := _UNSTORABLE.search(text):
            name = "NUL" if unstorable.group() == "\x00" else "a lone surrogate"
            raise BadLine(f"message {position}: the text holds {name}")
        at = _time(row.get("at"), position)
        if found and at < found[-1][2]:
            raise BadLine(f"message {position}: its time is before the message above it")
        found.append((SENDERS[sender], text, at))
    return found


def _time(value: Any, position: int) -> datetime:
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None:
            at = at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadLine(f"message {position}: unreadable time {value!r}") from None
    if at.tzinfo is None:
        raise BadLine(f"message {position}: the time {value!r} has no zone")
    if at >= _LATEST:
        raise BadLine(f"message {position}: the time {value!r} is out of range")
    return at


class Importer:
    """Takes checked lines in batches; remembers the shops it has met."""

    def __init__(self, *, zone: str) -> None:
        self.zone = zone
        self._shops: dict[str, Shop] = {}

    @transaction.atomic
    def store(self, lines: Sequence[ChatLine]) -> Outcome:
        """Store one batch of conversations; lines that contradict what is stored are refused."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
        outcome = Outcome()
        places = [(self._shop(line.shop, line.kind).pk, line.external_id) for line in lines]
        known = _known(places)
        touched: dict[tuple[int, str], _Known] = {}
        for line, place in zip(lines, places, strict=True):
            shop = self._shop(line.shop, line.kind)
            entry = known.get(place)
            if entry is None:
                entry = known[place] = _Known(_new_conversation(shop, line))
                outcome.conversations += 1
                touched[place] = entry
            try:
                new = entry.take(line)
            except BadLine as reason:
                outcome.refused.append((line.number, str(reason)))
                continue
            outcome.already_there += len(line.messages) - len(new)
            if new:
                touched[place] = entry
        self._write(list(touched.values()), outcome)
        return outcome

    def _shop(self, slug: str, kind: str) -> Shop:
        if slug not in self._shops:
            self._shops[slug], _ = Shop.objects.get_or_create(
                slug=slug,
                defaults={
                    "name": slug.replace("-", " ").replace("_", " ").title()[:120],
                    "kind": kind,
                    "time_zone": self.zone,
                },
            )
        return self._shops[slug]

    def _write(self, entries: list["_Known"], outcome: Outcome) -> None:
        fresh = [entry.conversation for entry in entries if entry.conversation.pk is None]
        User.objects.bulk_create([conversation.customer for conversation in fresh])
        Conversation.objects.bulk_create(fresh)
        now = database_now()
        new = [message for entry in entries for message in entry.number()]
        if new:
            message_store.insert(new, ruleset=current_ruleset(), is_imported=True, lease=SCAN_LEASE)
        sessions.refresh_many([entry.conversation for entry in entries])
        for entry in entries:
            entry.conversation.changed_at = now
        message_store.update([entry.conversation for entry in entries])
        outcome.messages += len(new)
        outcome.new_messages += new


class _Known:
    """A conversation with all its imported messages, stored or about to be."""

    def __init__(self, conversation: Conversation, stored: Sequence[tuple[str, str, datetime]] = ()) -> None:
        self.conversation = conversation
        self.was_known = conversation.pk is not None
        self.contents = list(stored)
        self._numbered = len(self.contents)

    def take(self, line: ChatLine) -> list[tuple[str, str, datetime]]:
        """The line's messages that are new; ``BadLine`` if it contradicts what is there."""
        common = min(len(self.contents), len(line.messages))
        for position in range(common):
            if self.contents[position] != line.messages[position]:
                raise BadLine(
                    f"conversation {line.external_id} is known, and its message {position + 1} differs"
                )
        new = line.messages[common:]
        last = self.conversation.last_message_at
        if new and self.was_known and last is not None and new[0][2] < last:
            raise BadLine(f"conversation {line.external_id} went on here after the new messages")
        self.contents += new
        return new

    def number(self) -> list[Message]:
        """The new messages with their numbers; moves the counters of the conversation in memory."""
        conversation = self.conversation
        new = []
        for kind, text, at in self.contents[self._numbered :]:
            conversation.last_seq += 1
            conversation.change_no += 1
            is_customer = kind == Message.AuthorKind.CUSTOMER
            message = Message(
                conversation=conversation,
                seq=conversation.last_seq,
                change_no=conversation.change_no,
                author=conversation.customer if is_customer else None,
                author_kind=kind,
                body=text,
                body_hash=Draft(conversation.pk, None, text, None).digest(),
                is_imported=True,
                created_at=at,
            )
            conversation.last_message_at = at
            conversation.last_preview = preview_of(message)
            new.append(message)
        self._numbered = len(self.contents)
        return new


def _known(places: Sequence[tuple[int, str]]) -> dict[tuple[int, str], _Known]:
    """What is stored under these shops and ids, locked until the batch is done."""
    ids = {external_id for _, external_id in places}
    rows = (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("shop", "customer")
        .filter(shop__in={shop_id for shop_id, _ in places}, external_id__in=ids)
        .order_by("pk")
    )
    by_pk = {row.pk: row for row in rows}
    stored: dict[int, list[tuple[str, str, datetime]]] = {}
    for conversation_id, kind, body, at in (
        Message.objects.filter(conversation__in=by_pk, is_imported=True)
        .order_by("conversation_id", "seq")
        .values_list("conversation_id", "author_kind", "body", "created_at")
    ):
        stored.setdefault(conversation_id, []).append((kind, body, at.astimezone(UTC)))
    return {
        (row.shop_id, row.external_id or ""): _Known(row, stored.get(row.pk, ())) for row in by_pk.values()
    }


def _new_conversation(shop: Shop, line: ChatLine) -> Conversation:
    """Unsaved, with a customer of its own who cannot log in."""
    digest = blake2b(f"{shop.pk}/{line.external_id}".encode(), digest_size=10).hexdigest()
    customer = User(
        email=f"import-{digest}@import.invalid",
        display_name=f"Customer {line.external_id}"[:80],
        password=make_password(None),
    )
    return Conversation(
        customer=customer,
        shop=shop,
        external_id=line.external_id,
        origin=Conversation.Origin.IMPORT,
        handled_by=line.handled_by,
    )
