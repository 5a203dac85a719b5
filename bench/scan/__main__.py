"""``make bench-scan``: how fast messages are scanned, in process and through Celery and the database.

Prints lines and, last, one JSON object. Rounds, each with messages of its own (``bench/scan/talk.py``):

* ``plumbing``: the product with an engine that finds nothing in no time: the ceiling that Celery, PostgreSQL
  and Redis set;
* ``naive``: a task, a transaction and a call of the engine for each message, the pattern to compare with;
* ``new``: the product, and no text is known; ``known``: the same chats word by word, results are remembered;
* ``alone``: messages sent one by one while the worker has nothing to do: milliseconds from the
  acknowledgement to the end of the scan.

``--engine none`` measures the plumbing only. State: ``.state-bench`` (or ``STATE``).
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

os.environ.setdefault("STATE", ".state-bench")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

from bench.scan.talk import TURNS, Line, chats
from config import embedded

WORKER = [sys.executable, "-m", "celery", "-q", "-A", "config.celery", "worker", "-Q", "scan"]
WORKER += ["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
START_SECONDS, MOST_SECONDS = 180, 1_800
IN_A_TASK = 100  # as core.realtime sends them at most
HOLLOW, NAIVE = "bench.scan.hollow", "bench.scan.naive"
ALONE = 40
PAUSE_S = 0.2


def prepare() -> None:
    embedded.ensure_running()
    for command in (["migrate", "-v0"], ["sync_policies"], ["sync_rule_packs"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True, stdout=subprocess.DEVNULL)
    django.setup()


def drop_leftovers() -> None:
    """What a run that was cut off left waiting would be worked by this one."""
    from celery import current_app

    from chat.models import MessageScan

    with current_app.connection_for_write() as connection:
        connection.default_channel.queue_purge("scan")
    MessageScan.objects.filter(state__in=["pending", "leased"]).update(state="done")


def in_process(talk: Sequence[Sequence[Line]]) -> dict[str, float]:
    """Messages a second of the engine alone, one process, batches as in the worker."""
    from compliance.engine.context import Context, Turn
    from compliance.engine.pipeline import scan_batch

    items = []
    for chat in talk:
        said: list[Turn] = []
        for line in chat:
            sender: Any = line.role
            items.append((line.text, Context(sender=sender, history=tuple(said))))
            said.append(Turn(sender, line.text))
    scan_batch(items[:50])
    clock, cpu = time.perf_counter(), time.process_time()
    flagged = 0
    for start in range(0, len(items), IN_A_TASK):
        flagged += sum(bool(result.findings) for result in scan_batch(items[start : start + IN_A_TASK]))
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    return {
        "per_second": round(len(items) / clock),
        "per_cpu_second": round(len(items) / cpu),
        "flagged": flagged,
    }


def fill(talk: Sequence[Sequence[Line]]) -> list[int]:
    """Conversations with messages that wait for their scan, as sending leaves them; their ids."""
    from django.utils import timezone

    from accounts.models import User
    from chat.models import Conversation, Message, MessageScan
    from compliance.services.screening import current_ruleset
    from shops.models import Product, Shop

    name = uuid4().hex[:10]
    shop = Shop.objects.create(slug=f"bench-{name}", name="Bench", time_zone="UTC")
    product = Product.objects.create(shop=shop, slug="board", title="Walnut board", price_cents=4_500)
    customers = User.objects.bulk_create(
        User(email=f"bench-{name}-{number}@example.com", display_name="Bench") for number in range(len(talk))
    )
    talks = Conversation.objects.bulk_create(
        Conversation(customer=customer, shop=shop, product=product, last_seq=TURNS, change_no=TURNS)
        for customer in customers
    )
    messages = Message.objects.bulk_create(
        Message(
            conversation=conversation,
            seq=seq,
            change_no=seq,
            author_kind="customer" if line.role == "customer" else "member",
            author=conversation.customer if line.role == "customer" else None,
            body=line.text,
            body_hash=hashlib.md5(line.text.encode(), usedforsecurity=False).digest(),
            created_at=timezone.now(),
            **_as_sent(line, chat[: seq - 1], shop, product),
        )
        for conversation, chat in zip(talks, talk, strict=True)
        for seq, line in enumerate(chat, start=1)
    )
    ruleset = current_ruleset()
    MessageScan.objects.bulk_create(MessageScan(message=message, ruleset=ruleset) for message in messages)
    return [message.pk for message in messages]


def _as_sent(line: Line, earlier: Sequence[Line], shop: Any, product: Any) -> dict[str, Any]:
    """The state in which the pass before storing leaves a message."""
    from compliance.services.screening import screen_text

    sender: Any = line.role
    history: Any = [(each.role, each.text) for each in earlier]
    seen = screen_text(
        text=line.text, sender=sender, history=history, shop=shop, customer_name="Bench", product=product
    )
    spans = [list(span) for span in seen.mask_spans]
    state = "withheld" if seen.must_withhold else "masked" if spans else "visible"
    return {"state": state, "mask_spans": spans}


@contextmanager
def worker(processes: int, include: str = "") -> Iterator[int]:
    """A worker of the product, with one more module where that is named; the number of its session."""
    command = [*WORKER, "-c", str(processes), *(["--include", include] if include else [])]
    environment = os.environ | {"PARLEY_PROCESS": "worker"}
    process = subprocess.Popen(command, start_new_session=True, env=environment)
    try:
        yield process.pid
    finally:
        process.terminate()  # A warm end: the pool is not cut off.
        process.wait(timeout=120)


def through_celery(ids: list[int], processes: int, include: str = "") -> dict[str, float]:
    """Messages a second from the first that is done to the last, and what each cost."""
    from celery import current_app

    from chat.models import MessageScan
    from chat.tasks import scan_messages
    from compliance.models import Finding

    if include == NAIVE:
        for message_id in ids:
            current_app.send_task(f"{NAIVE}.scan_one", args=[message_id], queue="scan")
    else:
        for start in range(0, len(ids), IN_A_TASK):
            scan_messages.delay(ids[start : start + IN_A_TASK])
    rows = MessageScan.objects.filter(message__gte=min(ids), message__lte=max(ids))
    waiting = rows.filter(state__in=["pending", "leased"])
    with worker(processes, include) as group:
        first = _until(lambda: waiting.count() < len(ids), START_SECONDS)
        before = len(ids) - waiting.count()
        cpu, database_cpu = _cpu_of(group), _cpu_of_database()
        last = _until(lambda: not waiting.exists(), MOST_SECONDS)
        cpu, database_cpu = _cpu_of(group) - cpu, _cpu_of_database() - database_cpu
    counted = max(1, len(ids) - before)
    found = Finding.objects.filter(subject_kind="message", subject_id__range=(min(ids), max(ids)))
    return {
        "per_second": round(counted / max(last - first, 0.001)),
        "worker_cpu_ms": round(cpu * 1000 / counted, 2),  # per message
        "postgres_cpu_ms": round(database_cpu * 1000 / counted, 2),
        "per_two_cpu_seconds": round(2 * counted / max(cpu + database_cpu, 0.001)),
        "flagged": found.values("subject_id").distinct().count(),
        "not_done": rows.exclude(state="done").count(),
    }


def alone(processes: int) -> dict[str, float]:
    """Milliseconds from the acknowledgement of a message to the end of its scan, the worker being idle."""
    from accounts.models import User
    from chat.models import Conversation, MessageScan
    from chat.services.messages import send_message
    from shops.models import Shop

    name = uuid4().hex[:10]
    shop = Shop.objects.create(slug=f"bench-{name}", name="Bench", time_zone="UTC")
    questions = [line.text for chat in chats(ALONE, seed=7) for line in chat[:1]]
    took = []
    with worker(processes):
        for number, text in enumerate(questions):
            # One message of each: nobody's rate is limited.
            customer = User.objects.create(email=f"bench-{name}-{number}@example.com", display_name="Bench")
            conversation = Conversation.objects.create(customer=customer, shop=shop)
            sent = send_message(
                conversation=conversation, author=customer, body=text, client_ref=uuid4()
            ).message
            acknowledged = time.monotonic()
            waiting = MessageScan.objects.filter(message=sent).exclude(state="done")
            done = _until(lambda: not waiting.exists(), START_SECONDS, every=0.002)  # noqa: B023
            if number:  # The first waits for the worker to start.
                took.append((done - acknowledged) * 1000)
            time.sleep(PAUSE_S)
    return {
        "p50": round(statistics.median(took), 1),
        "p95": round(statistics.quantiles(took, n=20)[-1], 1),
        "messages": len(took),
    }


def forget_results() -> None:
    from compliance.services import scan_cache

    client, keys = scan_cache._client(), _result_keys()
    for start in range(0, len(keys), 1_000):
        client.delete(*keys[start : start + 1_000])


def _result_keys() -> list[Any]:
    from django.conf import settings

    from compliance.services import scan_cache

    return list(scan_cache._client().scan_iter(match=f"{settings.REDIS_PREFIX}:scan:*", count=1_000))


def _cpu_of(session: int) -> float:
    """Seconds of all processes of this session so far."""
    return sum(seconds for number, _parent, seconds in _processes() if number == session)


def _cpu_of_database() -> float:
    """Seconds of PostgreSQL's processes so far; 0 where it isn't the embedded one."""
    found = sorted(embedded.state_folder().rglob("postmaster.pid"))
    if not found:
        return 0.0
    postmaster = int(found[0].read_text().split()[0])
    # Those that are there, and those that have ended: the first process waits for them.
    ended = Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()[13:15]
    there = sum(seconds for _session, parent, seconds in _processes() if parent == postmaster)
    return there + sum(map(int, ended)) / os.sysconf("SC_CLK_TCK")


def _processes() -> Iterator[tuple[int, int, float]]:
    """(session, parent, seconds of CPU) of every process."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has just ended.
        seconds = sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
        yield int(fields[3]), int(fields[1]), seconds


