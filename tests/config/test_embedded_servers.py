"""Finding, starting, sharing and stopping the embedded PostgreSQL and Redis."""

import contextlib
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import embedded, privileges
from tests.config.conftest import PATIENCE_S, EmbeddedState, using, wait_until

pytestmark = pytest.mark.processes


def test_two_processes_share_the_servers_and_the_last_one_stops_them(state: EmbeddedState):
    first, second = state.join(), state.join()
    servers = state.postmaster(), state.pids("redis-server")

    state.leave(first)
    assert state.answers()
    assert (state.postmaster(), state.pids("redis-server")) == servers

    state.leave(second)
    assert state.pids("") == []


def test_processes_that_start_at_the_same_moment_start_one_server_each(state: EmbeddedState):
    users = [
        state.start("-c", "from config import embedded; embedded.ensure_running(); input()") for _ in range(4)
    ]

    wait_until(state.answers)
    assert len(state.pids("config.keeper")) == 2
    for user in users:
        user.communicate("\n", timeout=PATIENCE_S)
        assert user.returncode == 0
    wait_until(lambda: state.pids("") == [])


def test_a_killed_process_leaves_no_server_behind(state: EmbeddedState):
    user = state.join()

    user.kill()

    wait_until(lambda: state.pids("") == [])


def test_a_killed_postgresql_comes_back_with_everything_that_was_committed(state: EmbeddedState):
    state.join()
    state.sql("CREATE TABLE kept AS SELECT 41 + 1 AS answer")

    os.kill(state.postmaster(), signal.SIGKILL)

    wait_until(lambda: not state.answers())
    wait_until(state.answers)
    assert state.sql("SELECT answer FROM kept") == "42"


def test_a_killed_redis_comes_back(state: EmbeddedState):
    state.join()

    os.kill(state.pids("redis-server")[0], signal.SIGKILL)

    wait_until(lambda: not state.answers())
    wait_until(state.answers)


def test_redis_starts_empty_rather_than_never_when_its_file_is_unreadable(state: EmbeddedState):
    state.leave(state.join())
    (state.folder / "redis" / "appendonly.aof").write_bytes(b"*3\r\n$3\r\nSET\r\nnonsense")
    (state.folder / "redis" / "appendonlydir").mkdir(exist_ok=True)
    (state.folder / "redis" / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")

    state.join()

    assert state.answers()


def test_everything_killed_at_once_is_recovered_at_the_next_start(state: EmbeddedState):
    user = state.join()
    state.sql("CREATE TABLE kept AS SELECT 42 AS answer")
    for pid in state.pids(""):
        with contextlib.suppress(ProcessLookupError):  # Some die with those killed before them.
            os.kill(pid, signal.SIGKILL)
    user.wait()
    wait_until(lambda: state.pids("") == [])
    # As after a restart of the machine: the number in the old pid file belongs to somebody else now.
    pid_file = embedded.data_folder(state.folder) / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    state.join()

    assert state.sql("SELECT answer FROM kept") == "42"


def test_a_creation_that_was_interrupted_is_begun_anew(state: EmbeddedState):
    half_done = state.folder / "postgresql" / "data.unfinished"
    half_done.mkdir(parents=True)
    (half_done / "PG_VERSION").write_text("18\n")

    state.join()

    assert state.sql("SELECT 1") == "1"
    assert not half_done.exists()


def test_the_database_knows_letters_beyond_ascii_and_checks_its_pages(state: EmbeddedState):
    state.join()

    state.sql("CREATE EXTENSION pg_trgm")

    assert state.sql("SELECT cardinality(show_trgm('привет')), cardinality(show_trgm('中文客服'))") == "7|5"
    assert state.sql("SHOW data_checksums") == "on"
    assert state.sql("SHOW synchronous_commit") == "on"
    assert state.sql("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "f"


@pytest.fixture
def awkward_state(tmp_path: Path) -> Iterator[EmbeddedState]:
    """A path with spaces, too long for a socket, in a folder that nobody but its owner may enter."""
    closed = tmp_path / "closed folder"
    closed.mkdir(mode=0o700)
    yield from using(closed / "státe of 'things'" / ("long " * 20).strip())


def test_the_path_may_be_long_with_spaces_and_closed_to_others(awkward_state: EmbeddedState):
    awkward_state.join()

    assert awkward_state.sql("SELECT 1") == "1"
    assert all(os.stat(f"/proc/{pid}").st_uid != 0 for pid in awkward_state.pids("bin/postgres"))
    closed = awkward_state.folder.parent.parent
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    sockets = embedded.socket_folder(awkward_state.folder)
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700


def test_each_way_to_give_up_root_reaches_a_closed_folder_except_the_plain_one(tmp_path: Path):
    """Run by an ordinary user there is one way only: as that user."""
    folder = tmp_path / "closed" / "postgresql"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    program = embedded.find_binaries(embedded.POSTGRESQL) / "postgres"
    if os.geteuid() != 0:
        assert privileges.choose_launch(program=program, folder=folder).owner is None
        return

    works = {
        way.name.split(",")[0]: privileges.works(way, program, folder) for way in privileges.ways(folder)
    }

    assert works["plain"] is False
    assert privileges.choose_launch(program=program, folder=folder).name in (
        "reader, capability 2",
        "namespace",
    )


def test_the_secret_key_is_made_once_and_for_us_alone(state: EmbeddedState):
    state.leave(state.join())
    path = state.folder / "secret_key"
    key = path.read_text()

    state.leave(state.join())

    assert len(key) >= 50
    assert path.read_text() == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_importing_the_settings_starts_nothing(state: EmbeddedState):
    done = subprocess.run(
        [state.start("-c", "pass").args[0], "-c", "import config.settings"],
        cwd=embedded.BASE_DIR,
        env=state.environment(),
        check=False,
    )

    assert done.returncode == 0
    assert not state.folder.exists()


def test_nothing_is_started_where_both_urls_are_given(state: EmbeddedState, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/parley")
    monkeypatch.setenv("REDIS_URL", "redis://redis.example/0")

    assert embedded.needed() == []


def test_a_command_says_what_is_wrong_when_a_server_cannot_start(state: EmbeddedState):
    (state.folder / "postgresql" / "data").mkdir(parents=True)
    (state.folder / "postgresql" / "data" / "PG_VERSION").write_text("9\n")

    done = subprocess.run(
        [state.start("-c", "pass").args[0], "manage.py", "showmigrations"],
        cwd=embedded.BASE_DIR,
        env=state.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "was made by PostgreSQL 9" in done.stderr
    assert "Traceback" not in done.stderr
