"""The platform under test: real processes on a state folder of their own, and ways to hurt them."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from config import embedded

START_S = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Platform:
    """``make up`` as a child process, with the log in the state folder."""

    def __init__(self) -> None:
        self.state = embedded.state_folder()
        self.port = free_port()
        self.supervisor: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.supervisor = self.spawn(["-m", "config.supervisor", "--no-demo", "--port", str(self.port)])
        wait_for_http(f"{self.url}/readyz")
        for name in ("worker", "beat"):
            self.pid_of(name)

    def stop(self) -> None:
        if self.supervisor is not None:
            self.supervisor.terminate()
            try:
                self.supervisor.wait(40)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()

    def spawn(self, arguments: list[str], **environment: str) -> "subprocess.Popen[bytes]":
        """A Python program with this state folder; its output goes to the log."""
        self.state.mkdir(parents=True, exist_ok=True)
        with open(self.state / "faults.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=embedded.BASE_DIR,
                env=os.environ | {"STATE": str(self.state)} | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def pid_of(self, name: str) -> int:
        """The running web, worker or beat process; waits until there is one."""
        assert self.supervisor is not None
        words = {"web": "config.daphne", "worker": "worker", "beat": "beat"}[name]
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            for pid, line in _processes():
                if _parent(pid) == self.supervisor.pid and f" {words} " in f" {line} ":
                    return pid
            time.sleep(0.2)
        raise RuntimeError(f"no {name} process")

    def kill(self, name: str) -> None:
        os.kill(self.pid_of(name), signal.SIGKILL)

    def redis_pid(self) -> int:
        place = str(embedded.socket_folder(self.state))
        return next(pid for pid, line in _processes() if "redis-server" in line and place in line)

    def redis(self, *command: str) -> None:
        redis.Redis.from_url(embedded.redis_url(), socket_timeout=5).execute_command(*command)

    def restart_postgresql_at_once(self) -> None:
        """An immediate shutdown: no checkpoint, connections cut. Its keeper starts it again."""
        pid = int((self.state / "postgresql" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)

    @contextmanager
    def second_web(self, launcher: str = "config.daphne") -> Iterator[str]:
        """Another web process on the same servers; gives its address."""
        port = free_port()
        process = self.spawn(
            ["-m", launcher, "-v", "0", "-p", str(port), "config.asgi:application"], PARLEY_PROCESS="web"
        )
        try:
            wait_for_http(f"http://127.0.0.1:{port}/readyz")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def wait_for_http(url: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"{url} does not answer")


def memory_of(pid: int) -> int:
    """Resident bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _processes() -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            yield int(folder.name), line


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
