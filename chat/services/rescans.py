"""Scanning old messages again under a new ruleset: resumable, one at a time, behind live messages.

The job is a row (``chat.models.rescans``). ``ensure`` makes one when the ruleset has changed, ``work`` does a
few seconds of it; beat calls both, so a killed worker or a lost queue only costs time. Findings are stored
once per ruleset, and batches commit together with the cursor: done twice is done once.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from chat.models import Message, MessageScan, Rescan, RescanChange
from chat.services import file_checks
from chat.services.scanning import scan_items, subjects_of
from compliance.access import role_names
from compliance.models import Finding
from compliance.services.attachments import Examination
from compliance.services.findings import Found, record_all
from compliance.services.screening import ScanItem, Screening, current_ruleset, scan_texts
from core.errors import Invalid

logger = logging.getLogger(__name__)

BATCH = 100
LEASE = timedelta(seconds=60)  # far above what a batch takes
LIVE_WAITS = timedelta(seconds=1)  # a live message that waits longer goes first
LONGEST_DAYS = 3_650


def ensure() -> Rescan | None:
    """The open job of the ruleset in force, made now if the ruleset is new. None where nothing is to do.

    Once per ruleset; switched off by RESCAN_DAYS = 0.
    """
    ruleset = current_ruleset()
    known = Rescan.objects.filter(ruleset=ruleset).order_by("-pk").first()
    if known is not None:
        return known if known.state in Rescan.OPEN_STATES else None
    if not settings.RESCAN_DAYS:
        return None
    job = start(days=settings.RESCAN_DAYS)
    return job if job.state in Rescan.OPEN_STATES else None


@transaction.atomic
def start(*, days: int | None, opens_cases: bool = True, by: User | None = None) -> Rescan:
    """A job over the last ``days`` (None: all) for the ruleset in force, or the one that is already open.

    An open job of another ruleset is stopped: its ruleset is no longer in force. ``Invalid`` for days that
    are out of range.
    """
    if days is not None and not 0 < days <= LONGEST_DAYS:
        raise Invalid(
            _("Days must lie between 1 and %(most)d.") % {"most": LONGEST_DAYS}, code="days_out_of_range"
        )
    ruleset = current_ruleset()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('chat.rescans'))")
    for job in Rescan.objects.select_for_update().filter(finished_at=None):
        if job.ruleset == ruleset:
            return job
        job.state, job.finished_at = Rescan.State.STOPPED, timezone.now()
        job.save(update_fields=["state", "finished_at"])
    since = timezone.now() - timedelta(days=days) if days is not None else None
    newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    job = Rescan(
        ruleset=ruleset,
        since=since,
        opens_cases=opens_cases,
        newest_id=newest,
        cursor=newest + 1,
        total=0,
        requested_by=by,
    )
    job.total = _unseen(job).count()
    if not job.total:
        job.state, job.finished_at = Rescan.State.DONE, timezone.now()
    job.save()
    if by is not None:
        record(
            action="rescan.started",
            actor=by,
            actor_role=role_names(by),
            target_type="rescan",
            target_id=job.pk,
            target_label=ruleset,
            changes={"messages": job.total, "days": days, "opens_cases": opens_cases},
        )
    return job


def work(*, seconds: float, patient: bool = True) -> int:
    """Do batches of the open job for so long; how many messages were done.

    ``patient``: stop as soon as live messages wait. Nothing happens while somebody else holds the job, or
    when its ruleset is not the one that this process runs.
    """
    began, done = time.monotonic(), 0
    lease = _claim()
    if lease is None:
        return 0
    job, until = lease
    while time.monotonic() - began < seconds and not (patient and _live_messages_wait()):
        before = time.monotonic()
        batch = list(_unseen(job).order_by("-pk")[:BATCH])
        if not batch:
            _finish(job)
            return done
        items = scan_items(batch, is_again=True)
        results = _Results(_scan(items), _examine(batch, items))
        next_until = _store(job, batch, results, until, time.monotonic() - before)
        if next_until is None:
            return done  # The lease ran out and somebody else went on.
        until = next_until
        done += len(batch)
    Rescan.objects.filter(pk=job.pk, leased_until=until).update(leased_until=None)
    return done


def _unseen(job: Rescan) -> QuerySet[Message]:
    """Messages below the cursor that the job's ruleset has not seen."""
    seen = MessageScan.objects.filter(message=OuterRef("pk"), ruleset=job.ruleset)
    rows = Message.objects.filter(~Exists(seen), pk__lt=job.cursor)
    if job.since is not None:
        rows = rows.filter(created_at__gte=job.since)
    return rows.select_related("conversation__shop", "conversation__customer", "conversation__product")


