"""Results of the full scan, kept for a day: support chat is full of texts that come again.

The key is a digest of the ruleset and of all that the engine was told: text, sender, history, names, hosts
and product. A new ruleset, a changed price or one more line before the message is another key, so nothing is
ever invalidated by hand. Redis is shared by all workers and may be gone: then the process remembers alone.
"""

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
import redis
from django.conf import settings

from compliance.engine.context import Context
from compliance.engine.findings import Finding
from compliance.engine.pipeline import Result

logger = logging.getLogger(__name__)

KEEP_SECONDS = 86_400
HERE = 20_000  # results that one process remembers
REDIS_TIMEOUT_S = 0.25
PAUSE_S = 10.0  # how long a failing Redis is left alone
LONGEST = 4_096  # longer texts are rare and big: they are not kept

# One command for a batch: a SET for each costs a client five times as much.
_KEEP = """
for at, key in ipairs(KEYS) do redis.call('SET', key, ARGV[at], 'EX', ARGV[#ARGV]) end
"""

_local: OrderedDict[str, str] = OrderedDict()
_lock = threading.Lock()
_closed_until = 0.0


def key_of(text: str, context: Context, ruleset: str) -> str | None:
    """Names everything that the result depends on; None for what is not kept, as broken Unicode."""
    if len(text) > LONGEST:
        return None
    told = [
        text,
        context.sender,
        context.history,
        sorted(context.platform_hosts),
        context.product,
        context.outreach,
        context.customer_name,
        context.shop_name,
    ]
    try:
        packed = orjson.dumps(told)
    except orjson.JSONEncodeError:
        return None
    digest = hashlib.blake2b(packed, digest_size=20).hexdigest()
    return f"{settings.REDIS_PREFIX}:scan:{ruleset}:{digest}"


def recall(keys: Sequence[str | None]) -> dict[str, Result]:
    """What is known, by key."""
    wanted = {key for key in keys if key is not None}
    with _lock:
        known = {key: _local[key] for key in wanted if key in _local}
        for key in known:
            _local.move_to_end(key)
    missing = sorted(wanted - known.keys())
    found = _ask_redis(missing) if missing else {}
    _remember_here(found)
    return {key: unpacked(value) for key, value in {**known, **found}.items()}


def remember(results: Mapping[str, Result]) -> None:
    """Keep results for everybody, or for this process where Redis is gone."""
    values = {key: packed(result) for key, result in results.items()}
    _remember_here(values)
    if not values or not _redis_is_open():
        return
    try:
        _client().eval(_KEEP, len(values), *values.keys(), *values.values(), KEEP_SECONDS)
    except (redis.RedisError, OSError) as error:
        _close(error)


def forget_here() -> None:
    """Empty this process's memory, and try Redis again at once."""
    global _closed_until
    with _lock:
        _local.clear()
    _closed_until = 0.0


def packed(result: Result) -> str:
    fields = [[getattr(finding, name) for name in Finding.__slots__] for finding in result.findings]
    kept = [fields, result.must_withhold, result.mask_spans, result.ruleset, result.suspicion]
    return orjson.dumps(kept).decode()


def unpacked(value: str) -> Result:
    fields, must_withhold, spans, ruleset, suspicion = orjson.loads(value)
    findings = tuple(Finding(**dict(zip(Finding.__slots__, row, strict=True))) for row in fields)
    return Result(findings, must_withhold, tuple((start, end) for start, end in spans), ruleset, suspicion)


def _remember_here(values: Mapping[str, str]) -> None:
    with _lock:
        _local.update(values)
        while len(_local) > HERE:
            _local.popitem(last=False)


def _ask_redis(keys: Sequence[str]) -> dict[str, str]:
    if not _redis_is_open():
        return {}
    try:
        answers: list[Any] = _client().mget(keys)
    except (redis.RedisError, OSError) as error:
        _close(error)
        return {}
    return {key: answer for key, answer in zip(keys, answers, strict=True) if answer is not None}


def _redis_is_open() -> bool:
    return time.monotonic() >= _closed_until


def _close(error: Exception) -> None:
    global _closed_until
    _closed_until = time.monotonic() + PAUSE_S
    logger.warning("Scan results are not shared for %d s: %s", PAUSE_S, error)


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
    )
