"""Who is there now: a short-lived mark in Redis for everybody with an open socket, never in the database.

Redis may be away: then nobody is shown as there, nothing waits, and the next try is some seconds later.
"""

import logging
import time
from collections.abc import Iterable

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

TTL_S = 40  # Two heartbeats and a half: a closed tab is forgotten within it.
TIMEOUT_S = 0.3
LEAVE_ALONE_S = 10.0

_client: redis.Redis | None = None
_quiet_until = 0.0


def _key(user_id: int) -> str:
    return f"{settings.REDIS_PREFIX}:here:{user_id}"


def _redis() -> redis.Redis:
    global _client
    if _client is None:
        _client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
    return _client


def note(user_ids: Iterable[int]) -> None:
    """These people are there now. Best effort."""
    global _quiet_until
    ids = set(user_ids)
    if not ids or time.monotonic() < _quiet_until:
        return
    try:
        pipeline = _redis().pipeline(transaction=False)
        for user_id in ids:
            pipeline.set(_key(user_id), 1, ex=TTL_S)
        pipeline.execute()
    except (redis.RedisError, OSError) as error:
        _quiet_until = time.monotonic() + LEAVE_ALONE_S
        logger.info("Presence is off for a moment: %s", error)


def present(user_ids: Iterable[int]) -> set[int]:
    """Those of these people who are there; nobody while Redis is away."""
    global _quiet_until
    ids = sorted(set(user_ids))
    if not ids or time.monotonic() < _quiet_until:
        return set()
    try:
        marks = _redis().mget([_key(user_id) for user_id in ids])
    except (redis.RedisError, OSError) as error:
        _quiet_until = time.monotonic() + LEAVE_ALONE_S
        logger.info("Presence is off for a moment: %s", error)
        return set()
    return {user_id for user_id, mark in zip(ids, marks, strict=True) if mark}
