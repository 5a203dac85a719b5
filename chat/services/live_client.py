"""A client of our own chat protocol, by ``docs/websocket.md``: for replays, load and fault programs.

It keeps the client's side of the promise: every message is sent until it is acknowledged, with the same
``client_ref``; every gap is read again; whatever dies, it comes back.
"""

import asyncio
import json
import logging
import random
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

logger = logging.getLogger(__name__)

ACK_EVERY = 50  # Events; well below the server's limit of 200.
HTTP_TIMEOUT_S = 10.0
FRAMES_PER_SECOND = 15.0  # Below the server's limit of 20, so that resending stays within it as well.
LONGEST_PAUSE_S = 5.0
ANSWER_TIMEOUT_S = 10.0  # An answer that takes longer was lost with the process that owed it.

Json = dict[str, Any]


@dataclass(slots=True)
class Pending:
    """A message on its way: sent again, unchanged, until it is acknowledged."""

    data: Json
    done: asyncio.Future[Json]
    asked_at: float = 0.0


@dataclass(slots=True)
class Followed:
    """What the client has of one conversation."""

    have: int = 0
    messages: dict[int, Json] = field(default_factory=dict)  # By seq.


class LiveClient:
    """One person's socket, for as many conversations as wanted.

    ``on_message`` is called with (conversation id, message) whenever a message is seen for the first time.
    """

    def __init__(
        self, *, url: str, session_key: str, on_message: Callable[[int, Json], None] | None = None
    ) -> None:
        parts = urlsplit(url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        self._rest = f"{parts.scheme}://{parts.netloc}/api/v1"
        self._socket_url = f"{scheme}://{parts.netloc}/ws/v1/"
        self._cookie = f"sessionid={session_key}"
        self._on_message = on_message or (lambda conversation_id, message: None)
        self.followed: dict[int, Followed] = {}
        self.pending: dict[str, Pending] = {}
        self.reconnects = 0
        self.gaps = 0
        self.closes: dict[int, int] = {}
        self._epoch = ""
        self._socket: ClientConnection | None = None
        self._ready = asyncio.Event()
        self._events = 0
        self._next_frame_at = 0.0
        self._reading: set[int] = set()
        self._again: set[int] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        tasks = {task for task in (self._running, *self._tasks) if task is not None}
        while tasks:
            # More than once: wait_for may swallow a cancellation that comes together with its result.
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=1)

    async def ready(self) -> None:
        """Wait for an open socket that has said hello."""
        await self._ready.wait()

    def follow_later(self, conversation_ids: list[int]) -> None:
        """Name conversations before ``start``."""
        for conversation_id in conversation_ids:
            self.followed.setdefault(conversation_id, Followed())

    async def follow(self, conversation_ids: list[int]) -> None:
        """Keep these conversations complete from now on."""
        for conversation_id in conversation_ids:
            self.followed.setdefault(conversation_id, Followed())
        if self._socket is not None and self._ready.is_set():
            await self._subscribe(self._socket)

    async def send(self, conversation_id: int, client_ref: UUID, body: str) -> Json:
        """The data of the acknowledgement, whatever happens on the way there."""
        done: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        data = {"conversation": conversation_id, "client_ref": str(client_ref), "body": body}
        pending = self.pending[str(client_ref)] = Pending(data, done)
        if self._socket is not None and self._ready.is_set():
            await self._ask(self._socket, pending)
        return await done

    # --- The socket's life ---

    async def _run(self) -> None:
        attempt = 0
        while True:
            try:
                async with connect(
                    self._socket_url,
                    additional_headers={"Cookie": self._cookie},
                    compression=None,
                    open_timeout=10,
                    ping_interval=20,
                    max_size=2**20,
                ) as socket:
                    await self._live(socket)
                    attempt = 0
            except (OSError, WebSocketException, TimeoutError, ValueError) as error:
                code = getattr(getattr(error, "rcvd", None), "code", 0)
                self.closes[code] = self.closes.get(code, 0) + 1
                if self._ready.is_set():
                    attempt = 0
            except Exception:
                logger.exception("A client lost its socket in an unexpected way.")
            finally:
                self._socket = None
                self._ready.clear()
            self.reconnects += 1
            attempt += 1
            await asyncio.sleep(random.uniform(0.05, min(LONGEST_PAUSE_S, 0.25 * 2**attempt)))

    async def _live(self, socket: ClientConnection) -> None:
        hello = json.loads(await asyncio.wait_for(socket.recv(), 15))
        self._take_epoch(hello["data"]["epoch"])
        self._socket, self._events = socket, 0
        silence_s = 2.5 * hello["data"]["heartbeat_s"]
        if self.followed:
            await self._subscribe(socket)
        self._ready.set()
        self._spawn(self._resend(socket))
        while True:
            self._take(json.loads(await asyncio.wait_for(socket.recv(), silence_s)))

    async def _subscribe(self, socket: ClientConnection) -> None:
        numbers = {str(key): followed.have for key, followed in self.followed.items()}
        await self._frame(socket, {"type": "subscribe", "ref": "s", "data": {"conversations": numbers}})

    async def _resend(self, socket: ClientConnection) -> None:
        """Everything without an answer, in order; again and again while this socket lives."""
        while self._socket is socket:
            for pending in list(self.pending.values()):
                if not pending.done.done() and time.monotonic() - pending.asked_at > ANSWER_TIMEOUT_S:
                    await self._ask(socket, pending)
            await asyncio.sleep(1)

    async def _ask(self, socket: ClientConnection, pending: Pending) -> None:
        pending.asked_at = time.monotonic()
        frame = {"type": "message.send", "ref": pending.data["client_ref"], "data": pending.data}
        await self._frame(socket, frame)

    async def _frame(self, socket: ClientConnection, frame: Json) -> None:
        now = time.monotonic()
        self._next_frame_at = max(now, self._next_frame_at) + 1 / FRAMES_PER_SECOND
        if self._next_frame_at > now + 1 / FRAMES_PER_SECOND:
            await asyncio.sleep(self._next_frame_at - now - 1 / FRAMES_PER_SECOND)
        with suppress(OSError, WebSocketException):  # The socket is gone; the next one sends it again.
            await socket.send(json.dumps(frame))

    # --- Frames from the server ---

    def _take(self, frame: Json) -> None:
        kind: str = frame["type"]
        data: Json = frame.get("data") or {}
        if kind == "ack":
            self._answered(frame["ref"], data)
        elif kind == "error":
            self._refused(frame)
        elif kind == "heartbeat":
            self._take_epoch(data["epoch"])
            self._compare(data["conversations"])
        elif kind == "change":
            self._change(data)
        if kind not in ("ack", "error", "heartbeat", "hello", "bye"):
            self._count_event()

    def _answered(self, ref: Any, data: Json) -> None:
        if ref == "s":
            self._compare(data["conversations"])
            return
        pending = self.pending.pop(str(ref), None)
        if pending is not None and not pending.done.done():
            pending.done.set_result(data)

    def _refused(self, frame: Json) -> None:
        pending = self.pending.get(str(frame["ref"]))
        if pending is None:
            return
        if frame["code"] in ("unavailable", "rate_limited", "internal"):
            retry_after = (frame.get("detail") or {}).get("retry_after", 1)
            pending.asked_at = time.monotonic() - ANSWER_TIMEOUT_S + float(retry_after)
        else:
            del self.pending[str(frame["ref"])]
            pending.done.set_exception(RuntimeError(f"{frame['code']}: {frame['message']}"))

    def _count_event(self) -> None:
        self._events += 1
        if self._events % ACK_EVERY == 0 and self._socket is not None:
            frame = {"type": "events.ack", "ref": "e", "data": {"count": self._events}}
            self._spawn(self._frame(self._socket, frame))

    def _take_epoch(self, epoch: str) -> None:
        if self._epoch and epoch != self._epoch:
            for followed in self.followed.values():
                followed.have = 0
        self._epoch = epoch

    def _compare(self, newest: dict[str, int]) -> None:
        for key, change_no in newest.items():
            followed = self.followed.get(int(key))
            if followed is not None and change_no > followed.have:
                self._read_again(int(key))

    def _change(self, data: Json) -> None:
        followed = self.followed.get(data["conversation"])
        if followed is None:
            return
        if data["epoch"] != self._epoch:
            self._take_epoch(data["epoch"])
            self._read_again(data["conversation"])
        elif data["change_no"] == followed.have + 1:
            self._apply(data["conversation"], followed, data)
        elif data["change_no"] > followed.have:
            self.gaps += 1
            self._read_again(data["conversation"])

    def _apply(self, conversation_id: int, followed: Followed, change: Json) -> None:
        followed.have = change["change_no"]
        message, seq = change["message"], change["seq"]
        if message is None:
            if change["kind"] == "message.withheld":
                followed.messages.pop(seq, None)
            return
        is_new = message["seq"] not in followed.messages
        followed.messages[message["seq"]] = message
        if is_new:
            self._on_message(conversation_id, message)

    # --- Reading again over REST ---

    def _read_again(self, conversation_id: int) -> None:
        if conversation_id in self._reading:
            self._again.add(conversation_id)
        else:
            self._reading.add(conversation_id)
            self._spawn(self._read(conversation_id))

    async def _read(self, conversation_id: int) -> None:
        self._again.add(conversation_id)
        while conversation_id in self._again:
            self._again.discard(conversation_id)
            try:
                await self._read_once(conversation_id, self.followed[conversation_id])
            except (OSError, ValueError, HTTPException):
                self._again.add(conversation_id)
                await asyncio.sleep(random.uniform(0.5, 1.5))
        self._reading.discard(conversation_id)

    async def _read_once(self, conversation_id: int, followed: Followed) -> None:
        path = f"/conversations/{conversation_id}/changes?after={followed.have}"
        found = await asyncio.to_thread(self._get, path)
        if found["limited"]:
            await self._read_whole(conversation_id, followed)
            self._again.add(conversation_id)
        for change in found["changes"]:
            if change["change_no"] > followed.have:
                self._apply(conversation_id, followed, change)

    async def _read_whole(self, conversation_id: int, followed: Followed) -> None:
        after, change_no = 0, None
        messages: dict[int, Json] = {}
        while True:
            path = f"/conversations/{conversation_id}/messages?after_seq={after}&limit=200"
            page = await asyncio.to_thread(self._get, path)
            change_no = page["change_no"] if change_no is None else change_no
            messages |= {message["seq"]: message for message in page["messages"]}
            if not page["has_more"]:
                break
            after = page["messages"][-1]["seq"]
        new = [message for seq, message in messages.items() if seq not in followed.messages]
        followed.messages, followed.have = messages, change_no
        for message in new:
            self._on_message(conversation_id, message)

    def _get(self, path: str) -> Json:
        request = urllib.request.Request(self._rest + path, headers={"Cookie": self._cookie})
        with urllib.request.urlopen(request, timeout=HTTP_TIMEOUT_S) as response:
            found: Json = json.load(response)
            return found

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
