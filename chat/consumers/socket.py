"""One socket per browser tab. It carries frames; services decide. ``docs/websocket.md`` is its contract.

Written on the bare ASGI interface: Channels' consumer classes take a task and a thread hop for every frame
and a Redis subscription for every socket, and cannot open while Redis hangs (docs/decisions).
"""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.db import DatabaseError
from django.utils import translation
from rest_framework.exceptions import ValidationError

from chat import commands
from chat.access import Side
from chat.commands import COMMANDS, Person
from chat.consumers.limits import COMMANDS_AT_ONCE, FrameBucket, Window
from chat.consumers.pulse import HEARTBEAT_S, NOT_LOGGED_IN, RESTART, current_pulse
from chat.selectors import database_now
from chat.serializers import draft_from, message_json, time_json
from chat.services import messages
from chat.services.announcements import current_epoch
from chat.services.messages import SendResult
from core.errors import DomainError, Invalid, Unavailable
from core.realtime import (
    Asgi,
    Event,
    Gatherer,
    Private,
    Socket,
    current_hub,
    frame,
    in_db_thread,
    publish_now,
    run_now,
    shop_group,
    shop_managers_group,
    user_group,
)

logger = logging.getLogger(__name__)

FLOODING = 4008
TOO_SLOW = 4009
FRAME_BYTES = 64 * 1024
DEPTH = 8
SOCKETS_PER_USER = 10
VIEWING = ("looking", "writing", "gone")

_sends: Gatherer[Any, SendResult] = Gatherer(run=messages.store_batch, run_alone=messages.store_alone)


