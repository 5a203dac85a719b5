"""The same load for every server: pairs of sockets, each with one message in flight.

A server's dialect says how a socket connects, what a message looks like and what comes back; everything else,
clocks included, is shared.
"""

import asyncio
import itertools
import statistics
import string
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.chat.wire import Wire, connect

# Ordinary shop talk: what the servers store and what ours screens.
TEXTS = (
    "Hello, is the ash glaze mug dishwasher safe?",
    "Yes, it is. We tested it in the dishwasher for a year.",
    "Great, and how long does shipping to Portland take?",
    "Three to five working days, and you get a tracking link in your order.",
    "Could you wrap it as a gift? It is for my sister's birthday.",
    "Of course, just tick the gift box at checkout and add your note there.",
    "The parcel arrived today, one bowl has a small crack near the rim.",
    "I am sorry to hear that. Please add a photo to the order and we send a new bowl.",
)


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one socket sits: its address, and whatever the dialect needs to write there."""

    path: str
    headers: dict[str, str]
    place: int


class Dialect(Protocol):
    name: str
    port: int

    def greeting(self, seat: Seat) -> bytes | None:
        """The first frame of a socket, if the server wants one."""

    def message(self, seat: Seat, token: str, text: str) -> bytes: ...

    def read(self, payload: bytes) -> tuple[str, str] | None:
        """``("ack" | "event" | "both", token)`` for a frame about a message, else None.

        "both": the frame that tells a sender that it arrived is the one the other side gets.
        """

    def receipt(self, events: int) -> bytes | None:
        """What to tell the server after so many events, if anything."""


@dataclass(slots=True)
class Figures:
    messages_per_s: float
    ack_ms: dict[str, float]
    delivery_ms: dict[str, float]


def letters(number: int) -> str:
    """A word of letters for a number: digits would look like a phone number to a scanner."""
    word = ""
    while True:
        number, rest = divmod(number, 20)
        word += string.ascii_lowercase[rest]
        if not number:
            return "q" + word + "x"


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds) or [float("nan")]
    return {
        f"p{percent}": round(1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 2)
        for percent in (50, 99)
    }


@dataclass(slots=True)
class _Run:
    dialect: Dialect
    sent_at: dict[str, tuple[float, int]] = field(default_factory=dict)
    acks: list[tuple[float, float]] = field(default_factory=list)  # When, and how long it took.
    deliveries: list[tuple[float, float]] = field(default_factory=list)
    tokens: "itertools.count[int]" = field(default_factory=itertools.count)
    stopping: bool = False


class _Client:
    def __init__(self, run: _Run, seat: Seat, number: int) -> None:
        self.run, self.seat, self.number = run, seat, number
        self.events = 0
        self.wire: Wire | None = None

    async def open(self) -> None:
        self.wire = await connect(self.run.dialect.port, self.seat.path, self.seat.headers, self.on_text)
        if greeting := self.run.dialect.greeting(self.seat):
            self.wire.send(greeting)

    def say(self) -> None:
        if self.run.stopping or self.wire is None:
            return
        count = next(self.run.tokens)
        token = letters(count)
        self.run.sent_at[token] = (time.perf_counter(), self.number)
        self.wire.send(self.run.dialect.message(self.seat, token, TEXTS[count % len(TEXTS)]))

    def on_text(self, payload: bytes) -> None:
        heard = self.run.dialect.read(payload)
        if heard is None:
            return
        kind, token = heard
        now = time.perf_counter()
        began, sender = self.run.sent_at.get(token, (now, -1))
        mine = sender == self.number
        if kind != "ack":
            self.events += 1
            if self.events % 50 == 0 and (receipt := self.run.dialect.receipt(self.events)) and self.wire:
                self.wire.send(receipt)
            if not mine:
                self.run.deliveries.append((now, now - began))
        if kind != "event" and mine:
            self.run.acks.append((now, now - began))
            self.say()


async def measure(dialect: Dialect, seats: Sequence[Seat], *, warm_up_s: float, seconds: float) -> Figures:
    """Messages acknowledged per second after a warm-up, and how long acknowledgement and delivery took."""
    run = _Run(dialect)
    clients = [_Client(run, seat, number) for number, seat in enumerate(seats)]
    for client in clients:
        await client.open()
    await asyncio.sleep(0.5)
    for client in clients:
        client.say()
    await asyncio.sleep(warm_up_s)
    begin = time.perf_counter()
    await asyncio.sleep(seconds)
    end = time.perf_counter()
    run.stopping = True
    await asyncio.sleep(1)  # What is still under way counts for nobody.
    for client in clients:
        if client.wire:
            client.wire.transport.close()
    acks = [took for at, took in run.acks if begin <= at < end]
    return Figures(
        messages_per_s=round(len(acks) / (end - begin), 1),
        ack_ms=quantiles(acks),
        delivery_ms=quantiles([took for at, took in run.deliveries if begin <= at < end]),
    )


def median_of(rounds: Sequence[Figures]) -> Figures:
    """Figure by figure, so that one disturbed round does not decide."""

    def middles(tables: list[dict[str, float]]) -> dict[str, float]:
        return {key: round(statistics.median(table[key] for table in tables), 2) for key in tables[0]}

    return Figures(
        messages_per_s=round(statistics.median(figures.messages_per_s for figures in rounds), 1),
        ack_ms=middles([figures.ack_ms for figures in rounds]),
        delivery_ms=middles([figures.delivery_ms for figures in rounds]),
    )
