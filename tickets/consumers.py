"""The support desk's socket: which ticket changed, who looks at it, who writes. Hints only.

Whoever misses a hint loses nothing: the page asks every 15 seconds when it has no socket, and an answer
written past a colleague's is still refused by the service (``ticket_moved_on``).
"""

import asyncio
import json
import re
import time
from typing import Any

from chat.consumers.limits import FrameBucket
from core.realtime import (
    Asgi,
    Event,
    Private,
    Socket,
    current_hub,
    frame,
    in_db_thread,
    publish_now,
    staff_group,
)
from tickets.access import person_of_desk
from tickets.services.events import DESK

NOT_ALLOWED = 4003
NOT_LOGGED_IN = 4001
FLOODING = 4008
TOO_SLOW = 4009
QUEUE = 200  # Frames that may wait for a slow reader.
FRAME_BYTES = 2000
STANDING_S = 10.0  # So often it is asked anew whether this person still works at the desk.
DOINGS = frozenset({"looking", "writing", "gone"})

_NUMBER = re.compile(r"T-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")


class DeskConsumer(Socket):
    """The ASGI application behind ``/ws/v1/desk/``; one instance per open page of the desk."""

    async def run(self, scope: Asgi, receive: Any, send: Any) -> None:
        """From the handshake to the last frame."""
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        user = scope["user"]
        if not user.is_authenticated:
            await send({"type": "websocket.close", "code": NOT_LOGGED_IN})
            return
        self.user_id: int = user.pk
        self.session_key: str = scope["session"].session_key or ""
        self.manages: frozenset[int] = frozenset()
        name = await self._standing()
        if name is None:
            await send({"type": "websocket.close", "code": NOT_ALLOWED})
            return
        self.name, self._looking_at = name, ""
        self._out: asyncio.Queue[str | int] = asyncio.Queue(QUEUE)
        await current_hub().join(self, [staff_group(DESK)])
        try:
            await self._live(receive, send)
        finally:
            await current_hub().leave(self, [staff_group(DESK)])
            self._tell("gone", self._looking_at)

    async def _standing(self) -> str | None:
        """The first name of somebody who works at the desk; None when they may not, or have logged out."""
        return await in_db_thread(person_of_desk)(self.user_id, self.session_key)

    async def _live(self, receive: Any, send: Any) -> None:
        """Read, write and check until one of the three ends."""
        self.push(frame("hello", {"user": self.user_id}))
        work = [
            asyncio.ensure_future(part) for part in (self._read(receive), self._write(send), self._check())
        ]
        try:
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in work:
                part.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _read(self, receive: Any) -> None:
        frames = FrameBucket(time.monotonic())
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return
            if frames.take(time.monotonic()):
                self._take(event.get("text") or "")
            else:
                self._end(FLOODING)

    def _take(self, text: str) -> None:
        """``{"type": "look", "data": {"number", "doing", "hello"?}}``; anything else is left alone."""
        try:
            asked = json.loads(text if len(text) <= FRAME_BYTES else "")
            data = asked["data"]
            number, doing = str(data["number"]), str(data["doing"])
            is_first = bool(data.get("hello"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return
        if asked.get("type") != "look" or doing not in DOINGS or not _NUMBER.fullmatch(number):
            return
        self._looking_at = "" if doing == "gone" else number
        self._tell(doing, number, is_first)

    def _tell(self, doing: str, number: str, is_first: bool = False) -> None:
        """Tell the colleagues, not oneself. ``hello`` asks those who look at the same ticket to answer."""
        if not number:
            return
        data = {
            "number": number,
            "user": self.user_id,
            "name": self.name,
            "doing": doing,
            "hello": is_first,
        }
        not_back = Private((self.user_id,), None, None)
        publish_now([Event(staff_group(DESK), frame("ticket.presence", data), not_back)])

    async def _write(self, send: Any) -> None:
        while True:
            what = await self._out.get()
            if isinstance(what, int):
                await send({"type": "websocket.close", "code": what})
                return
            await send({"type": "websocket.send", "text": what})

    async def _check(self) -> None:
        while True:
            await asyncio.sleep(STANDING_S)
            if await self._standing() is None:
                self._end(NOT_ALLOWED)
                await asyncio.sleep(STANDING_S)
                return

    def _end(self, code: int) -> None:
        """Close after nothing more: what still waits is left out."""
        while not self._out.empty():
            self._out.get_nowait()
        self._out.put_nowait(code)

    def push(self, text: str) -> None:
        """One live event (the hub calls this). A client too far behind is closed and reads again."""
        if self._out.qsize() < QUEUE - 1:
            self._out.put_nowait(text)
        else:
            self._end(TOO_SLOW)