def _claim() -> tuple[Rescan, datetime] | None:
    """The open job and when its lease ends, if nobody holds it."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    rows = Rescan.objects.filter(free, finished_at=None, ruleset=current_ruleset())
    until = now + LEASE
    for pk in rows.values_list("pk", flat=True):
        taken = Rescan.objects.filter(free, pk=pk, finished_at=None)
        if taken.update(leased_until=until, state=Rescan.State.RUNNING):
            job = Rescan.objects.get(pk=pk)
            if job.started_at is None:
                job.started_at = now
                job.save(update_fields=["started_at"])
            return job, until
    return None


def _live_messages_wait() -> bool:
    """Whether a message that was just sent still waits for its own scan."""
    waiting = MessageScan.objects.filter(state=MessageScan.State.PENDING)
    return waiting.filter(created_at__lt=timezone.now() - LIVE_WAITS).exists()


def _scan(items: Sequence[ScanItem]) -> list[Screening | None]:
    """One result for each item; None where it cannot be scanned."""
    try:
        return list(scan_texts(items))
    except Exception:
        logger.exception("A batch could not be scanned again; its messages are tried one by one.")
    return [_scan_alone(item) for item in items]


def _scan_alone(item: ScanItem) -> Screening | None:
    try:
        return scan_texts([item])[0]
    except Exception:
        logger.exception("A message could not be scanned again.")
        return None


@dataclass(frozen=True, slots=True)
class _Results:
    """What a batch led to: the texts in the batch's order, the files by message id."""

    texts: Sequence[Screening | None]
    files: Mapping[int, Examination]


def _examine(batch: Sequence[Message], items: Sequence[ScanItem]) -> dict[int, Examination]:
    """The batch's files under the new ruleset, from what was read of them before."""
    try:
        return file_checks.examine_again(batch, items)
    except Exception:
        logger.exception("The files of a batch could not be judged again; they are tried one by one.")
    found: dict[int, Examination] = {}
    for message, item in zip(batch, items, strict=True):
        try:
            found |= file_checks.examine_again([message], [item])
        except Exception:
            logger.exception("The files of message %s could not be judged again.", message.pk)
    return found


@transaction.atomic
def _store(
    job: Rescan, batch: Sequence[Message], results: _Results, until: datetime, took: float
) -> datetime | None:
    """Findings, scan rows, differences, counts and cursor in one commit; the end of the new lease.

    None if the lease was lost: then nothing is stored.
    """
    owned = Rescan.objects.select_for_update().filter(pk=job.pk, leased_until=until, finished_at=None)
    if not owned.exists():
        return None
    now = timezone.now()
    done, pending = MessageScan.State.DONE, MessageScan.State.PENDING
    MessageScan.objects.bulk_create(
        [
            # What cannot be scanned goes to the live path, which ends with a person.
            MessageScan(
                message=message,
                ruleset=job.ruleset,
                state=done if screening else pending,
                finished_at=now if screening else None,
                attempts=1,
            )
            for message, screening in zip(batch, results.texts, strict=True)
        ],
        ignore_conflicts=True,
    )
    before = _policies_before([message.pk for message in batch], job.ruleset)
    found_in_files = _record_files(job, batch, results.files)
    flagged = _record(job, batch, results.texts, found_in_files)
    changes = []
    for message, screening in zip(batch, results.texts, strict=True):
        if screening is None:
            continue
        now_found = {found.policy for found in screening.findings} | found_in_files.get(message.pk, set())
        changes += _changes(job, message, before[message.pk], now_found)
    RescanChange.objects.bulk_create(changes, ignore_conflicts=True)
    job.cursor = batch[-1].pk
    next_until = now + LEASE
    Rescan.objects.filter(pk=job.pk).update(
        cursor=job.cursor,
        done=F("done") + len(batch),
        flagged=F("flagged") + flagged,
        total=_at_least(job, len(batch)),
        worked_seconds=F("worked_seconds") + took,
        leased_until=next_until,
    )
    return next_until


