"""One live event, and how it travels through Redis."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings

# This process, so that its own events are not delivered a second time when Redis hands them back.
ORIGIN = uuid4().hex


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

    def encode(self) -> bytes:
        """Origin, frame, selector and private frame, one line each (JSON text holds no line breaks)."""
        lines = [ORIGIN, self.text]
        if self.private:
            selector = [self.private.users, self.private.managers_of, self.private.text is not None]
            lines += [json.dumps(selector), self.private.text or ""]
        return "\n".join(lines).encode()


def decode(group: str, payload: bytes) -> Event | None:
    """The event in a Redis message; None for this process's own."""
    if payload.startswith(ORIGIN.encode()):
        return None
    lines = payload.decode().split("\n")
    if len(lines) == 2:
        return Event(group, lines[1])
    users, managers_of, has_text = json.loads(lines[2])
    return Event(group, lines[1], Private(tuple(users), managers_of, lines[3] if has_text else None))


def channel_of(group: str) -> str:
    """The Redis channel behind a group."""
    return f"{settings.REDIS_PREFIX}:live:{group}"


def frame(event: str, data: Any) -> str:
    """The JSON text that clients get: ``{"type": event, "data": data}``."""
    return json.dumps({"type": event, "data": data}, separators=(",", ":"), ensure_ascii=False)
