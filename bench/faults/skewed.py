"""daphne with a clock that is ten minutes fast: ``python -m bench.faults.skewed <daphne's arguments>``."""

from datetime import UTC, datetime, timedelta

import time_machine
from daphne.cli import CommandLineInterface

if __name__ == "__main__":
    time_machine.travel(datetime.now(UTC) + timedelta(minutes=10), tick=True).start()
    CommandLineInterface.entrypoint()
