"""The keeper: a small process that runs one embedded server for as long as somebody uses it.

Started by `config.embedded` as ``python -m config.keeper SERVER STATE LOCK_FD``; `LOCK_FD` is the open,
already locked file that says "this server has a keeper". It starts the server, starts it again when it dies,
and every quarter of a second tries to get the users' lock for itself alone. It gets it exactly when no
process holds the shared lock any more; then it stops the server and ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import locale
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO

from config import embedded
from config.privileges import Launch, NoWayToRun, choose_launch, die_with_parent

_POLL_SECONDS = 0.25
_STOP_SECONDS = 20
# A server that dies again within this time is started again ever more slowly.
_STABLE_SECONDS = 10
_LONGEST_PAUSE_SECONDS = 5.0
_LARGEST_LOG_BYTES = 5_000_000

_POSTGRESQL_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_min_duration_statement": "1000",
    # Compiling a query costs more than it saves for the short ones of a web application.
    "jit": "off",
}

_FIRST_SQL = f"""\
CREATE ROLE {embedded.DATABASE_USER} LOGIN CREATEDB
CREATE DATABASE {embedded.DATABASE_NAME} OWNER {embedded.DATABASE_USER}
"""


class CannotStart(RuntimeError):
    """Starting makes no sense; the message says what to do."""


class Server(ABC):
    """What both servers share: their folder, their log, the user they run as, their life."""

    name: str
    #: What asks the server to stop quickly but orderly.
    stop_signal: signal.Signals

    def __init__(self, state: Path) -> None:
        self.state = state
        self.folder = state / self.name
        self.sockets = embedded.socket_folder(state)
        self.process: subprocess.Popen[bytes] | None = None
        self.launch = Launch("own user", lambda: None)

    @abstractmethod
    def program(self) -> Path:
        """The program's file."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    def prepare(self) -> None:
        """Once per keeper: folders, owner, first files."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.launch = choose_launch(program=self.program(), folder=self.folder)
        _make_private(self.sockets, self.launch.owner)

    def clear_leftovers(self) -> None:
        """Before each start: end what an earlier, killed server of this state folder left running."""
        for pid in _processes_in(self.working_folder()):
            _end(pid)

    def working_folder(self) -> Path:
        return self.folder

    def start(self) -> None:
        self.clear_leftovers()
        with self.open_log() as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=self.enter,
                start_new_session=True,
            )

    def enter(self) -> None:
        self.launch.enter()
        # After the change of user, which clears it.
        die_with_parent(self.stop_signal)

    def run(self, command: list[str], *, stdin: bytes = b"") -> None:
        """Run one of the server's programs to its end, as its user. Raises CannotStart with its output."""
        done = subprocess.run(
            command,
            cwd="/",
            env=_environment(),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=self.enter,
            check=False,
        )
        with self.open_log() as log:
            log.write(done.stdout)
        if done.returncode != 0:
            raise CannotStart(f"{command[0]} failed:\n{done.stdout.decode(errors='replace').strip()}")

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def open_log(self) -> IO[bytes]:
        path = self.state / "log" / f"{self.name}.log"
        if path.exists() and path.stat().st_size > _LARGEST_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return open(path, "ab")


class Postgresql(Server):
    name = embedded.POSTGRESQL
    stop_signal = signal.SIGINT  # "fast": ends the sessions, writes a checkpoint.

    def __init__(self, state: Path) -> None:
        super().__init__(state)
        self.binaries = embedded.find_binaries(self.name)
        self.data = embedded.data_folder(state)

    def program(self) -> Path:
        return self.binaries / "postgres"

    def working_folder(self) -> Path:
        return self.data

    def command(self) -> list[str]:
        settings = _POSTGRESQL_SETTINGS | {"unix_socket_directories": str(self.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.program()), "-D", str(self.data), *options]

    def prepare(self) -> None:
        super().prepare()
        if self.data.exists():
            self._check_version()
        else:
            self._create()

    def clear_leftovers(self) -> None:
        super().clear_leftovers()
        # Nothing runs in this folder now. A pid file that is left may name a number that some other process
        # has got since, and PostgreSQL would refuse to start because of it.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _create(self) -> None:
        """A new cluster appears under its name only when it is complete, so a killed attempt is no harm."""
        (self.folder / "prepared").unlink(missing_ok=True)
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self.run(
            [
                str(self.binaries / "initdb"),
                f"--pgdata={unfinished}",
                "--username=postgres",
                "--auth=trust",  # Whoever can enter the private socket folder is us.
                "--encoding=UTF8",
                f"--locale={_utf8_locale()}",
                "--data-checksums",
                "--no-instructions",
            ]
        )
        single_user = [str(self.program()), "--single", "-D", str(unfinished), "postgres"]
        self.run(single_user, stdin=_FIRST_SQL.encode())
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        ours = subprocess.run(
            [self.program(), "--version"], capture_output=True, text=True, check=True
        ).stdout
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if ours.split()[-1].split(".")[0] != theirs:
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {theirs}, installed is {ours.strip()}. Move the folder "
                "away to start empty, or dump it with the old version first (docs/runbook.md)."
            )


