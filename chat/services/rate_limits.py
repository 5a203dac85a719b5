"""How fast one person may write: a token bucket per person and process.

Kept in memory on purpose: a limit must never make a send wait for Redis. With several web processes a person
may reach that many times the rate; the proxy's limit per address stands in front of all of them.
"""

import time
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from chat.access import Side
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
    now = time.monotonic() if now is None else now
    if len(_buckets) >= MAX_BUCKETS:
        _buckets.clear()  # Generous for a moment rather than growing without end.
    tokens, since = _buckets.get((kind, user_id), (float(rate.burst), now))
    tokens = min(rate.burst, tokens + (now - since) * rate.per_second)
    if tokens < 1:
        wait = (1 - tokens) / rate.per_second
        _buckets[kind, user_id] = (tokens, now)
        raise RateLimited(_("You are writing very fast. Wait a moment."), retry_after=round(wait, 1) or 0.1)
    _buckets[kind, user_id] = (tokens - 1, now)


def take_message(user_id: int, side: Side) -> None:
    take(f"message.{side}", user_id, MESSAGE_RATES[side])
