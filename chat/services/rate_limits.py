"""How fast one person may write: a token bucket per person, over all processes.

Each process keeps buckets of its own in memory, and asks the one in Redis besides. A limit must never make a
send wait: while Redis is away, the process's own bucket is what holds.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from chat.access import Side
from core import shared_limits
from core.errors import RateLimited

MAX_BUCKETS = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    burst: int


MESSAGE_RATES = {Side.CUSTOMER: Rate(1, 10), Side.SHOP: Rate(3, 20), Side.STAFF: Rate(3, 20)}
_buckets: dict[tuple[str, int], tuple[float, float]] = {}


def take(kind: str, user_id: int, rate: Rate, *, now: float | None = None) -> None:
    """Take one token; ``RateLimited`` with ``retry_after`` in seconds if there is none."""
    refusal = _take_all([(kind, user_id, rate)], time.monotonic() if now is None else now)[0]
    if refusal is not None:
        raise refusal


def take_messages(writers: Sequence[tuple[int, Side]]) -> list[RateLimited | None]:
    """A token for each message of a batch, given its author and side; one question to Redis for all."""
    wishes = [(f"message.{side}", user_id, MESSAGE_RATES[side]) for user_id, side in writers]
    return _take_all(wishes, time.monotonic())


def _take_all(wishes: Sequence[tuple[str, int, Rate]], now: float) -> list[RateLimited | None]:
    waits = [_take_here(kind, user_id, rate, now) for kind, user_id, rate in wishes]
    free = [position for position, wait in enumerate(waits) if not wait]
    asked = [
        shared_limits.Wish(f"{kind}:{user_id}", rate.per_second, rate.burst)
        for kind, user_id, rate in (wishes[position] for position in free)
    ]
    for position, wait in zip(free, shared_limits.take(asked), strict=True):
        waits[position] = wait
    return [_refusal(wait) if wait else None for wait in waits]


def _take_here(kind: str, user_id: int, rate: Rate, now: float) -> float:
    """Seconds to wait for a token of this process's own bucket; 0 if it was taken."""
    if len(_buckets) >= MAX_BUCKETS:
        _buckets.clear()  # Generous for a moment rather than growing without end.
    tokens, since = _buckets.get((kind, user_id), (float(rate.burst), now))
    tokens = min(rate.burst, tokens + (now - since) * rate.per_second)
    if tokens < 1:
        _buckets[kind, user_id] = (tokens, now)
        return (1 - tokens) / rate.per_second
    _buckets[kind, user_id] = (tokens - 1, now)
    return 0.0


def _refusal(wait: float) -> RateLimited:
    return RateLimited(_("You are writing very fast. Wait a moment."), retry_after=round(wait, 1) or 0.1)
