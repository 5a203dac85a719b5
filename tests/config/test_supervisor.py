"""`make up` as a whole: real daphne, worker and beat on a state folder of their own."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import embedded
from config.supervisor import Supervisor
from tests.config.conftest import PATIENCE_S, EmbeddedState, free_port, wait_until

pytestmark = pytest.mark.processes
PARTS = ("daphne", "default,scan,rescan", "attachments", " beat ", "bin/postgres", "redis-server")


class Platform:
    """A supervisor on a state folder."""

    def __init__(self, state: EmbeddedState, folder: Path) -> None:
        self.state, self.log, self.port = state, folder / "output.log", 0
        self.supervisor: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.state.end()
        self.port = free_port()
        self.supervisor = self.state.start_platform(self.log, "--no-demo", "--port", str(self.port))

    def has_ended(self) -> bool:
        return self.supervisor is None or self.supervisor.poll() is not None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def is_whole(self) -> bool:
        return self.readiness() == "ready" and all(self.state.pids(name) for name in PARTS)

    def readiness(self) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return json.load(answer)["status"]
        except urllib.error.HTTPError as error:
            return json.load(error)["status"]
        except OSError:
            return "no answer"


@pytest.fixture(scope="module")
def one_after_another(
    prepared_state: EmbeddedState, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    yield Platform(prepared_state, tmp_path_factory.mktemp("supervised"))
    prepared_state.end()


@pytest.fixture
def platform(one_after_another: Platform) -> Platform:
    """A whole platform: the one that the test before left whole, or a new one where that was ended.

    The tests that end it stand last: a start costs more than any of them.
    """
    platform = one_after_another
    if platform.has_ended():
        platform.start()
    wait_until(platform.is_whole)
    return platform


def test_whatever_is_killed_is_started_again(platform: Platform):
    web, worker, beat = (platform.state.pids(word)[0] for word in ("daphne", " worker ", " beat "))
    for pid in (web, worker, beat, platform.state.postmaster(), platform.state.pids("redis-server")[0]):
        os.kill(pid, signal.SIGKILL)

    wait_until(lambda: platform.readiness() != "ready")
    wait_until(lambda: platform.readiness() == "ready")
    for word, old in (("daphne", web), (" worker ", worker), (" beat ", beat)):
        wait_until(lambda word=word, old=old: set(platform.state.pids(word)) - {old})
    assert "web ended with status -9; starting it again" in platform.output()


def test_killed_keepers_are_replaced(platform: Platform):
    keepers = platform.state.pids("config.keeper")
    for pid in keepers:
        os.kill(pid, signal.SIGKILL)

    wait_until(lambda: len(set(platform.state.pids("config.keeper")) - set(keepers)) == 2)
    wait_until(platform.state.answers)
    wait_until(lambda: platform.readiness() == "ready")


def test_a_command_beside_it_uses_the_same_servers_and_leaves_them_running(platform: Platform):
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"],
        cwd=embedded.BASE_DIR,
        env=platform.state.environment(),
        check=False,
    )

    assert done.returncode == 0
    assert platform.readiness() == "ready"


def test_it_is_degraded_and_not_down_without_redis_and_down_without_postgresql(platform: Platform):
    redis = platform.state.pids("redis-server")[0]
    os.kill(redis, signal.SIGSTOP)
    wait_until(lambda: platform.readiness() == "degraded")
    os.kill(redis, signal.SIGCONT)

    database = platform.state.pids("postgres")
    for pid in database:
        os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: platform.readiness() == "not ready")
    for pid in database:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: platform.readiness() == "ready")


def test_a_second_copy_on_the_same_state_or_port_is_refused_with_a_hint(platform: Platform, tmp_path: Path):
    def second(**changes: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "config.supervisor", "--no-demo"],
            cwd=embedded.BASE_DIR,
            env=platform.state.environment() | changes,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        return done.stdout

    assert "already runs on" in second(PORT=str(free_port()))
    taken = second(PORT=str(platform.port), STATE=str(tmp_path / "other"))
    assert f"Port {platform.port} is taken" in taken
    assert platform.readiness() == "ready"


def test_one_late_answer_of_a_busy_machine_does_not_spoil_the_announcement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    supervisor = Supervisor(host="127.0.0.1", port=8765, state=tmp_path, demo=False)
    answers = iter([False, True])
    monkeypatch.setattr(supervisor, "_is_ready", lambda: next(answers))

    supervisor._announce(None)

    assert "Parley is running: http://localhost:8765/" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_everything(platform: Platform, number: signal.Signals):
    platform.supervisor.send_signal(number)

    assert platform.supervisor.wait(PATIENCE_S) == 0
    assert platform.state.pids("") == []
    assert "Parley is running" in platform.output()


def test_a_killed_supervisor_leaves_nothing_running(platform: Platform):
    platform.supervisor.kill()

    wait_until(lambda: platform.state.pids("") == [])