def _record(
    job: Rescan,
    batch: Sequence[Message],
    screenings: Sequence[Screening | None],
    found_in_files: Mapping[int, set[str]],
) -> int:
    """Keep what was found in the texts; in how many messages something was found, files included."""
    found = {
        message: screening
        for message, screening in zip(batch, screenings, strict=True)
        if screening is not None and screening.findings
    }
    subjects = subjects_of(list(found)) if found else {}
    record_all(
        [Found(subjects[message.pk], screening, job.ruleset) for message, screening in found.items()],
        open_cases=job.opens_cases,
    )
    return len({message.pk for message in found} | set(found_in_files))


def _record_files(
    job: Rescan, batch: Sequence[Message], files: Mapping[int, Examination]
) -> dict[int, set[str]]:
    """Keep what was found in files; the rules that they break, by message id."""
    broken: dict[int, set[str]] = {}
    for message in batch:
        found = files.get(message.pk)
        if found is not None and found.screening.findings:
            file_checks.record_again(message, found, ruleset=job.ruleset, opens_case=job.opens_cases)
            broken[message.pk] = {row.policy for row in found.screening.findings}
    return broken


def _at_least(job: Rescan, more: int) -> int:
    """The total, should messages have come since it was counted (an import below the newest id)."""
    job.done += more
    return max(job.total, job.done)


def _changes(job: Rescan, message: Message, before: set[str], now: set[str]) -> list[RescanChange]:
    added, gone = RescanChange.Kind.ADDED, RescanChange.Kind.GONE
    kinds = [(code, added) for code in sorted(now - before)] + [(code, gone) for code in sorted(before - now)]
    return [RescanChange(rescan=job, message=message, policy_code=code, kind=kind) for code, kind in kinds]


def _policies_before(ids: Sequence[int], ruleset: str) -> defaultdict[int, set[str]]:
    """What the ruleset before found in each message and its files: that of its newest other finished scan."""
    scans = MessageScan.objects.filter(message__in=ids, state=MessageScan.State.DONE).exclude(ruleset=ruleset)
    last = dict(scans.order_by("message_id", "pk").values_list("message_id", "ruleset"))
    found: defaultdict[int, set[str]] = defaultdict(set)
    rows = Finding.objects.filter(subject_kind__in=["message", file_checks.FILES], subject_id__in=ids)
    for message_id, of, code in rows.values_list("subject_id", "ruleset", "policy_code"):
        if last.get(message_id) == of:
            found[message_id].add(code)
    return found


def _finish(job: Rescan) -> None:
    Rescan.objects.filter(pk=job.pk, finished_at=None).update(
        state=Rescan.State.DONE, finished_at=timezone.now(), leased_until=None, total=F("done")
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. ``rate``: messages per second of work; ``left``: seconds of work, or None."""

    percent: int
    rate: float | None
    left: float | None


def progress_of(job: Rescan) -> Progress:
    rate = job.done / job.worked_seconds if job.worked_seconds else None
    left = (job.total - job.done) / rate if rate else None
    percent = 100 if job.state == Rescan.State.DONE else job.done * 100 // max(1, job.total)
    return Progress(percent, round(rate, 1) if rate else None, left)


def unseen_count(*, days: int) -> int:
    """Messages of the last days that the ruleset in force has not seen."""
    newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    since = timezone.now() - timedelta(days=days)
    return _unseen(Rescan(ruleset=current_ruleset(), since=since, cursor=newest + 1)).count()
