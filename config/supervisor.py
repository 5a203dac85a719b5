"""What `make up` runs: the web server, the worker and beat, on the embedded servers, until Ctrl-C or SIGTERM.

It prefixes each process's log lines with its name, starts again what dies, and leaves nothing behind: each
process has its own session, which is stopped as a whole, and the kernel ends the processes if the supervisor
itself is killed. One thread, no Django: it only starts programs and reads their output.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from config import embedded, preparation
from config.privileges import die_with_parent

# The same in docker-compose.yml; tests/config/test_compose.py compares them.
# A socket message has at most 64 KiB, and a dead connection is noticed after 50 s.
WEB_OPTIONS = (
    "-v 0 --no-server-name --websocket-max-message-size 65536 --websocket-max-frame-size 65536 "
    "--ping-interval 20 --ping-timeout 30"
)
WORKER_OPTIONS = (
    "-Q default,scan,rescan --loglevel WARNING --without-gossip --without-mingle --without-heartbeat"
)
# One at a time: its reading process fills a core, and its models are in memory once.
ATTACHMENTS_OPTIONS = (
    "-c 1 -Q attachments --loglevel WARNING --without-gossip --without-mingle --without-heartbeat"
)
BEAT_OPTIONS = "--loglevel WARNING --pidfile="

_STOP_SECONDS = 15.0
_STABLE_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 10.0
_TICK_SECONDS = 0.1
_READY_TIMEOUT_SECONDS = 300.0

_COLOURS = {"setup": 35, "web": 36, "worker": 32, "files": 34, "beat": 33, "demo": 37}


def commands(*, host: str, port: int, state: Path) -> dict[str, list[str]]:
    """The long-running processes of the embedded default, by name."""
    schedule = shlex.quote(str(state / "beat"))
    lines = {
        "web": f"config.daphne {WEB_OPTIONS} -b {shlex.quote(host)} -p {port} config.asgi:application",
        "worker": f"celery -q -A config.celery worker {WORKER_OPTIONS}",
        "files": f"celery -q -A config.celery worker {ATTACHMENTS_OPTIONS} -n files@%h",
        "beat": f"celery -q -A config.celery beat {BEAT_OPTIONS} --schedule {schedule}",
    }
    return {name: [sys.executable, "-m", *shlex.split(line)] for name, line in lines.items()}


@dataclass
class Process:
    """One program that is kept running (or, with `once`, run to its end)."""

    name: str
    command: list[str]
    once: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None
    pid: int = 0  # Of the last start; also the number of its session.
    started_at: float = 0.0
    start_again_at: float = 0.0
    failures: int = 0
    unfinished_line: bytes = b""
    output: list[str] = field(default_factory=list)

    def start(self) -> IO[bytes]:
        self.started_at = time.monotonic()
        self.running = subprocess.Popen(
            self.command,
            cwd=embedded.BASE_DIR,
            env=os.environ | self.environment | {"PYTHONUNBUFFERED": "1", "PARLEY_PROCESS": self.name},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_supervisor,
        )
        self.pid = self.running.pid
        assert self.running.stdout is not None
        os.set_blocking(self.running.stdout.fileno(), False)
        return self.running.stdout

    def has_session(self) -> bool:
        """True while anything that it started in its session is alive."""
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def signal_all(self, number: signal.Signals) -> None:
        """To the whole session: a worker's children must not outlive it."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)


def _die_with_supervisor() -> None:
    die_with_parent(signal.SIGKILL)


