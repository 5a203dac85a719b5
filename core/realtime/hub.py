"""Which socket of this process hears which group, and the one Redis subscription behind them all."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import redis.asyncio
from django.conf import settings

from core.realtime.events import Event, channel_of, decode

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
        self._pubsub: redis.asyncio.client.PubSub | None = None
        self._confirmed: dict[str, asyncio.Event] = {}
        self._listener: asyncio.Task[None] | None = None

    async def join(self, sink: Sink, groups: Iterable[str]) -> None:
        """Hear these groups. Returns when Redis has confirmed, or after a second without it."""
        waits = []
        for group in groups:
            self.sinks.setdefault(group, set()).add(sink)
            if group not in self._confirmed:
                self._confirmed[group] = asyncio.Event()
                await self._send_subscribe(group)
            if not self._confirmed[group].is_set():
                waits.append(self._confirmed[group].wait())
        if self._listener is None or self._listener.done():
            self._listener = self.loop.create_task(self._listen())
        if waits:
            try:
                async with asyncio.timeout(JOIN_TIMEOUT_S):
                    await asyncio.gather(*waits)
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
                self._confirmed.pop(group, None)
                await self._send_unsubscribe(group)
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

    async def _send_subscribe(self, group: str) -> None:
        if self._pubsub is not None:
            try:
                async with asyncio.timeout(JOIN_TIMEOUT_S):
                    await self._pubsub.subscribe(channel_of(group))
            except (redis.RedisError, OSError, TimeoutError):
                logger.warning("Redis did not take a subscription; the listener will try again.")

    async def _send_unsubscribe(self, group: str) -> None:
        if self._pubsub is not None:
            try:
                async with asyncio.timeout(JOIN_TIMEOUT_S):
                    await self._pubsub.unsubscribe(channel_of(group))
            except (redis.RedisError, OSError, TimeoutError):
                pass  # One group too many is heard until the next reconnect; nobody is in it.

    async def _listen(self) -> None:
        """Keep the subscription alive for as long as there are sockets."""
        first = True
        while True:
            client = redis.asyncio.Redis.from_url(
                settings.REDIS_URL, socket_connect_timeout=JOIN_TIMEOUT_S, socket_timeout=None
            )
            try:
                async with client.pubsub() as pubsub:
                    self._pubsub = pubsub  # First, so that whoever joins meanwhile subscribes as well.
                    await self._subscribe_all(pubsub)
                    if not first:
                        for callback in self.on_reconnect:
                            callback()
                    first = False
                    await self._read(pubsub)
            except (redis.RedisError, OSError, TimeoutError, EOFError) as error:
                logger.warning("Lost the live event subscription, trying again: %s", error)
            finally:
                self._pubsub = None
                for confirmed in self._confirmed.values():
                    confirmed.clear()
                await client.aclose()
            await asyncio.sleep(RETRY_S)

    async def _subscribe_all(self, pubsub: redis.asyncio.client.PubSub) -> None:
        async with asyncio.timeout(SILENCE_S):
            groups = list(self.sinks)
            # A first channel that nobody uses keeps the subscription open when all groups have gone.
            await pubsub.subscribe(channel_of("-"), *map(channel_of, groups))

    async def _read(self, pubsub: redis.asyncio.client.PubSub) -> None:
        prefix = len(channel_of(""))
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
            group = (message["channel"] or b"").decode()[prefix:]
            if message["type"] == "message":
                event = decode(group, message["data"])
                if event is not None:
                    self.deliver([event])
            elif message["type"] == "subscribe" and group in self._confirmed:
                self._confirmed[group].set()


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