class Redis(Server):
    name = embedded.REDIS
    stop_signal = signal.SIGTERM

    def program(self) -> Path:
        return embedded.find_binaries(self.name)

    def command(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(embedded.redis_socket(self.state)),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            # Celery's messages must not be evicted. They are hints (every duty is a row in PostgreSQL), so
            # one second of them may be lost with a crash.
            "maxmemory-policy": "noeviction",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
        }
        return [
            str(self.program()),
            *(part for name, value in settings.items() for part in (f"--{name}", value)),
        ]

    def start_empty(self) -> None:
        """Redis may be lost at any time: start anew rather than never, with a file that it cannot read."""
        self.folder.rename(self.folder.with_name(f"{self.name}.unreadable-{time.time_ns()}"))
        self.prepare()


def keep(server: Server, users: IO[bytes]) -> None:
    """Run the server until nobody uses it or we are told to stop."""
    stopping = False

    def on_signal(_number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    server.start()
    started_at, failures, answered = time.monotonic(), 0, False
    try:
        while not stopping and not _alone(users):
            time.sleep(_POLL_SECONDS)
            assert server.process is not None
            if server.process.poll() is None:
                answered = answered or embedded.answers(server.state, server.name)
                continue
            print(
                f"{server.name} ended with status {server.process.returncode}; starting it again", flush=True
            )
            stable = time.monotonic() - started_at > _STABLE_SECONDS
            failures = 0 if stable or answered else failures + 1
            if isinstance(server, Redis) and failures == 2:
                server.start_empty()
            time.sleep(min(_LONGEST_PAUSE_SECONDS, 0.5 * failures))
            server.start()
            started_at, answered = time.monotonic(), False
    finally:
        server.stop()


def _alone(users: IO[bytes]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make_private(folder: Path, owner: tuple[int, int] | None) -> None:
    """Create the socket folder for us alone; refuse one that somebody else put in our way."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    ours = {os.geteuid()} | ({owner[0]} if owner else set())
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in ours:
        raise CannotStart(f"{folder} belongs to somebody else. Remove it, or use another STATE.")
    if owner:
        os.chown(folder, *owner)
    folder.chmod(0o700)


def _environment() -> dict[str, str]:
    """Nothing of the caller's: a PGDATA or a foreign LC_ALL must not reach the servers."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": _utf8_locale(), "TZ": "UTC"}


def _utf8_locale() -> str:
    """C.UTF-8, or where the system has no such locale (macOS) one with the same character classes."""
    for name in ("C.UTF-8", "en_US.UTF-8"):
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, name)
            return name
    raise CannotStart(
        "This system has neither the locale C.UTF-8 nor en_US.UTF-8; PostgreSQL needs one of them."
    )


def _processes_in(folder: Path) -> list[int]:
    """Servers whose working folder is `folder` (both change into theirs); none where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if entry.joinpath("cwd").readlink() == folder and int(entry.name) != os.getpid():
                program = entry.joinpath("cmdline").read_bytes().split(b"\0")[0]
                if b"postgres" in program or b"redis" in program or b"valkey" in program:
                    found.append(int(entry.name))
        except OSError:
            continue  # It ended meanwhile, or it is not ours to look at.
    return found


def _end(pid: int) -> None:
    """Ask, then insist. SIGQUIT makes PostgreSQL stop at once; its log is replayed at the next start."""
    for number, patience in ((signal.SIGINT, 5.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)):
        deadline = time.monotonic() + patience
        try:
            os.kill(pid, number)
            while time.monotonic() < deadline:
                os.kill(pid, 0)
                time.sleep(0.02)
        except ProcessLookupError:
            return


def main(name: str, state: Path, lock_fd: int) -> int:
    failure = state / "log" / f"{name}.failure"
    failure.unlink(missing_ok=True)
    users = embedded.open_lock(state, f"{name}.users")
    try:
        server = Postgresql(state) if name == embedded.POSTGRESQL else Redis(state)
        server.prepare()
        keep(server, users)
    except (CannotStart, NoWayToRun, embedded.EmbeddedServerError, OSError) as error:
        failure.write_text(f"{error}\n")
        print(error, flush=True)
        return 1
    finally:
        # In this order: whoever gets the users' lock next must find that there is no keeper.
        os.close(lock_fd)
        users.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