class ChatConsumer(Socket):
    """The ASGI application behind ``/ws/v1/``; one instance per connection."""

    async def run(self, scope: Asgi, receive: Any, send: Any) -> None:
        """From the handshake to the last frame."""
        await receive()  # websocket.connect
        user = scope["user"]
        if not is_own_origin(scope) or current_pulse().is_draining:
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept"})
        if not user.is_authenticated or not user.is_active:
            await send({"type": "websocket.close", "code": NOT_LOGGED_IN})
            return
        self._send = send
        try:
            await self._open(scope, receive)
        except DatabaseError as error:
            logger.warning("A socket could not be opened: %s", error)
            await send({"type": "websocket.close", "code": RESTART})

    async def _open(self, scope: Asgi, receive: Any) -> None:
        user = scope["user"]
        self.user_id: int = user.pk
        self.language: str = user.language
        self.session_key: str = scope["session"].session_key or ""
        self.person: Person = await in_db_thread(commands.person_of)(user.pk)
        self.manages = self.person.manages
        self._begin()
        pulse = current_pulse()
        if pulse.sockets_of(self.user_id) >= SOCKETS_PER_USER:
            await self._send({"type": "websocket.close", "code": FLOODING})
            return
        groups = self._groups()
        pulse.sockets.add(self)
        try:
            await current_hub().join(self, groups)
            await self._hello()
            await self._read_frames(receive)
        finally:
            pulse.sockets.discard(self)
            await current_hub().leave(self, groups)

    def _begin(self) -> None:
        self._frames = FrameBucket(time.monotonic())
        self._window = Window()
        self._out: deque[str] = deque()
        self._is_draining = False
        self._close_code: int | None = None
        self._said_hello = False
        self._running: set[asyncio.Future[Any]] = set()
        self._told: dict[int, int] = {}
        self._epoch = ""

    def _groups(self) -> list[str]:
        return [
            user_group(self.user_id),
            *map(shop_group, self.person.reads),
            *map(shop_managers_group, self.person.manages),
        ]

    async def _hello(self) -> None:
        self._epoch = await in_db_thread(current_epoch)()
        now = await in_db_thread(database_now)()
        data = {
            "epoch": self._epoch,
            "heartbeat_s": HEARTBEAT_S,
            "user_id": self.user_id,
            "server_time": time_json(now),
        }
        self.push_reply(frame("hello", data))
        self._said_hello = True

    async def _read_frames(self, receive: Any) -> None:
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return
            if self._close_code is None:
                self._take(event.get("text"))

    # --- Frames in ---

    def _take(self, text: str | None) -> None:
        """Answer one frame, now or when the database has. Never waits, so floods are seen at once."""
        if not self._frames.take(time.monotonic()) or len(self._running) >= COMMANDS_AT_ONCE:
            return self.close(FLOODING)
        ref: Any = None
        try:
            asked = parse(text)
            ref = asked.get("ref")
            self._carry_out(asked["type"], ref, asked.get("data", {}))
        except DomainError as refusal:
            self._refuse(ref, refusal)

    def _carry_out(self, name: str, ref: Any, data: dict[str, Any]) -> None:
        if name == "message.send":
            self._send_message(ref, data)
        elif name in COMMANDS:
            work = asyncio.ensure_future(in_db_thread(COMMANDS[name])(self.person, data))
            self._follow(work, partial(self._answer, ref, dict))
        elif name == "typing":
            self._typing(data)
            self._ack(ref, {})
        elif name == "viewing":
            self._viewing(data)
            self._ack(ref, {})
        elif name == "events.ack":
            count = data.get("count")
            if type(count) is not int or not self._window.ack(count):
                raise Invalid("Give the number of events received so far on this socket.")
            self._ack(ref, {})
        elif name == "ping":
            self._ack(ref, {})
        else:
            raise Invalid("No such frame type.", code="unknown_type")

    def _send_message(self, ref: Any, data: dict[str, Any]) -> None:
        conversation_id = data.get("conversation")
        if type(conversation_id) is not int or not 0 < conversation_id < 2**63:
            raise Invalid("Some fields need another look.", conversation="Give its id.")
        draft = draft_from(conversation_id, self.user_id, data)
        self._follow(_sends.submit(conversation_id, draft), partial(self._answer, ref, _sent_json))

    def _follow(self, work: "asyncio.Future[Any]", answer: Callable[[Any], None]) -> None:
        self._running.add(work)
        work.add_done_callback(self._running.discard)
        work.add_done_callback(answer)

    def _answer(self, ref: Any, shape: Callable[[Any], Any], work: "asyncio.Future[Any]") -> None:
        if work.cancelled():
            return
        error = work.exception()
        if error is None:
            self._ack(ref, shape(work.result()))
        elif isinstance(error, DomainError):
            self._refuse(ref, error)
        elif isinstance(error, ValidationError):
            self._refuse(ref, Invalid("Some fields need another look.", fields=error.detail))
        elif isinstance(error, DatabaseError):
            self._refuse(ref, Unavailable("The database is busy. Try again.", retry_after=2))
        else:
            logger.error("A socket command failed.", exc_info=error)
            self._refuse(ref, DomainError("Something went wrong here.", code="internal"))

    def _typing(self, data: dict[str, Any]) -> None:
        """Pass on to the other side, and to colleagues, that this person is writing. Never stored."""
        conversation_id = data.get("conversation")
        place = self.person.subscriptions.get(conversation_id) if type(conversation_id) is int else None
        if place is None:
            raise Invalid("Subscribe to the conversation first.", code="not_subscribed")
        text = frame(
            "typing",
            {
                "conversation": conversation_id,
                "side": place.side,
                "name": self.person.user.short_name,
                "on": bool(data.get("on")),
            },
        )
        not_back = Private((self.user_id,), None, None)
        groups = [shop_group(place.shop_id)]
        if place.side == Side.SHOP:
            groups.append(user_group(place.customer_id))
        publish_now([Event(group, text, not_back) for group in groups])

    def _viewing(self, data: dict[str, Any]) -> None:
        """Pass on to colleagues only that this member has a conversation open. Never stored."""
        conversation_id = data.get("conversation")
        place = self.person.subscriptions.get(conversation_id) if type(conversation_id) is int else None
        if place is None or place.side != Side.SHOP:
            raise Invalid("Subscribe to a conversation of your shop first.", code="not_subscribed")
        state = data.get("state")
        if state not in VIEWING:
            raise Invalid(f"Give a state: {', '.join(VIEWING)}.")
        text = frame(
            "viewing",
            {
                "conversation": conversation_id,
                "user": {"id": self.user_id, "name": self.person.user.short_name},
                "state": state,
                "asks": bool(data.get("asks")),
            },
        )
        not_back = Private((self.user_id,), None, None)
        publish_now([Event(shop_group(place.shop_id), text, not_back)])

    # --- Frames out ---

    def _ack(self, ref: Any, data: Any) -> None:
        self.push_reply(_dump({"type": "ack", "ref": ref, "data": data}))

    def _refuse(self, ref: Any, refusal: DomainError) -> None:
        with translation.override(self.language):
            shape = {"type": "error", "ref": ref, "code": refusal.code, "message": refusal.message}
        if refusal.detail:
            shape["detail"] = refusal.detail
        self.push_reply(_dump(shape))

    def heartbeat(self, epoch: str, newest: dict[int, int]) -> None:
        """The numbers of followed conversations that moved since the last heartbeat on this socket."""
        if epoch != self._epoch:
            self._epoch, self._told = epoch, {}
        moved = {
            id_: newest[id_]
            for id_ in self.person.subscriptions
            if id_ in newest and self._told.get(id_) != newest[id_]
        }
        self._told |= moved
        self.push_reply(
            frame("heartbeat", {"epoch": epoch, "conversations": {str(k): v for k, v in moved.items()}})
        )

    def push(self, text: str) -> None:
        """One live event (the hub calls this). A client too far behind is closed and resyncs.

        What comes before `hello` is left out: the client reads everything after it.
        """
        if not self._said_hello:
            return
        if self._window.event(len(text)):
            self._push(text)
        else:
            self.close(TOO_SLOW)

    def push_reply(self, text: str) -> None:
        """One frame that is no event: answers, hello, heartbeat."""
        if self._window.reply(len(text)):
            self._push(text)
        else:
            self.close(TOO_SLOW)

    def close(self, code: int) -> None:
        if self._close_code is None:
            self._close_code = code
            if code == TOO_SLOW:
                self._out.clear()
            self._start_writing()

    def _push(self, text: str) -> None:
        if self._close_code is None:
            self._out.append(text)
            self._start_writing()

    def _start_writing(self) -> None:
        if not self._is_draining:
            self._is_draining = True
            if (writing := run_now(self._write())) is not None:
                self._running.add(writing)
                writing.add_done_callback(self._running.discard)

    async def _write(self) -> None:
        try:
            while self._out:
                await self._send({"type": "websocket.send", "text": self._out.popleft()})
            if self._close_code is not None:
                await self._send({"type": "websocket.close", "code": self._close_code})
        except Exception:  # Servers raise what they like for a socket that has just gone.
            logger.debug("A frame came too late for its socket.", exc_info=True)
            self._out.clear()
        finally:
            self._is_draining = False


