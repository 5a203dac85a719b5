"""``make bench-inbox``: Customer Messages of a shop with 1,000 conversations and of one with 100,000.

Both shops lie in one throw-away database. Every view of the inbox is asked for in turn, small and large one
after the other, as the page and over REST; the medians are compared, so the machine's speed cancels out. The
last line is one JSON object: ``queries`` is the most that any page took (login and rights included),
``ratio`` the cost of the large shop's inbox over the small one's, ``ratios`` the same for each view. State:
``.state-bench`` (or ``STATE``).
"""

import argparse
import json
import os
import statistics
import time

os.environ.setdefault("STATE", ".state-bench")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
import psycopg

from config import embedded

django.setup()

from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.inbox.shops import fill, settle

DATABASE = "bench_inbox"
SMALL, LARGE = 1_000, 100_000
VIEWS = ("mine", "unassigned", "all", "soon", "overdue", "unread", "snoozed", "closed", "spam")


def prepare() -> None:
    """Servers, and a database that nobody else uses."""
    embedded.ensure_running()
    with psycopg.connect(embedded.database_url(), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {DATABASE}")
    connections["default"].settings_dict["NAME"] = DATABASE
    call_command("migrate", verbosity=0)


def measure(rounds: int) -> dict[str, object]:
    """Fill, ask, compare. ``ms`` are medians over the rounds."""
    started = time.monotonic()
    shops = {size: fill(f"bench-{size}", size) for size in (SMALL, LARGE)}
    settle()
    print(f"filled in {time.monotonic() - started:.0f} s", flush=True)
    clients = {}
    for size, (_shop, agent) in shops.items():
        clients[size] = Client(HTTP_HOST="localhost")
        clients[size].force_login(agent)
    pages = {f"page {view}": f"/seller/bench-{{}}/messages/?view={view}" for view in VIEWS}
    pages["page label"] = "/seller/bench-{}/messages/?label={label}"
    pages |= {f"rest {view}": f"/api/v1/shops/bench-{{}}/desk?view={view}" for view in VIEWS}
    times: dict[str, dict[int, list[float]]] = {name: {SMALL: [], LARGE: []} for name in pages}
    queries: dict[str, int] = dict.fromkeys(pages, 0)
    for number in range(rounds + 1):
        for name, path in pages.items():
            for size, client in clients.items():
                label = shops[size][0].labels.order_by("pk").values_list("pk", flat=True)[0]
                address = path.format(size, label=label)
                if number == 0:  # Warm, and counted.
                    with CaptureQueriesContext(connection) as seen:
                        answer = client.get(address)
                    assert answer.status_code == 200, address
                    queries[name] = max(queries[name], len(seen))
                    continue
                began = time.perf_counter()
                client.get(address)
                times[name][size].append((time.perf_counter() - began) * 1000)
    return compare(times, queries)


def compare(times: dict[str, dict[int, list[float]]], queries: dict[str, int]) -> dict[str, object]:
    """The table and the line of figures."""
    middle = {
        name: {size: statistics.median(took) for size, took in both.items()} for name, both in times.items()
    }
    print(f"{'':18}{SMALL:>10,} ms{LARGE:>10,} ms   ratio  queries")
    for name, both in middle.items():
        ratio = both[LARGE] / both[SMALL]
        print(f"{name:18}{both[SMALL]:>13.1f}{both[LARGE]:>13.1f}{ratio:>8.2f}{queries[name]:>9}")
    inbox = middle["page all"]
    return {
        "conversations": [SMALL, LARGE],
        "queries": max(queries.values()),
        "ms": {str(size): round(inbox[size], 2) for size in (SMALL, LARGE)},
        "ratio": round(inbox[LARGE] / inbox[SMALL], 3),
        "worst_ratio": round(max(both[LARGE] / both[SMALL] for both in middle.values()), 3),
        "ratios": {name: round(both[LARGE] / both[SMALL], 3) for name, both in middle.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the inbox of a small and of a large shop.")
    parser.add_argument("--rounds", type=int, default=15, help="how often each page is asked for")
    asked = parser.parse_args()
    prepare()
    try:
        figures = measure(asked.rounds)
    finally:
        connections.close_all()
        with psycopg.connect(embedded.database_url(), autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
