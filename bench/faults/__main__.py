"""``make faults``: hurts real processes under load and checks the invariants after each fault.

One line per fault; the last line is ``N passed, M failed``. ``--short`` runs the few that ``make test`` runs.
State: ``.state-faults`` (or ``STATE``).
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Callable

os.environ.setdefault("STATE", ".state-faults")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

from config import embedded, preparation

embedded.ensure_running()
django.setup()

from django.db import connection, transaction
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from accounts.models import User
from audit.services import verify
from bench.faults.crowd import Crowd, Result
from bench.faults.platform import Platform, memory_of
from chat.models import Conversation
from chat.services.live_client import Json, LiveClient
from chat.services.replay import session_for

PAUSE_S = 8.0
HANG_S = 20.0
LOCK_S = 6.0  # Longer than a request waits for a lock, so that sends are refused and repeated.
MEMORY_LIMIT = 8 * 2**20  # Bytes that a client which does not read may cost.
CLOSED_WITHIN_S = 45.0


class LossyClient(LiveClient):
    """A client on a network that drops, doubles and reorders live events."""

    held: Json | None = None

    def _change(self, data: Json) -> None:
        fate = random.random()
        if fate < 0.2:
            return
        if fate < 0.4:
            super()._change(data)
        elif fate < 0.6 and self.held is None:
            self.held = data
            return
        super()._change(data)
        if self.held is not None:
            late, self.held = self.held, None
            super()._change(late)


class Faults:
    """Each method is one fault; its docstring is its name."""

    def __init__(self, platform: Platform, *, before_s: float, after_s: float, pairs: int) -> None:
        self.platform = platform
        self.before_s, self.after_s, self.pairs = before_s, after_s, pairs

    def hurt(self, fault: Callable[[], object], crowd: Crowd | None = None) -> Result:
        crowd = crowd or Crowd([self.platform.url], pairs=self.pairs)
        return asyncio.run(crowd.talk(fault, before_s=self.before_s, after_s=self.after_s))

    def web(self) -> Result:
        """kill -9 web"""
        return self.hurt(lambda: self.platform.kill("web"))

    def worker(self) -> Result:
        """kill -9 worker"""
        return self.hurt(lambda: self.platform.kill("worker"))

    def beat(self) -> Result:
        """kill -9 beat"""
        return self.hurt(lambda: self.platform.kill("beat"))

    def redis_kill(self) -> Result:
        """kill -9 Redis, restarted empty"""
        return self.hurt(lambda: os.kill(self.platform.redis_pid(), signal.SIGKILL))

    def redis_flush(self) -> Result:
        """Redis FLUSHALL"""
        return self.hurt(lambda: self.platform.redis("FLUSHALL"))

    def redis_pause(self) -> Result:
        """Redis hangs for 8 s"""

        def pause() -> None:
            pid = self.platform.redis_pid()
            os.kill(pid, signal.SIGSTOP)
            time.sleep(PAUSE_S)
            os.kill(pid, signal.SIGCONT)

        result = self.hurt(pause)
        return result

    def postgresql(self) -> Result:
        """PostgreSQL immediate restart"""
        return self.hurt(self.platform.restart_postgresql_at_once)

    def web_hangs(self) -> Result:
        """web hangs for 20 s"""

        def hang() -> None:
            pid = self.platform.pid_of("web")
            os.kill(pid, signal.SIGSTOP)
            time.sleep(HANG_S)
            os.kill(pid, signal.SIGCONT)

        return self.hurt(hang)

    def subscription(self) -> Result:
        """Redis cuts every subscription"""
        return self.hurt(lambda: self.platform.redis("CLIENT", "KILL", "TYPE", "pubsub"))

    def locked(self) -> Result:
        """every conversation's row locked for 6 s"""

        def hold() -> None:
            with transaction.atomic():
                list(Conversation.objects.filter(shop__slug="faults").select_for_update().values_list("pk"))
                time.sleep(LOCK_S)
            connection.close()

        return self.hurt(hold)

    def events(self) -> Result:
        """live events dropped, doubled and reordered"""
        crowd = Crowd([self.platform.url], pairs=self.pairs, client=LossyClient)
        return self.hurt(lambda: None, crowd)

    def tabs(self) -> Result:
        """three tabs each, and kill -9 web"""
        crowd = Crowd([self.platform.url], pairs=max(2, self.pairs // 2), tabs=3)
        return self.hurt(lambda: self.platform.kill("web"), crowd)

    def two_webs(self) -> Result:
        """two web processes on one Redis, and kill -9 one"""
        with self.platform.second_web() as other:
            crowd = Crowd([self.platform.url, other], pairs=self.pairs)
            return self.hurt(lambda: self.platform.kill("web"), crowd)

    def skew(self) -> Result:
        """a web process whose clock is 10 min fast"""
        with self.platform.second_web("bench.faults.skewed") as other:
            return self.hurt(lambda: None, Crowd([self.platform.url, other], pairs=self.pairs))

    def two_beats(self) -> Result:
        """two beats at once"""
        schedule = str(self.platform.state / "second-beat")
        options = ["--loglevel", "WARNING", "--pidfile=", "--schedule", schedule]
        second = self.platform.spawn(["-m", "celery", "-q", "-A", "config.celery", "beat", *options])
        try:
            return self.hurt(lambda: None)
        finally:
            second.kill()
            second.wait()

    def slow_reader(self) -> Result:
        """a client that stops reading"""
        crowd = Crowd([self.platform.url], pairs=self.pairs)
        agent = User.objects.get(email="agent-0@faults.invalid")
        key, pid = session_for(agent), self.platform.pid_of("web")
        grown: list[int] = []

        def hold() -> None:
            before = memory_of(pid)
            grown.append(-1 if not asyncio.run(self._refuse_to_read(key)) else memory_of(pid) - before)

        self.after_s, usual = max(self.after_s, CLOSED_WITHIN_S), self.after_s
        try:
            result = self.hurt(hold, crowd)
        finally:
            self.after_s = usual
        if not grown or grown[0] < 0:
            result.notes.append(f"not closed within {CLOSED_WITHIN_S:.0f} s")
        elif grown[0] > MEMORY_LIMIT:
            result.notes.append(f"cost {grown[0] / 2**20:.1f} MiB")
        return result

    async def _refuse_to_read(self, session_key: str) -> bool:
        """A socket that hears the shop's whole talk and acknowledges nothing; whether it was closed."""
        address = self.platform.url.replace("http", "ws") + "/ws/v1/"
        headers = {"Cookie": f"sessionid={session_key}"}
        async with connect(address, additional_headers=headers, compression=None, max_queue=1) as socket:
            await socket.recv()
            try:
                async with asyncio.timeout(CLOSED_WITHIN_S - 5):
                    while True:  # Read, so that the close frame is seen; but never acknowledge an event.
                        await socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd is not None and closed.rcvd.code == 4009
            except TimeoutError:
                return False


ALL = [
    "web",
    "worker",
    "beat",
    "redis_kill",
    "redis_flush",
    "redis_pause",
    "postgresql",
    "web_hangs",
    "subscription",
    "locked",
    "slow_reader",
    "events",
    "tabs",
    "two_webs",
    "skew",
    "two_beats",
]
SHORT = ["web", "redis_flush", "events"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few faults, a few seconds each")
    parser.add_argument("--only", nargs="+", choices=ALL, default=[], help="just these faults")
    parser.add_argument("--pairs", type=int, default=8)
    options = parser.parse_args()
    names = options.only or (SHORT if options.short else ALL)
    preparation.prepare_if_needed()
    platform = Platform()
    faults = Faults(
        platform,
        before_s=2.0 if options.short else 4.0,
        after_s=6.0 if options.short else 16.0,
        pairs=3 if options.short else options.pairs,
    )
    failed = 0
    platform.start()
    try:
        for name in names:
            failed += not show(name, getattr(faults, name))
    finally:
        platform.stop()
    connection.close()
    if bad := verify().bad:
        print(f"FAIL the audit trail does not verify: {bad}")
        failed += 1
    print(f"{len(names) + 1 - failed} passed, {failed} failed")
    return min(failed, 1)


def show(name: str, fault: Callable[[], Result]) -> bool:
    """Run one fault and print its line."""
    connection.close()  # The fault before may have cut it.
    try:
        result = fault()
    except Exception as error:  # One broken fault must not hide the others.
        print(f"FAIL {fault.__doc__}: {type(error).__name__}: {error}", flush=True)
        return False
    notes = f" ({'; '.join(result.notes)})" if result.notes else ""
    print(
        f"{'PASS' if result.passed else 'FAIL'} {fault.__doc__}: sent {result.sent}, "
        f"acknowledged {result.acknowledged}, lost {result.lost}, doubled {result.doubled}, "
        f"out of order {result.out_of_order}, gaps {result.gaps}, unscanned {result.unscanned}, "
        f"clients astray {result.astray}, recovery {result.worst_ack_s} s, complete after "
        f"{result.settled_s} s{notes}",
        flush=True,
    )
    return result.passed


if __name__ == "__main__":
    sys.exit(main())
