"""What the operator's status page shows, gathered once per request: a few small queries, Redis once."""

import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import django
from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q
from django.utils.translation import gettext
from kombu.exceptions import OperationalError

from chat.models import MessageScan, SessionMark, ShopSilence
from compliance.models import Appeal, Case
from compliance.services.screening import current_ruleset
from core import processes
from files.models import Upload
from metrics.models import Dispute, WeeklyEvaluation
from notifications.models import Notice
from web.templatetags.parley import words_for

SCAN_SLOW = timedelta(seconds=30)
QUEUE_SLOW = timedelta(seconds=60)
MAIL_SLOW = timedelta(minutes=5)
CLOCK_SLOW = timedelta(seconds=60)  # Several of the clock's tasks are due every ten seconds.
WORKERS_ANSWER_S = 0.5
CONNECTIONS_FULL = 0.8
FAILURES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One line: ``state`` is ok, warn or bad; ``help`` is a heading of the runbook, as an anchor."""

    name: str
    state: str
    words: str
    help: str = ""


def parts(now: datetime) -> dict[str, Any]:
    report = processes.report(_queue_names())
    workers = _workers() if report is not None else []
    shown = [
        _database(),
        _redis(report),
        _worker_part(report, workers),
        *_queue_parts(report, now),
        _clock(report, now),
        _scans(now),
        _uploads(now),
        _mail(now),
        _live(report),
    ]
    return {
        "parts": shown,
        "worst": max((part.state for part in shown), key=["ok", "warn", "bad"].index),
        "failures": report.failures[:FAILURES_SHOWN] if report else [],
        "scan_failures": _scan_failures(),
        "mail_failures": _mail_failures(),
        "versions": _versions(report),
        "work": _work(now),
    }


def _database() -> Part:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), current_setting('max_connections')::int,"
            " pg_size_pretty(pg_database_size(current_database())) FROM pg_stat_activity"
        )
        used, most, size = cursor.fetchone()
    values = {
        "ms": f"{(time.perf_counter() - started) * 1_000:.1f}",
        "used": used,
        "most": most,
        "size": size,
    }
    words = gettext("answers in %(ms)s ms, %(used)s of %(most)s connections, %(size)s") % values
    state = "warn" if used > most * CONNECTIONS_FULL else "ok"
    return Part(gettext("Database"), state, words, "what-runs")


def _redis(report: processes.Report | None) -> Part:
    if report is None:
        words = gettext("does not answer; live events are late, nothing is lost")
        return Part(gettext("Redis"), "bad", words, "when-something-is-wrong")
    values = {"ms": f"{report.ping_ms:.1f}", "mb": report.memory_bytes // 2**20}
    return Part(
        gettext("Redis"), "ok", gettext("answers in %(ms)s ms, %(mb)s MiB used") % values, "what-runs"
    )


def _workers() -> list[str]:
    try:
        answers = current_app.control.ping(timeout=WORKERS_ANSWER_S) or []
    except (OperationalError, OSError):
        return []
    return sorted(name for answer in answers for name in answer)


def _worker_part(report: processes.Report | None, workers: list[str]) -> Part:
    name = gettext("Workers")
    if report is None:
        return Part(name, "warn", gettext("unknown while Redis does not answer"), "what-runs")
    if not workers:
        words = gettext("none answered within half a second")
        return Part(name, "bad", words, "when-something-is-wrong")
    return Part(name, "ok", ", ".join(workers), "what-runs")


def _queue_parts(report: processes.Report | None, now: datetime) -> Iterable[Part]:
    for queue in report.queues if report else ():
        name = gettext("Queue %(name)s") % {"name": queue.name}
        if not queue.length:
            yield Part(name, "ok", gettext("empty"), "what-runs")
            continue
        words = gettext("%(n)s waiting") % {"n": queue.length}
        is_slow = queue.waiting_since is not None and now - queue.waiting_since > QUEUE_SLOW
        if queue.waiting_since:
            words += ", " + _oldest(queue.waiting_since, now)
        yield Part(name, "warn" if is_slow else "ok", words, "when-something-is-wrong")


def _clock(report: processes.Report | None, now: datetime) -> Part:
    last = max(report.handed_out.values(), default=None) if report else None
    if last is None:
        words = gettext("has not handed out a task since Redis started")
        return Part(gettext("Clock (beat)"), "warn", words, "what-runs")
    words = gettext("last tick %(time)s ago") % {"time": words_for((now - last).total_seconds())}
    return Part(gettext("Clock (beat)"), "bad" if now - last > CLOCK_SLOW else "ok", words, "what-runs")


def _scans(now: datetime) -> Part:
    waiting = MessageScan.objects.filter(state__in=[MessageScan.State.PENDING, MessageScan.State.LEASED])
    found = waiting.aggregate(number=Count("pk"), oldest=Min("created_at"))
    failed = MessageScan.objects.filter(state=MessageScan.State.FAILED).count()
    return _waiting_part(gettext("Message scans"), found, failed, SCAN_SLOW, now)


def _uploads(now: datetime) -> Part:
    found = Upload.objects.filter(state=Upload.State.QUARANTINED).aggregate(
        number=Count("pk"), oldest=Min("created_at")
    )
    return _waiting_part(gettext("Files in quarantine"), found, 0, QUEUE_SLOW, now)


def _mail(now: datetime) -> Part:
    due = Notice.objects.filter(
        mail_state__in=[Notice.MailState.PENDING, Notice.MailState.LEASED], mail_due_at__lte=now
    )
    found = due.aggregate(number=Count("pk"), oldest=Min("mail_due_at"))
    failed = Notice.objects.filter(mail_state=Notice.MailState.FAILED).count()
    return _waiting_part(gettext("E-mail"), found, failed, MAIL_SLOW, now)


def _waiting_part(name: str, found: dict[str, Any], failed: int, slow: timedelta, now: datetime) -> Part:
    words = gettext("%(n)s waiting") % {"n": found["number"]}
    is_slow = found["oldest"] is not None and now - found["oldest"] > slow
    if found["oldest"] is not None:
        words += ", " + _oldest(found["oldest"], now)
    if failed:
        words += ", " + gettext("%(n)s given up") % {"n": failed}
    return Part(name, "warn" if is_slow or failed else "ok", words, "when-something-is-wrong")


def _oldest(since: datetime, now: datetime) -> str:
    return gettext("the oldest for %(time)s") % {"time": words_for((now - since).total_seconds())}


def _live(report: processes.Report | None) -> Part:
    if report is None:
        return Part(gettext("Live"), "warn", gettext("unknown while Redis does not answer"), "what-runs")
    words = gettext("%(n)s people connected") % {"n": report.connected_people}
    return Part(gettext("Live"), "ok", words, "what-runs")


def _scan_failures() -> list[MessageScan]:
    rows = MessageScan.objects.filter(state=MessageScan.State.FAILED)
    return list(rows.order_by("-created_at")[:FAILURES_SHOWN])


def _mail_failures() -> list[Notice]:
    rows = Notice.objects.filter(mail_state=Notice.MailState.FAILED)
    return list(rows.order_by("-created_at")[:FAILURES_SHOWN])


def _versions(report: processes.Report | None) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        database = cursor.fetchone()[0]
    return [
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("PostgreSQL", database),
        ("Redis", report.redis_version if report else "–"),
        (gettext("Ruleset"), current_ruleset()),
        (gettext("Address"), settings.PUBLIC_URL),
    ]


def _work(now: datetime) -> list[tuple[str, int, str]]:
    """What waits for people: words, number, and the page it leads to."""
    last = WeeklyEvaluation.objects.filter(evaluated_at__gte=now - timedelta(days=7)).count()
    spam = Q(kind=SessionMark.Kind.SPAM, is_provisional=True, lifted_at=None)
    open_cases = Case.objects.filter(status__in=Case.OPEN_STATES, part_of=None)
    silent = ShopSilence.objects.filter(ended_at=None).count()
    return [
        (gettext("Shops open but silent"), silent, "ops:silent_shops"),
        (gettext("Open cases"), open_cases.count(), ""),
        (gettext("Open appeals"), Appeal.objects.filter(status__in=Appeal.OPEN_STATES).count(), ""),
        (gettext("Open disputes"), Dispute.objects.filter(status=Dispute.Status.OPEN).count(), ""),
        (gettext("Spam marks to check"), SessionMark.objects.filter(spam).count(), ""),
        (gettext("Weeks judged in 7 days"), last, ""),
    ]


def _queue_names() -> list[str]:
    routes = settings.CELERY_TASK_ROUTES.values()
    return sorted({settings.CELERY_TASK_DEFAULT_QUEUE, *(route["queue"] for route in routes)})
