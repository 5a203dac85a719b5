"""Real servers in state folders of the tests' own, and a look at which processes they leave."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config import embedded

# Joins the embedded servers, says so, and leaves when its input ends.
USER_PROGRAM = """
import sys
from config import embedded
embedded.ensure_running()
print("up", flush=True)
sys.stdin.read()
"""


class EmbeddedState:
    """One state folder, and the processes that a test starts on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[Any]] = []

    def environment(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        }
        return kept | {"STATE": str(self.folder), "SECRET_KEY": ""}

    def addresses(self) -> dict[str, str]:
        """The servers as an operator names servers of his own."""
        sockets = embedded.socket_folder(self.folder)
        return {
            "DATABASE_URL": f"postgres://{embedded.DATABASE_USER}@/{embedded.DATABASE_NAME}?host={sockets}",
            "REDIS_URL": f"unix://{embedded.redis_socket(self.folder)}",
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=embedded.BASE_DIR,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def join(self) -> subprocess.Popen[str]:
        """A process that uses the servers; returns once they answer."""
        process = self.start("-c", USER_PROGRAM)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    def start_platform(self, log: Path, *options: str) -> subprocess.Popen[bytes]:
        """`make up`; returns once it runs. Its output goes to a file, as a full pipe would stop it."""
        with log.open("wb") as output:
            supervisor = subprocess.Popen(
                [sys.executable, "-m", "config.supervisor", *options],
                cwd=embedded.BASE_DIR,
                env=self.environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.started.append(supervisor)

        def told() -> str:
            return log.read_text(errors="replace")

        wait_until(lambda: "Parley is running" in told() or supervisor.poll() is not None, tell=told)
        assert supervisor.poll() is None, told()
        return supervisor

    def end(self) -> None:
        """Kill what was started here, and wait until nothing runs on the folder."""
        for process in self.started:
            process.kill()
            process.communicate()
        self.started.clear()
        wait_until(lambda: not self.pids(""))

    def leave(self, process: subprocess.Popen[str]) -> None:
        process.communicate(timeout=PATIENCE_S)

    def pids(self, word: str) -> list[int]:
        """Processes of this state folder with `word` in their command line."""
        return [pid for pid, line in _processes_of(self.folder) if word in line]

    def postmaster(self) -> int:
        return int((embedded.data_folder(self.folder) / "postmaster.pid").read_text().split()[0])

    def answers(self) -> bool:
        return all(embedded.answers(self.folder, server) for server in (embedded.POSTGRESQL, embedded.REDIS))

    def sql(self, statement: str) -> str:
        done = subprocess.run(
            [
                embedded.find_binaries(embedded.POSTGRESQL) / "psql",
                *("-h", embedded.socket_folder(self.folder), "-U", embedded.DATABASE_USER),
                *("-d", embedded.DATABASE_NAME, "-At", "-c", statement),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


def _processes_of(state: Path) -> list[tuple[int, str]]:
    """Everything that runs on a state folder, named in its environment, command line or working folder."""
    found = []
    mark, sockets = os.fsencode(state), os.fsencode(embedded.socket_folder(state))
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = entry.joinpath("cmdline").read_bytes()
            about = (
                line + entry.joinpath("environ").read_bytes() + os.fsencode(entry.joinpath("cwd").readlink())
            )
        except OSError:
            continue
        if line and (mark in about or sockets in about) and int(entry.name) != os.getpid():
            found.append((int(entry.name), line.replace(b"\0", b" ").decode(errors="replace")))
    return found


# A machine with other work to do may take long; nothing here is about how long.
PATIENCE_S = 600


def wait_until(condition: Callable[[], object], *, tell: Callable[[], str] = str) -> None:
    """`tell` gives what to say when it never comes true."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"did not come true in time\n{tell()}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def state(tmp_path: Path) -> Iterator[EmbeddedState]:
    yield from using(tmp_path / "state")


def using(folder: Path) -> Iterator[EmbeddedState]:
    """A state folder whose processes have all ended when the test has."""
    state = EmbeddedState(folder)
    yield state
    state.end()
