"""What beats for all sockets of one process: heartbeats, the check of everybody's rights, the farewell.

One query per beat, whatever the number of sockets. This is the certain path of live delivery and of
revocation: it needs PostgreSQL only.
"""

import asyncio
import logging
import random
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from chat.commands import Standings, newest_changes, note_present, standing_of
from chat.services.announcements import current_epoch
from chat.services.attendance import seen_now
from core.realtime import current_hub, frame, in_db_thread

if TYPE_CHECKING:
    from chat.consumers.socket import ChatConsumer

logger = logging.getLogger(__name__)

HEARTBEAT_S = 15
SEEN_S = 20  # Who is at the desk is written down so often.
STANDING_S = 3  # Rights are checked so often: a logout or a ban ends a socket within 5 s.
CHUNK = 100  # Sockets served before other work gets a turn.
DRAIN_SOCKETS_PER_S = 200  # A farewell to many is spread, so that they do not all come back at once.
DRAIN_LIMIT_S = 10
RETRY_MS = 15_000
NOT_READY_S = 1  # After the last farewell /readyz goes on to say 503 for so long, and the close frames leave.

NOT_LOGGED_IN = 4001
ACCESS_REVOKED = 4003
RESTART = 4012


class Pulse:
    """The sockets of one event loop and the tasks that serve them all."""

    def __init__(self) -> None:
        self.sockets: set[ChatConsumer] = set()
        self.is_draining = False
        self._beat_early = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._every(HEARTBEAT_S, self._beat, self._beat_early)),
            asyncio.create_task(self._every(STANDING_S, self._check_standing, asyncio.Event())),
            asyncio.create_task(self._every(SEEN_S, self._mark_seen, asyncio.Event())),
        ]
        # After a lost subscription nobody knows what was missed: beat at once.
        current_hub().on_reconnect = [self._beat_early.set]
        self._drain_on_sigterm()

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def sockets_of(self, user_id: int) -> int:
        return sum(1 for socket in self.sockets if socket.user_id == user_id)

    async def _every(
        self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]], early: asyncio.Event
    ) -> None:
        while True:
            try:
                async with asyncio.timeout(seconds):
                    await early.wait()
            except TimeoutError:
                pass
            early.clear()
            try:
                await work()
            except (DatabaseError, OSError) as error:
                logger.warning("A beat had to be left out: %s", error)
            except Exception:
                logger.exception("A beat failed.")

    async def _beat(self) -> None:
        """Send each socket the numbers that moved since its last heartbeat."""
        ids = {id_ for socket in self.sockets for id_ in socket.person.subscriptions}
        epoch = await in_db_thread(current_epoch)()
        newest = await in_db_thread(newest_changes)(list(ids)) if ids else {}
        for position, socket in enumerate(list(self.sockets)):
            socket.heartbeat(epoch, newest)
            if position % CHUNK == CHUNK - 1:
                await asyncio.sleep(0)
        await in_db_thread(note_present)([socket.user_id for socket in self.sockets])

    async def _check_standing(self) -> None:
        """Close the sockets whose session, account, password or membership has ended."""
        sockets = list(self.sockets)
        if not sockets:
            return
        keys = [socket.session_key for socket in sockets]
        standings = await in_db_thread(standing_of)([socket.user_id for socket in sockets], keys)
        for socket in sockets:
            code = close_code(socket, standings)
            if code is not None:
                socket.close(code)

    async def _mark_seen(self) -> None:
        """Members of shops with an open socket are at their desks."""
        members = {socket.user_id for socket in self.sockets if socket.person.memberships}
        if members:
            await in_db_thread(seen_now)(members)

    def _drain_on_sigterm(self) -> None:
        """Say farewell before the server's own handler stops it. Only where a server set one."""
        stop = signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread() or not callable(stop):
            return
        loop = asyncio.get_running_loop()

        def drain_first(signum: int, stack: Any) -> None:
            loop.call_soon_threadsafe(lambda: loop.create_task(self._drain(lambda: stop(signum, stack))))

        signal.signal(signal.SIGTERM, drain_first)

    async def _drain(self, then: Callable[[], Any]) -> None:
        if self.is_draining:
            return then()
        self.is_draining = True
        sockets = list(self.sockets)
        seconds = min(DRAIN_LIMIT_S, len(sockets) / DRAIN_SOCKETS_PER_S)
        for socket in sockets:
            socket.push_reply(frame("bye", {"retry_ms": random.randint(0, RETRY_MS)}))
            socket.close(RESTART)
            await asyncio.sleep(seconds / len(sockets))
        await asyncio.sleep(NOT_READY_S)
        then()


def close_code(socket: "ChatConsumer", standings: Standings) -> int | None:
    """Why a socket may not stay open; None if it may."""
    if socket.session_key not in standings.sessions:
        return NOT_LOGGED_IN
    password, memberships = standings.people.get(socket.user_id, (None, ()))
    if password is None:
        return ACCESS_REVOKED
    if password != socket.person.user.password:
        return NOT_LOGGED_IN
    if set(socket.person.memberships) - set(memberships):
        return ACCESS_REVOKED
    if set(memberships) != set(socket.person.memberships):
        return RESTART  # More rights than before: come back and have them.
    return None


_pulses: dict[asyncio.AbstractEventLoop, Pulse] = {}


def is_draining() -> bool:
    """Whether this process is about to stop: it takes no more sockets and is not ready."""
    return any(pulse.is_draining for pulse in _pulses.values())


def current_pulse() -> Pulse:
    """The pulse of the running event loop."""
    loop = asyncio.get_running_loop()
    for closed in [other for other in _pulses if other.is_closed()]:
        del _pulses[closed]
    if loop not in _pulses:
        _pulses[loop] = Pulse()
    return _pulses[loop]
