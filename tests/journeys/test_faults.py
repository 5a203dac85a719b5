"""The short form of ``make faults``: real processes, killed while messages flow."""

import subprocess
import sys

import pytest

from config import embedded
from tests.config.conftest import EmbeddedState

pytestmark = pytest.mark.processes


def test_nothing_acknowledged_is_lost_whatever_is_killed(prepared_state: EmbeddedState):
    done = subprocess.run(
        [sys.executable, "-m", "bench.faults", "--short"],
        cwd=embedded.BASE_DIR,
        env=prepared_state.environment() | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=900,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "4 passed, 0 failed"
