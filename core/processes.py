"""What the background processes last reported, in Redis: hints for the operator's page, no more.

The clock (beat) notes each task that it hands out, a worker each task that it finished or that failed. Redis
may lose all of it; then the page says so until the next report.
"""

import json
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

TIMEOUT_S = 0.5
FAILURES_KEPT = 50
QUEUED_AT = "parley_queued_at"  # Header of a task: seconds since the epoch.


@dataclass(frozen=True, slots=True)
class Failure:
    task: str
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Queue:
    """``waiting_since``: when the oldest task was handed in; None if nothing waits or it does not say."""

    name: str
    length: int
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """``None`` instead of a report means that Redis does not answer."""

    handed_out: dict[str, datetime]
    finished: dict[str, datetime]
    failures: list[Failure]
    queues: list[Queue]
    connected_people: int
    memory_bytes: int
    redis_version: str
    ping_ms: float


def note_handed_out(task: str) -> None:
    _write(lambda client: client.hset(_key("beat"), task, time.time()))


def note_finished(task: str) -> None:
    _write(lambda client: client.hset(_key("finished"), task, time.time()))


def note_failure(task: str, error: str) -> None:
    entry = json.dumps({"task": task, "at": time.time(), "error": error[:300]})

    def write(client: redis.Redis) -> None:
        client.lpush(_key("failures"), entry)
        client.ltrim(_key("failures"), 0, FAILURES_KEPT - 1)

    _write(write)


def report(queue_names: list[str]) -> Report | None:
    """Everything at once; None when Redis does not answer within half a second."""
    client = _client()
    try:
        started = time.perf_counter()
        client.ping()
        ping_ms = (time.perf_counter() - started) * 1_000
        info: dict[str, Any] = client.info()  # type: ignore[assignment]
        return Report(
            handed_out=_times(client.hgetall(_key("beat"))),
            finished=_times(client.hgetall(_key("finished"))),
            failures=[_failure(raw) for raw in client.lrange(_key("failures"), 0, FAILURES_KEPT - 1)],  # type: ignore[union-attr]
            queues=[_queue(client, name) for name in queue_names],
            connected_people=len(client.pubsub_channels(f"{settings.REDIS_PREFIX}*user.*")),  # type: ignore[arg-type]
            memory_bytes=int(info["used_memory"]),
            redis_version=str(info["redis_version"]),
            ping_ms=ping_ms,
        )
    except redis.RedisError:
        return None
    finally:
        client.close()


def _queue(client: redis.Redis, name: str) -> Queue:
    key = f"{settings.REDIS_PREFIX}:{name}"
    length = int(client.llen(key))  # type: ignore[arg-type]
    oldest: Any = client.lindex(key, -1) if length else None
    since = None
    if oldest is not None:
        headers = json.loads(oldest).get("headers") or {}
        if headers.get(QUEUED_AT):
            since = datetime.fromtimestamp(float(headers[QUEUED_AT]), UTC)
    return Queue(name, length, since)


def _write(work: Any) -> None:
    client = _client()
    try:
        work(client)
    except redis.RedisError as error:
        logger.debug("The operator's page misses a report: %s", error)
    finally:
        client.close()


_pool: dict[str, redis.ConnectionPool] = {}


def _client() -> redis.Redis:
    url = settings.REDIS_URL
    if url not in _pool:
        _pool[url] = redis.ConnectionPool.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
    return redis.Redis(connection_pool=_pool[url])


def _key(name: str) -> str:
    return f"{settings.REDIS_PREFIX}:operations:{name}"


def _times(raw: Any) -> dict[str, datetime]:
    return {name.decode(): datetime.fromtimestamp(float(at), UTC) for name, at in raw.items()}


def _failure(raw: bytes | str) -> Failure:
    entry = json.loads(raw)
    return Failure(entry["task"], datetime.fromtimestamp(float(entry["at"]), UTC), entry["error"])
