"""``make bench-scan``: how fast messages are scanned, in process and through Celery and the database.

Prints lines and, last, one JSON object. Texts are clean service talk of many trades, one in a hundred with a
telephone number: no two the same in the first round; in the second, every conversation is held again word by
word, as with canned replies, and the results are remembered. State: ``.state-bench`` (or ``STATE``).
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

os.environ.setdefault("STATE", ".state-bench")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

from config import embedded
from training.everyday import everyday_lines

SEED = 20_261_123
TURNS = 8  # messages in a conversation
NUMBER = "+1 212 555 01{:02}"
WORKER = [sys.executable, "-m", "celery", "-q", "-A", "config.celery", "worker", "-Q", "scan"]
WORKER += ["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
START_SECONDS, MOST_SECONDS = 90, 600


def lines(count: int) -> Iterator[tuple[str, str]]:
    """(role, text): customer and seller by turns, all different."""
    chance = random.Random(SEED)
    pools: dict[str, list[str]] = {"customer": [], "seller": []}
    for number in range(count):
        role = ("customer", "seller")[number % 2]
        while not pools[role]:
            for who, text in everyday_lines(chance.randrange(1 << 30)):
                pools[who].append(text)
            chance.shuffle(pools["customer"])
            chance.shuffle(pools["seller"])
        text = f"{pools[role].pop()} {chance.choice(('', 'Nr.', 'ref'))} {number % 997}".strip()
        if number % 100 == 51:
            text = f"Call me, {NUMBER.format(number % 100)}"
        yield role, text


def prepare() -> None:
    embedded.ensure_running()
    for command in (["migrate", "-v0"], ["sync_policies"], ["sync_rule_packs"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True, stdout=subprocess.DEVNULL)
    django.setup()


def in_process(count: int) -> dict[str, float]:
    """Messages a second of the engine alone, one process, batches as in the worker."""
    from compliance.engine.context import Context, Turn
    from compliance.engine.pipeline import scan_batch

    items, said = [], []
    for number, (role, text) in enumerate(lines(count)):
        said = [] if number % TURNS == 0 else said
        sender: Any = role
        items.append((text, Context(sender=sender, history=tuple(said))))
        said.append(Turn(sender, text))
    scan_batch(items[:50])
    clock, cpu = time.perf_counter(), time.process_time()
    for start in range(0, count, 50):
        scan_batch(items[start : start + 50])
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    return {"per_second": round(count / clock), "per_cpu_second": round(count / cpu)}


def fill(count: int) -> list[int]:
    """Conversations with messages that wait for their scan; their ids."""
    from django.utils import timezone

    from accounts.models import User
    from chat.models import Conversation, Message, MessageScan
    from compliance.services.screening import current_ruleset
    from shops.models import Shop

    name = uuid4().hex[:10]
    shop = Shop.objects.create(slug=f"bench-{name}", name="Bench", time_zone="UTC")
    customers = User.objects.bulk_create(
        User(email=f"bench-{name}-{number}@example.com", display_name="Bench")
        for number in range(-(-count // TURNS))
    )
    talks = Conversation.objects.bulk_create(
        Conversation(customer=customer, shop=shop, last_seq=TURNS) for customer in customers
    )
    messages = Message.objects.bulk_create(
        Message(
            conversation=talks[number // TURNS],
            seq=number % TURNS + 1,
            change_no=number % TURNS + 1,
            author_kind="customer" if role == "customer" else "member",
            author=customers[number // TURNS] if role == "customer" else None,
            body=text,
            body_hash=hashlib.md5(text.encode(), usedforsecurity=False).digest(),
            created_at=timezone.now(),
        )
        for number, (role, text) in enumerate(lines(count))
    )
    ruleset = current_ruleset()
    MessageScan.objects.bulk_create(MessageScan(message=message, ruleset=ruleset) for message in messages)
    return [message.pk for message in messages]


def through_celery(ids: list[int], workers: int) -> dict[str, float]:
    """Messages a second from the first task to the last row that says done."""
    from chat.models import MessageScan
    from chat.tasks import scan_messages
    from compliance.models import Finding

    for start in range(0, len(ids), 100):
        scan_messages.delay(ids[start : start + 100])
    waiting = MessageScan.objects.filter(message__in=ids).exclude(state="done")
    process = subprocess.Popen([*WORKER, "-c", str(workers)], start_new_session=True)
    try:
        first = _until(lambda: waiting.count() < len(ids), START_SECONDS)
        done_at_first = len(ids) - waiting.count()
        cpu = _cpu_seconds(process.pid)
        last = _until(lambda: not waiting.exists(), MOST_SECONDS)
        cpu = _cpu_seconds(process.pid) - cpu
    finally:
        process.terminate()  # A warm end: the pool is not cut off.
        process.wait(timeout=60)
    found = Finding.objects.filter(subject_kind="message", subject_id__in=ids)
    return {
        "per_second": round((len(ids) - done_at_first) / (last - first)),
        "worker_cpu_ms": round(cpu * 1000 / (len(ids) - done_at_first), 2),  # per message, without PostgreSQL
        "flagged": found.values("subject_id").distinct().count(),
    }


def _cpu_seconds(group: int) -> float:
    """Of all processes of this group so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has just ended.
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _until(true: Any, seconds: float) -> float:
    """When it became true; ends the program if it doesn't."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise SystemExit("the worker did not finish")
        time.sleep(0.05)
    return time.monotonic()


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench-scan", description=__doc__)
    options.add_argument("--messages", type=int, default=4_000)
    options.add_argument("--workers", type=int, default=2)
    arguments = options.parse_args()
    prepare()
    figures: dict[str, Any] = {"messages": arguments.messages, "workers": arguments.workers}
    figures["in_process"] = in_process(arguments.messages)
    print(f"in process: {figures['in_process']}", flush=True)
    for round_name in ("new", "known"):
        ids = fill(arguments.messages)
        figures[round_name] = through_celery(ids, arguments.workers)
        print(f"through Celery and database, {round_name} texts: {figures[round_name]}", flush=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
