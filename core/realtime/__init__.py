"""Live events: who hears them, how they leave after the commit, how they reach the sockets of this process.

Events are hints. Whoever misses one finds the gap in the numbers and reads again, so all of it may drop,
and nothing here may hold up a request. Parts:

* ``publisher``: after the commit, events go to this process's own sockets at once, and with the wake-ups of
  ``enqueue_on_commit`` into a bounded queue in memory; one background thread empties it towards Redis and
  Celery, with tight timeouts and a circuit breaker. No transaction and no request ever waits for Redis.
* ``events``: the event itself, and how it travels.
* ``hub``: which socket of this process hears which group, and one Redis subscription for all of them.
* ``sockets``: what every socket has in common.
* ``threads``: database work for sockets, one call at a time or gathered into batches; coroutines without a
  task.
"""

from core.realtime.events import Event, Private, frame
from core.realtime.hub import Hub, Sink, current_hub
from core.realtime.publisher import enqueue_on_commit, publish_after_commit, publish_now, publish_on_commit
from core.realtime.sockets import Asgi, Socket
from core.realtime.threads import Gatherer, in_db_thread, run_now

__all__ = [
    "Asgi",
    "Event",
    "Gatherer",
    "Hub",
    "Private",
    "Sink",
    "Socket",
    "current_hub",
    "enqueue_on_commit",
    "frame",
    "in_db_thread",
    "publish_after_commit",
    "publish_now",
    "publish_on_commit",
    "run_now",
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
