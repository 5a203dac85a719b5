"""Token buckets in Redis, so that a limit holds over all processes together. Redis may be gone: then none is.

One call takes any number of tokens at once. It waits a twentieth of a second at most, and after a failure
leaves Redis alone for a while.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import redis
from django.conf import settings

from core.realtime.publisher import Breaker

logger = logging.getLogger(__name__)

TIMEOUT_S = 0.05

# One key a bucket; two arguments each: tokens a second, and how many it holds. Answers milliseconds to wait.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local waits = {}
for i, key in ipairs(KEYS) do
  local rate, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local held = redis.call('HMGET', key, 'tokens', 'at')
  local tokens = tonumber(held[1]) or burst
  local at = tonumber(held[2]) or now
  tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
  waits[i] = 0
  if tokens < 1 then
    waits[i] = math.ceil((1 - tokens) / rate * 1000)
  else
    tokens = tokens - 1
  end
  redis.call('HSET', key, 'tokens', tostring(tokens), 'at', string.format('%.3f', now))
  redis.call('EXPIRE', key, math.ceil(burst / rate) + 1)
end
return waits
"""


class Wish(NamedTuple):
    """One token from one bucket, which gains ``per_second`` and holds ``burst``."""

    bucket: str
    per_second: float
    burst: int


_breaker = Breaker()


def take(wishes: Sequence[Wish]) -> list[float]:
    """Seconds to wait for each wish, 0 where its token was taken. All 0 while Redis is away."""
    if not wishes or not _breaker.allows():
        return [0.0] * len(wishes)
    keys = [f"{settings.REDIS_PREFIX}:rate:{wish.bucket}" for wish in wishes]
    arguments = [value for wish in wishes for value in (wish.per_second, wish.burst)]
    try:
        waits = _client().register_script(_TAKE)(keys=keys, args=arguments)
    except (redis.RedisError, OSError) as error:
        _breaker.failed()
        logger.warning("Redis keeps no rates; each process keeps its own: %s", error)
        return [0.0] * len(wishes)
    _breaker.worked()
    return [wait / 1000 for wait in waits]


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
    )