def _until(true: Any, seconds: float, every: float = 0.05) -> float:
    """When it became true; ends the program if it doesn't."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise SystemExit("the worker did not finish")
        time.sleep(every)
    return time.monotonic()


def mix_of(talk: Sequence[Sequence[Line]]) -> dict[str, Any]:
    """What is scanned."""
    texts = [line.text for chat in talk for line in chat]
    return {
        "messages": len(texts),
        "chats": len(talk),
        "distinct": len(set(texts)),
        "distinct_share": round(len(set(texts)) / len(texts), 3),
        "mean_characters": round(statistics.mean(map(len, texts))),
    }


def plumbing(talk: Sequence[Sequence[Line]], processes: int) -> dict[str, float]:
    forget_results()
    try:
        return through_celery(fill(talk), processes, HOLLOW)
    finally:
        forget_results()  # Nothing that an engine said is among them.


def product(talk: Sequence[Sequence[Line]], processes: int) -> dict[str, float]:
    """With the share of results that were remembered and not worked out."""
    before = len(_result_keys())
    figures = through_celery(fill(talk), processes)
    count = sum(map(len, talk))
    return figures | {"cached_share": round(1 - (len(_result_keys()) - before) / count, 3)}


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench-scan", description=__doc__)
    options.add_argument("--messages", type=int, default=4_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--naive", type=int, default=400, help="messages of the naive round")
    options.add_argument("--engine", choices=["full", "none"], default="full")
    arguments = options.parse_args()
    prepare()
    drop_leftovers()
    talk = chats(-(-arguments.messages // TURNS))
    figures: dict[str, Any] = {
        "workers": arguments.workers,
        "cores": len(os.sched_getaffinity(0)),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "mix": mix_of(talk),
    }

    def say(name: str, found: dict[str, float]) -> None:
        figures[name] = found
        print(f"{name}: {found}", flush=True)

    print(f"mix: {figures['mix']}, load: {figures['load_before']}", flush=True)
    say("plumbing", plumbing(talk, arguments.workers))
    if arguments.engine == "full":
        say("in_process", in_process(talk))
        few = chats(-(-arguments.naive // TURNS), seed=3)
        say("naive", through_celery(fill(few), arguments.workers, NAIVE))
        say("new", product(talk, arguments.workers))
        say("known", product(talk, arguments.workers))
        say("alone_ms", alone(arguments.workers))
        for key in ("per_second", "per_two_cpu_seconds"):
            figures[f"times_naive_{key}"] = round(figures["new"][key] / max(1, figures["naive"][key]), 1)
    figures["load_after"] = [round(load, 2) for load in os.getloadavg()]
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
