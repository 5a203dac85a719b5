"""daphne on uvloop's event loop: ``python -m config.daphne <daphne's arguments>``.

The loop has to be chosen before daphne is imported, which makes one as it is imported. uvloop does the same
work as asyncio's own loop in less time; without it, ``python -m daphne`` runs the same application.
"""

import asyncio

import uvloop

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

from daphne.cli import CommandLineInterface  # noqa: E402

if __name__ == "__main__":
    CommandLineInterface.entrypoint()
