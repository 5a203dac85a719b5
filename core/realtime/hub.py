"""Which socket of this process hears which group, and the one Redis subscription behind them all."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import redis.asyncio
from django.conf import settings

from core.realtime.events import Event, channel, decode

logger = logging.getLogger(__name__)

JOIN_TIMEOUT_S = (
    1.0  # A socket waits so long for its subscription; then it opens anyway and the beat heals it.
)
SILENCE_S = 5.0  # A subscription that hears nothing for so long is asked for a sign of life.
RETRY_S = 0.5


class Sink(Protocol):
    """One open socket."""

    user_id: int
    manages: frozenset[int]  # Shops whose owner or manager this person is.

    def push(self, text: str) -> None:
        """Take one frame without waiting."""


class Hub:
    """The sockets of one event loop. All methods but ``deliver_here`` run on that loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.sinks: dict[str, set[Sink]] = {}
        self.on_reconnect: list[Callable[[], None]] = []
        self._is_subscribed = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None

    async def join(self, sink: Sink, groups: Iterable[str]) -> None:
        """Hear these groups. Returns once Redis is heard, or after a second without it."""
        for group in groups:
            self.sinks.setdefault(group, set()).add(sink)
        if self._listener is None or self._listener.done():
            self._listener = self.loop.create_task(self._listen())
        if not self._is_subscribed.is_set():
            try:
                async with asyncio.timeout(JOIN_TIMEOUT_S):
                    await self._is_subscribed.wait()
            except TimeoutError:
                logger.warning("Redis did not confirm a subscription; the heartbeat has to do.")

    async def leave(self, sink: Sink, groups: Iterable[str]) -> None:
        for group in groups:
            hearers = self.sinks.get(group)
            if hearers is None:
                continue
            hearers.discard(sink)
            if not hearers:
                del self.sinks[group]
        if not self.sinks and self._listener is not None:
            self._listener.cancel()
            self._listener = None

    def deliver(self, events: Sequence[Event]) -> None:
        for event in events:
            private = event.private
            for sink in tuple(self.sinks.get(event.group, ())):
                if private and (sink.user_id in private.users or private.managers_of in sink.manages):
                    if private.text is not None:
                        sink.push(private.text)
                else:
                    sink.push(event.text)

    async def _listen(self) -> None:
        """Keep the subscription alive for as long as there are sockets."""
        first = True
        while True:
            client = redis.asyncio.Redis.from_url(
                settings.REDIS_URL, socket_connect_timeout=JOIN_TIMEOUT_S, socket_timeout=None
            )
            try:
                async with client.pubsub() as pubsub:
                    async with asyncio.timeout(SILENCE_S):
                        await pubsub.subscribe(channel())
                    if not first:
                        for callback in self.on_reconnect:
                            callback()
                    first = False
                    await self._read(pubsub)
            except (redis.RedisError, OSError, TimeoutError, EOFError) as error:
                logger.warning("Lost the live event subscription, trying again: %s", error)
            finally:
                self._is_subscribed.clear()
                await client.aclose()
            await asyncio.sleep(RETRY_S)

    async def _read(self, pubsub: redis.asyncio.client.PubSub) -> None:
        asked = False
        while True:
            message = await pubsub.get_message(timeout=SILENCE_S)
            if message is None:
                if asked:
                    raise TimeoutError("no sign of life")
                await pubsub.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "message":
                self.deliver(decode(message["data"], self.sinks))
            elif message["type"] == "subscribe":
                self._is_subscribed.set()


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}
_hubs_lock = threading.Lock()


def current_hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    with _hubs_lock:
        for closed in [other for other in _hubs if other.is_closed()]:
            del _hubs[closed]
        if loop not in _hubs:
            _hubs[loop] = Hub()
        return _hubs[loop]


def deliver_here(events: Sequence[Event]) -> None:
    """Hand events to this process's own sockets, from any thread, without Redis in between."""
    with _hubs_lock:
        hubs = [hub for hub in _hubs.values() if not hub.loop.is_closed() and hub.sinks]
    for hub in hubs:
        hub.loop.call_soon_threadsafe(hub.deliver, events)
