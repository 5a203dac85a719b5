"""``make bench-chat``: the tutorial's chat, ours and the bare limit, in turn, on the same servers.

Prints a table and, as its last line, one JSON object. Compare the ratios: the machine's speed cancels out
there. State: ``.state-bench`` (or ``STATE``). No worker runs in any of the three, so ours leaves its scan
rows waiting; login, permission, screening, idempotency, numbering and the session ledger are on.
"""

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict

os.environ.setdefault("STATE", ".state-bench")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
import psycopg

from bench.chat.dialects import Bare, Parley, Tutorial
from bench.chat.load import Dialect, Figures, Seat, measure, median_of
from bench.chat.wire import connect
from config import embedded
from config.supervisor import commands

DATABASE = "bench_baselines"
SOCKETS_PER_PERSON = 10  # The limit of ours.


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare() -> dict[str, str]:
    """Servers, schema and the baselines' own database; returns the baselines' environment."""
    embedded.ensure_running()
    host = str(embedded.socket_folder())
    with psycopg.connect(embedded.database_url(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")
    for command in (["migrate", "-v0"], ["sync_policies"], ["sync_rule_packs"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True, stdout=subprocess.DEVNULL)
    django.setup()
    return {
        "BENCH_DATABASE": DATABASE,
        "BENCH_USER": embedded.DATABASE_USER,
        "BENCH_HOST": host,
        "BENCH_REDIS_URL": embedded.redis_url(),
    }


@contextlib.contextmanager
def server(command: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    """Run a server until the block ends; yields its process id."""
    process = subprocess.Popen(
        command,
        env=os.environ | environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"did not start: {' '.join(command)}")
            time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=1):
            return True
    except urllib.error.HTTPError:
        return True  # Not its page, yet its answer.
    except OSError:
        return False


def daphne(target: str, port: int) -> list[str]:
    return [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port), target]


def our_server(port: int) -> list[str]:
    """The very command line that `make up` runs."""
    return commands(host="127.0.0.1", port=port, state=embedded.state_folder())["web"]


def rate_of(
    dialect: Dialect,
    seats: list[Seat],
    command: list[str],
    environment: dict[str, str],
    args: argparse.Namespace,
) -> Figures:
    with server(command, dialect.port, environment):
        return asyncio.run(measure(dialect, seats, warm_up_s=args.warm_up, seconds=args.seconds))


def bytes_per_idle_socket(count: int) -> tuple[int, int]:
    """(bytes, sockets): how much daphne's resident memory grows with that many logged-in, silent sockets."""
    from bench.chat.people import sessions_for  # After django.setup().

    keys = sessions_for(-(-count // SOCKETS_PER_PERSON))
    port = free_port()
    with server(our_server(port), port, {}) as pid:
        return asyncio.run(_grow(pid, port, keys, count))


async def _grow(pid: int, port: int, keys: list[str], count: int) -> tuple[int, int]:
    # A few sockets first, so that what is loaded once is not counted.
    warm = [await connect(port, "/ws/v1/", cookie(keys[0]), lambda _: None) for _ in range(3)]
    await asyncio.sleep(1)
    for wire in warm:
        wire.transport.close()
    await asyncio.sleep(2)
    before = resident_bytes(pid)
    hellos = 0

    def on_text(_payload: bytes) -> None:
        nonlocal hellos
        hellos += 1

    wires = []
    for index in range(count):
        wires.append(await connect(port, "/ws/v1/", cookie(keys[index // SOCKETS_PER_PERSON]), on_text))
    for _ in range(100):
        if hellos >= count:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(2)
    after = resident_bytes(pid)
    open_now = sum(not wire.closed.is_set() for wire in wires)
    for wire in wires:
        wire.transport.close()
    if open_now < count or hellos < count:
        raise SystemExit(f"only {open_now} of {count} sockets stayed open ({hellos} were greeted)")
    return (after - before) // count, count


def cookie(session_key: str) -> dict[str, str]:
    return {"Cookie": f"sessionid={session_key}"}


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40, help="conversations, two sockets each")
    parser.add_argument("--seconds", type=float, default=6, help="measured seconds of each round")
    parser.add_argument("--warm-up", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle-sockets", type=int, default=2000)
    args = parser.parse_args()

    environment = prepare()
    from bench.chat.people import seats_for  # After django.setup().

    rooms = [Seat(f"/ws/chat/room{n}/", {}, n) for n in range(args.pairs) for _ in range(2)]
    plain = [Seat(f"/room{n}", {}, n) for n in range(args.pairs) for _ in range(2)]
    results: dict[str, list[Figures]] = {"tutorial": [], "parley": [], "bare": []}
    for number in range(args.rounds):
        subprocess.run(
            [sys.executable, "-m", "bench.chat.tutorial"], env=os.environ | environment, check=True
        )
        runs: list[tuple[Dialect, list[Seat], list[str]]] = []
        ports = [free_port() for _ in range(3)]
        runs.append((Tutorial(ports[0]), rooms, daphne("bench.chat.tutorial:application", ports[0])))
        runs.append((Parley(ports[1]), seats_for(args.pairs), our_server(ports[1])))
        runs.append((Bare(ports[2]), plain, [sys.executable, "-m", "bench.chat.bare", str(ports[2])]))
        for dialect, seats, command in runs:
            figures = rate_of(dialect, seats, command, environment, args)
            results[dialect.name].append(figures)
            print(f"round {number + 1}  {dialect.name:<9} {show(figures)}", flush=True)

    medians = {name: median_of(rounds) for name, rounds in results.items()}
    per_socket, sockets = bytes_per_idle_socket(args.idle_sockets)
    print(f"\n{'medians':<18} {args.pairs} pairs of sockets, {args.rounds} rounds of {args.seconds:g} s")
    for name, figures in medians.items():
        print(f"  {name:<16} {show(figures)}")
    print(f"  {per_socket / 1024:.1f} KiB per idle socket ({sockets} logged-in sockets)")
    ours_per_s = medians["parley"].messages_per_s
    summary = {name: asdict(figures) for name, figures in medians.items()} | {
        "ratio_to_tutorial": round(ours_per_s / medians["tutorial"].messages_per_s, 2),
        "ratio_to_bare": round(ours_per_s / medians["bare"].messages_per_s, 2),
        "bytes_per_idle_socket": per_socket,
    }
    print(json.dumps(summary))


def show(figures: Figures) -> str:
    return (
        f"{figures.messages_per_s:8.1f} messages/s"
        f"   ack p50 {figures.ack_ms['p50']:7.2f} p99 {figures.ack_ms['p99']:7.2f} ms"
        f"   delivery p50 {figures.delivery_ms['p50']:7.2f} p99 {figures.delivery_ms['p99']:7.2f} ms"
    )


if __name__ == "__main__":
    main()