def parse(text: str | None) -> dict[str, Any]:
    """One client frame: ``{"type": str, "ref"?: str or number, "data"?: object}``."""
    asked = _loaded(text if text and len(text) <= FRAME_BYTES else "")
    if (
        not isinstance(asked, dict)
        or not isinstance(asked.get("type"), str)
        or not isinstance(asked.get("ref"), str | int | None)
        or len(str(asked.get("ref"))) > 64
        or not isinstance(asked.get("data", {}), dict)
        or depth(asked) > DEPTH
    ):
        raise Invalid('Send {"type": text, "ref": text, "data": object}.', code="invalid_frame")
    return asked


def _loaded(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        return json.loads(text)  # Lone surrogates, which orjson refuses: `draft_from` names their field.
    except (ValueError, RecursionError):
        raise Invalid("Send one JSON object per text frame.", code="invalid_frame") from None


def depth(value: Any) -> int:
    """How many containers are nested in each other."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def is_own_origin(scope: Asgi) -> bool:
    """Whether the page that opened the socket is ours. Programs send no Origin."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin1")
    if not origin:
        return True
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return urlsplit(origin).netloc.lower() == headers.get(b"host", b"").decode("latin1").lower()


def _sent_json(sent: SendResult) -> dict[str, Any]:
    return {"message": message_json(sent.message, sent.viewer), "duplicate": sent.duplicate}


def _dump(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()
