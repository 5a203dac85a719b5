"""`/livez`: this process answers. `/readyz`: it can do its work.

PostgreSQL must answer within half a second and have every migration; Redis may be gone ("degraded"), because
nothing depends on it but speed. A process that was told to stop is not ready while it says farewell to its
sockets.
"""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout

from chat.consumers.pulse import is_draining

_PATIENCE_SECONDS = 0.5

# Own threads, so that a hanging database costs the caller half a second and no more of the server's threads
# than these two.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="health")
_migrated = False


@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 with status "ready" or "degraded"; 503 with "not ready"."""
    if is_draining():
        return JsonResponse({"status": "not ready", "reason": "stopping"}, status=503)
    database = _answer_of_database()
    queue = _answer_of_redis()
    if database != "ok":
        return JsonResponse({"status": "not ready", "database": database, "redis": queue}, status=503)
    status = "ready" if queue == "ok" else "degraded"
    return JsonResponse({"status": status, "database": database, "redis": queue})


def _answer_of_database() -> str:
    try:
        return _threads.submit(_ask_database).result(timeout=_PATIENCE_SECONDS)
    except TooSlow:
        return "slow"


def _ask_database() -> str:
    global _migrated
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return "ok" if _migrated else "migrations are missing"
    except (DatabaseError, PoolTimeout):
        return "unreachable"
    finally:
        connection.close()


def _answer_of_redis() -> str:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS
    )
    try:
        client.ping()
        return "ok"
    except redis.RedisError:
        return "unreachable"
    finally:
        client.close()
