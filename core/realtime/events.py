"""One live event, and how it travels through Redis."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from django.conf import settings

# This process, so that its own events are not delivered a second time when Redis hands them back.
_ORIGIN = uuid4().hex.encode()


@dataclass(frozen=True, slots=True)
class Private:
    """What some hearers of a group get instead: these users, and the managers of this shop.

    ``text`` None means that they get nothing.
    """

    users: tuple[int, ...]
    managers_of: int | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One ready JSON frame for one group of sockets."""

    group: str
    text: str
    private: Private | None = None


def encode(events: Sequence[Event]) -> bytes:
    """One Redis message for many events: origin, one line of JSON that lists them, then their frames."""
    heads: list[tuple[str, int, tuple[tuple[int, ...], int | None, int | None] | None]] = []
    frames: list[bytes] = []
    for event in events:
        text, private = event.text.encode(), event.private
        frames.append(text)
        hidden = None
        if private:
            secret = None if private.text is None else private.text.encode()
            frames.append(secret or b"")
            hidden = (private.users, private.managers_of, None if secret is None else len(secret))
        heads.append((event.group, len(text), hidden))
    return b"".join([_ORIGIN, orjson.dumps(heads), b"\n", *frames])


def decode(payload: bytes, wanted: Container[str]) -> list[Event]:
    """The events in a Redis message whose groups are wanted; none of this process's own."""
    if payload.startswith(_ORIGIN):
        return []
    end = payload.index(b"\n")
    events, start = [], end + 1
    for group, size, hidden in orjson.loads(payload[len(_ORIGIN) : end]):
        at, start = start, start + size
        secret_at = start
        if hidden:
            start += hidden[2] or 0
        if group not in wanted:
            continue
        private = None
        if hidden:
            users, managers_of, secret_size = hidden
            secret = None if secret_size is None else payload[secret_at:start].decode()
            private = Private(tuple(users), managers_of, secret)
        events.append(Event(group, payload[at : at + size].decode(), private))
    return events


def channel() -> str:
    """The Redis channel that every process hears."""
    return f"{settings.REDIS_PREFIX}:live"


def frame(event: str, data: Any) -> str:
    """The JSON text that clients get: ``{"type": event, "data": data}``."""
    return orjson.dumps({"type": event, "data": data}, default=str).decode()
