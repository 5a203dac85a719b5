"""From the commit to the outside: a bounded queue in memory and the one thread that empties it."""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction

from core.realtime.events import Event, Private, channel, encode, frame
from core.realtime.hub import deliver_here

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 20_000  # Entries waiting in memory; beyond it the oldest go, and clients read again.
BATCH = 200
REDIS_TIMEOUT_S = 0.5
PAUSES_S = (0.5, 1.0, 2.0, 5.0)  # Breaker: how long to leave Redis alone after 1, 2, 3, 4 or more failures.
TASK_IDS = 100  # Ids in one Celery message.
WAKE_S = 0.05  # So long after a task was woken, its next ids are gathered.


@dataclass(frozen=True, slots=True)
class Wake:
    task: str
    id: int


def publish_on_commit(
    groups: Iterable[str], event: str, data: Any, *, private: Private | None = None
) -> None:
    """Tell these groups once the surrounding transaction has committed; at once where there is none.

    ``data`` must be ready for JSON. Nothing is sent if the transaction rolls back.
    """
    text = frame(event, data)
    publish_after_commit([Event(group, text, private) for group in groups])


def publish_after_commit(events: Sequence[Event]) -> None:
    """The same for events that are ready."""
    transaction.on_commit(partial(publish_now, events), robust=True)


def publish_now(events: Sequence[Event]) -> None:
    """Only for what is no row (typing, presence), or after the commit. Never blocks.

    This process's own sockets get it at once, the others through Redis.
    """
    deliver_here(events)
    _outlet.put(events)


def enqueue_on_commit(task: str, ids: Sequence[int]) -> None:
    """Wake a Celery task by name with these ids after the commit; a sweeper is the certain path.

    The first go at once; those that follow closely are gathered, up to ``TASK_IDS`` in one Celery message.
    """
    wakes = [Wake(task, id_) for id_ in ids]
    transaction.on_commit(partial(_outlet.put, wakes), robust=True)


class Breaker:
    """Leaves a failing server alone for a while, longer each time."""

    def __init__(self) -> None:
        self.failures = 0
        self.closed_at = 0.0

    def allows(self) -> bool:
        return time.monotonic() >= self.closed_at

    def failed(self) -> None:
        self.closed_at = time.monotonic() + PAUSES_S[min(self.failures, len(PAUSES_S) - 1)]
        self.failures += 1

    def worked(self) -> None:
        self.failures = 0


class Outlet:
    """The queue and its thread. One per process, started by the first entry (so after any fork)."""

    def __init__(self) -> None:
        self.dropped = 0
        self._reset()

    def _reset(self) -> None:
        self._entries: deque[Event | Wake] = deque(maxlen=QUEUE_LIMIT)
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()
        self._redis: redis.Redis | None = None
        self._breaker = Breaker()
        self._wakes: dict[str, list[int]] = {}
        self._wake_at = 0.0
        self._woke_at = 0.0

    def put(self, entries: Sequence[Event | Wake]) -> None:
        if self._pid != os.getpid():
            self._reset()
        with self._ready:
            self.dropped += max(0, len(self._entries) + len(entries) - QUEUE_LIMIT)
            self._entries.extend(entries)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="outlet", daemon=True)
                self._thread.start()
            self._ready.notify()

    def _run(self) -> None:
        while True:
            batch = self._take()
            try:
                self._pass_on(batch)
            except Exception:  # The thread must outlive anything.
                logger.exception("Live events of one batch were lost; clients will read again.")

    def _take(self) -> list[Event | Wake]:
        """What waits, up to a batch; nothing when a task's time has come first."""
        with self._ready:
            while not self._entries:
                patience = self._wake_at - time.monotonic() if self._wakes else None
                if patience is not None and patience <= 0:
                    break
                self._ready.wait(patience)
            return [self._entries.popleft() for _ in range(min(BATCH, len(self._entries)))]

    def _pass_on(self, batch: list[Event | Wake]) -> None:
        events = []
        for entry in batch:
            if isinstance(entry, Event):
                events.append(entry)
            else:
                if not self._wakes:
                    self._wake_at = max(time.monotonic(), self._woke_at + WAKE_S)
                self._wakes.setdefault(entry.task, []).append(entry.id)
        wakes: dict[str, list[int]] = {}
        if self._wakes and time.monotonic() >= self._wake_at:
            wakes, self._wakes = self._wakes, {}
            self._woke_at = time.monotonic()
        if not self._breaker.allows():
            return
        try:
            if events:
                self._publish(events)
            self._wake(wakes)
        except Exception as error:
            # Redis down, hanging or restarting. kombu and redis-py raise many kinds; all mean "not now".
            self._breaker.failed()
            logger.warning("Redis does not take live events: %s", error)
        else:
            self._breaker.worked()

    def _publish(self, events: list[Event]) -> None:
        if self._redis is None:
            self._redis = redis.Redis.from_url(
                settings.REDIS_URL, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
            )
        self._redis.publish(channel(), encode(events))

    def _wake(self, wakes: dict[str, list[int]]) -> None:
        for task, ids in wakes.items():
            for start in range(0, len(ids), TASK_IDS):
                current_app.send_task(task, args=[ids[start : start + TASK_IDS]], retry=False)


_outlet = Outlet()
