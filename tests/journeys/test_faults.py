"""The short form of ``make faults``: real processes, killed while messages flow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import embedded

pytestmark = pytest.mark.processes


def test_nothing_acknowledged_is_lost_whatever_is_killed(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "bench.faults", "--short"],
        cwd=embedded.BASE_DIR,
        env=os.environ | {"STATE": str(tmp_path / "state"), "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=900,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "4 passed, 0 failed"
