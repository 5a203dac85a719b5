"""Database work for sockets: own threads, one call at a time or gathered into batches."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings

P = ParamSpec("P")
R = TypeVar("R")
Item = TypeVar("Item")
Result = TypeVar("Result")

# Channels' default runs all database work of a process on one thread (django/channels#2132).
# Each busy thread holds one connection: keep this below the connection pool's size.
_THREADS = ThreadPoolExecutor(max_workers=settings.DB_THREADS, thread_name_prefix="db")


def in_db_thread(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Call a function that uses the database from a coroutine."""
    wrapped: Callable[P, Awaitable[R]] = database_sync_to_async(
        function, thread_sensitive=False, executor=_THREADS
    )
    return wrapped


class _Rest:
    """A coroutine that has been stepped until it waited for ``future``, as something to await."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], future: Any) -> None:
        self.coroutine, self.future = coroutine, future

    def __await__(self) -> Generator[Any, Any, None]:
        yield self.future
        yield from self.coroutine.__await__()


async def _go_on(rest: _Rest) -> None:
    await rest


def run_now(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run a coroutine that hardly ever waits. A task for its rest if it does, else None.

    A task for every frame would cost more than the frame: it is made, queued, and run a turn of the loop
    later.
    """
    try:
        waited_for = coroutine.send(None)
    except StopIteration:
        return None
    return asyncio.ensure_future(_go_on(_Rest(coroutine, waited_for)))


@dataclass(eq=False, slots=True)
class _Entry(Generic[Item, Result]):
    key: Hashable
    item: Item
    answer: asyncio.Future[Result]


class Gatherer(Generic[Item, Result]):
    """Calls ``run`` with everything that arrived while the last call was under way.

    Alone, an item is run at once; under load, a call carries up to ``limit`` items, so the cost of a
    transaction is shared. ``run`` answers one result or exception per item. Items with the same key keep
    their order. An item that ``run`` answers with ``Gatherer.ALONE`` (its row is locked by somebody else),
    and all items of a call that failed as a whole, are run again one by one beside the others.
    """

    ALONE = object()

    def __init__(
        self,
        *,
        run: Callable[[Sequence[Item]], Sequence[object]],
        run_alone: Callable[[Item], Result],
        limit: int = 64,
    ) -> None:
        self._run = in_db_thread(run)
        self._run_alone = in_db_thread(run_alone)
        self._limit = limit
        self._reset(None)

    def _reset(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._loop = loop
        self._waiting: deque[_Entry[Item, Result]] = deque()
        self._busy: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._gathering = False

    def submit(self, key: Hashable, item: Item) -> "asyncio.Future[Result]":
        """The item's result or exception, in time. Does not wait."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._reset(loop)
        entry: _Entry[Item, Result] = _Entry(key, item, loop.create_future())
        self._waiting.append(entry)
        self._start()
        return entry.answer

    def _start(self) -> None:
        if not self._gathering and self._waiting:
            self._gathering = True
            self._spawn(self._gather())

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _gather(self) -> None:
        try:
            while batch := self._next_batch():
                try:
                    outcomes = await self._run([entry.item for entry in batch])
                except Exception as error:
                    outcomes = [error] if len(batch) == 1 else [self.ALONE] * len(batch)
                self._settle(batch, outcomes)
        finally:
            self._gathering = False

    def _next_batch(self) -> list[_Entry[Item, Result]]:
        batch: list[_Entry[Item, Result]] = []
        held: deque[_Entry[Item, Result]] = deque()
        while self._waiting and len(batch) < self._limit:
            entry = self._waiting.popleft()
            (held if entry.key in self._busy else batch).append(entry)
        self._waiting.extendleft(reversed(held))
        return batch

    def _settle(self, batch: list[_Entry[Item, Result]], outcomes: Sequence[object]) -> None:
        held: list[_Entry[Item, Result]] = []
        for entry, outcome in zip(batch, outcomes, strict=True):
            if outcome is self.ALONE:
                if entry.key in self._busy:
                    held.append(entry)
                else:
                    self._busy.add(entry.key)
                    self._spawn(self._alone(entry))
            else:
                _answer(entry, outcome)
        self._waiting.extendleft(reversed(held))

    async def _alone(self, entry: _Entry[Item, Result]) -> None:
        outcome: object
        try:
            outcome = await self._run_alone(entry.item)
        except Exception as error:
            outcome = error
        self._busy.discard(entry.key)
        _answer(entry, outcome)
        self._start()


def _answer(entry: _Entry[Item, Result], outcome: object) -> None:
    if entry.answer.done():  # The socket went away; the message is stored all the same.
        return
    if isinstance(outcome, BaseException):
        entry.answer.set_exception(outcome)
    else:
        entry.answer.set_result(outcome)  # type: ignore[arg-type]
