"""Live events: who hears them, how they leave after the commit, how they reach the sockets of this process.

Events are hints. Whoever misses one finds the gap in the numbers and reads again, so all of it may drop,
and nothing here may hold up a request. Parts:

* ``publisher``: ``publish_on_commit`` and ``enqueue_on_commit`` append to a bounded queue in memory; one
  background thread empties it towards this process's sockets, Redis and Celery, with tight timeouts and a
  circuit breaker. No transaction and no request ever waits for Redis.
* ``events``: the event itself, and how it travels.
* ``hub``: which socket of this process hears which group, and one Redis subscription for all of them.
* ``threads``: database work for sockets, one call at a time or gathered into batches.
"""

from core.realtime.events import Event, Private, frame
from core.realtime.hub import Hub, Sink, current_hub
from core.realtime.publisher import enqueue_on_commit, publish_now, publish_on_commit
from core.realtime.threads import Gatherer, in_db_thread

__all__ = [
    "Event",
    "Gatherer",
    "Hub",
    "Private",
    "Sink",
    "current_hub",
    "enqueue_on_commit",
    "frame",
    "in_db_thread",
    "publish_now",
    "publish_on_commit",
    "shop_group",
    "shop_managers_group",
    "staff_group",
    "user_group",
]


def user_group(user_id: int) -> str:
    """All sockets of one person."""
    return f"user.{user_id}"


def shop_group(shop_id: int) -> str:
    """Every member of the shop who may read messages."""
    return f"shop.{shop_id}"


def shop_managers_group(shop_id: int) -> str:
    """The shop's owner and managers."""
    return f"shop.{shop_id}.managers"


def staff_group(role: str) -> str:
    """Platform staff of one role, such as ``reviewer``."""
    return f"staff.{role}"