class Supervisor:
    def __init__(self, *, host: str, port: int, state: Path, demo: bool) -> None:
        self.host, self.port, self.state, self.demo = host, port, state, demo
        self.selector = selectors.DefaultSelector()
        self.processes: dict[str, Process] = {}
        self.stopping, self.asked_at, self.looked_at = False, 0.0, 0.0
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    # --- The life of the whole ---

    def run(self) -> int:
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        try:
            embedded.ensure_running()
            if not self._prepare():
                return 0 if self.stopping else 1
            lines = commands(host=self.host, port=self.port, state=self.state)
            self._add(Process("web", lines.pop("web")))
            demo = None
            if self.demo:
                demo = self._add(Process("demo", [sys.executable, "manage.py", "load_demo"], once=True))
            # The others begin when the pages answer: on two cores they would only delay them.
            self._wait_for(self._is_ready)
            for name, command in lines.items():
                self._add(Process(name, command))
            self._wait_for(lambda: demo is None or demo.running is None)
            if demo and demo.failures:
                self._say("the demo marketplace could not be loaded; the lines above say why")
            self._announce(demo)
            while not self.stopping:
                self._tick()
        except embedded.EmbeddedServerError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            self._stop_all()
        return 0

    def _on_signal(self, _number: int, _frame: object) -> None:
        now = time.monotonic()
        # `make` passes SIGTERM on, and a signal to the whole group reaches us as well: that is one wish.
        if self.stopping and now - self.asked_at > 1:
            for process in self.processes.values():
                if process.running is not None:
                    process.signal_all(signal.SIGKILL)
        self.stopping, self.asked_at = True, now

    def _prepare(self) -> bool:
        """Migrate, unless this code has already prepared this embedded database; True if all is well."""
        if preparation.is_done():
            return True
        process = self._add(Process("setup", preparation.COMMAND, once=True))
        while process.running is not None and not self.stopping:
            self._tick()
        return not self.stopping and not process.failures

    def _wait_for(self, condition: Callable[[], bool]) -> bool:
        """Until it comes true, somebody stops us, or patience ends; True if it came true."""
        deadline = time.monotonic() + _READY_TIMEOUT_SECONDS
        while not condition():
            if self.stopping or time.monotonic() > deadline:
                return False
            self._tick()
        return True

    def _announce(self, demo: Process | None) -> None:
        """Say where the platform is and who can log in."""
        # Once more, and patiently: the workers that have just begun may have made one answer late.
        is_ready = self._wait_for(self._is_ready)
        if self.stopping:
            return
        if not is_ready:
            self._say(f"{self.address()}readyz does not answer yet; the log above says why.")
            return
        rule = "-" * 72
        lines = demo.output if demo and not demo.failures else []
        print(
            "\n".join(
                ["", rule, f"Parley is running: {self.address()}", *lines, "Ctrl-C stops it.", rule, ""]
            )
        )
        sys.stdout.flush()

    def address(self) -> str:
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::") else self.host
        return f"http://{host}:{self.port}/"

    def _is_ready(self) -> bool:
        if self.processes["web"].running is None:
            return False
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    # --- One process after another ---

    def _add(self, process: Process) -> Process:
        self.processes[process.name] = process
        process.environment["PUBLIC_URL"] = os.environ.get("PUBLIC_URL") or self.address().rstrip("/")
        self._start(process)
        return process

    def _start(self, process: Process) -> None:
        self.selector.register(process.start(), selectors.EVENT_READ, process)

    def _tick(self) -> None:
        """Pass on output, notice who died, start again whose time has come. At most `_TICK_SECONDS`."""
        for key, _ in self.selector.select(_TICK_SECONDS):
            self._read(key.data)
        for process in list(self.processes.values()):
            if process.running is not None and process.running.poll() is not None:
                self._ended(process)
            elif self._is_due(process):
                self._start(process)
        if not self.stopping and time.monotonic() - self.looked_at > 1:
            self.looked_at = time.monotonic()
            embedded.revive()

    def _is_due(self, process: Process) -> bool:
        if process.running is not None or process.once or self.stopping:
            return False
        return time.monotonic() >= process.start_again_at

    def _read(self, process: Process) -> None:
        assert process.running is not None
        assert process.running.stdout is not None
        data = process.running.stdout.read(65536) or b""
        *lines, process.unfinished_line = (process.unfinished_line + data).split(b"\n")
        for line in lines:
            self._log(process, line)
        if not data:  # End of file.
            with contextlib.suppress(KeyError):
                self.selector.unregister(process.running.stdout)

    def _ended(self, process: Process) -> None:
        assert process.running is not None
        assert process.running.stdout is not None
        self._read(process)
        if process.unfinished_line:
            self._log(process, process.unfinished_line)
            process.unfinished_line = b""
        with contextlib.suppress(KeyError):
            self.selector.unregister(process.running.stdout)
        process.running.stdout.close()
        process.signal_all(signal.SIGKILL)  # Children that it left.
        status, process.running = process.running.returncode, None
        if process.once:
            process.failures = int(status != 0)
            return
        if self.stopping:
            return
        stable = time.monotonic() - process.started_at > _STABLE_SECONDS
        process.failures = 0 if stable else process.failures + 1
        pause = min(_LONGEST_PAUSE_SECONDS, 0.5 * process.failures)
        process.start_again_at = time.monotonic() + pause
        self._say(f"{process.name} ended with status {status}; starting it again in {pause:.1f} s")

    def _log(self, process: Process, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if not text:
            return
        if process.name == "demo" and (process.output or text.startswith("Demo logins")):
            process.output.append(text)
            return  # Shown in the announcement, where it is not lost among log lines.
        name = f"{process.name:<6} |"
        if self.colour:
            name = f"\x1b[{_COLOURS.get(process.name, 37)}m{name}\x1b[0m"
        print(f"{name} {text}", flush=True)

    def _say(self, text: str) -> None:
        print(f"parley | {text}", flush=True)

    def _stop_all(self) -> None:
        self.stopping = True
        self._say("stopping")
        running = [process for process in self.processes.values() if process.running is not None]
        for process in running:
            assert process.running is not None
            process.running.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        while any(process.running for process in running):
            self._tick()
            if time.monotonic() > deadline:
                for process in running:
                    process.signal_all(signal.SIGKILL)
        # A killed worker's children hold the servers' lock until the kernel has ended them, too.
        while any(process.has_session() for process in running) and time.monotonic() < deadline + 5:
            time.sleep(0.02)
        embedded.release()


def _port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the whole platform until Ctrl-C.")
    parser.add_argument("--host", default=os.environ.get("BIND") or "127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument(
        "--no-demo",
        action="store_true",
        default=os.environ.get("DEMO") == "no",
        help="do not load the demo marketplace",
    )
    parser.add_argument("--with-parent", action="store_true", help="stop when the parent process ends")
    options = parser.parse_args()
    if options.with_parent:
        die_with_parent(signal.SIGTERM)
    os.umask(0o077)  # Mail and uploads in the state folder are nobody else's business.
    state = embedded.state_folder()
    with embedded.open_lock(state, "supervisor") as lock:
        if not embedded.try_lock(lock):
            print(
                f"The platform already runs on {state}. For a second copy: make up PORT=8001 STATE=.state-2"
            )
            return 1
        if not _port_is_free(options.host, options.port):
            print(f"Port {options.port} is taken by another program. Choose another one: make up PORT=8001")
            return 1
        return Supervisor(host=options.host, port=options.port, state=state, demo=not options.no_demo).run()


if __name__ == "__main__":
    sys.exit(main())
