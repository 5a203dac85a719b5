"""The judgement of attached files: claimed by row, done by the app that owns what they are attached to.

``attach`` writes the row. The files' scan wakes it up, a sweeper is the certain path. Whoever owns a kind of
subject says at start-up how to judge it: ``judge_with("message", judge)`` in its ``apps.py``.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.realtime import enqueue_on_commit
from files.models import FileCheck, Upload
from files.selectors import uploads_of

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 5
RETRY = timedelta(seconds=20)
CHECK_TASK = "files.tasks.check_files"

# judge(subject_id, uploads, failure): ``failure`` says why nobody could judge, "" for an ordinary judgement.
Judge = Callable[[str, Sequence[Upload], str], None]
_judges: dict[str, Judge] = {}


def judge_with(subject_kind: str, judge: Judge) -> None:
    """Announce who judges files that are attached to this kind of subject."""
    _judges[subject_kind] = judge


def is_judged(subject_kind: str) -> bool:
    return subject_kind in _judges


def ask_for(subject_kind: str, subject_id: str) -> None:
    """Have the files of this subject judged, once more if they were before. In the caller's transaction."""
    check, is_new = FileCheck.objects.get_or_create(subject_kind=subject_kind, subject_id=subject_id)
    if not is_new and check.state in {FileCheck.State.DONE, FileCheck.State.FAILED}:
        check.state, check.attempts, check.leased_until = FileCheck.State.PENDING, 0, None
        check.save(update_fields=["state", "attempts", "leased_until"])
    enqueue_on_commit(CHECK_TASK, [check.pk])


def wake(uploads: Sequence[Upload]) -> None:
    """Their scans are done: whatever waited for them can be judged."""
    wanted = Q(pk__in=[])
    for upload in uploads:
        if upload.attached_at:
            wanted |= Q(subject_kind=upload.subject_kind, subject_id=upload.subject_id)
    ids = list(FileCheck.objects.filter(wanted, state=FileCheck.State.PENDING).values_list("pk", flat=True))
    if ids:
        enqueue_on_commit(CHECK_TASK, ids)


def run_check(*, check_id: int) -> str:
    """Judge one subject's files and return the row's state. Safe to run twice, and beside itself."""
    check = _lease(check_id)
    if check is None:
        return ""
    uploads = uploads_of(check.subject_kind, [check.subject_id])[check.subject_id]
    if any(upload.state == Upload.State.QUARANTINED for upload in uploads):
        return _wait(check)
    try:
        _judges[check.subject_kind](check.subject_id, uploads, "")
    except Exception as error:
        log.exception("files of %s %s could not be judged", check.subject_kind, check.subject_id)
        return _note_failure(check, uploads, error)
    return _settle(check, FileCheck.State.DONE)


@transaction.atomic
def _lease(check_id: int) -> FileCheck | None:
    now = timezone.now()
    check = (
        FileCheck.objects.select_for_update(skip_locked=True)
        .filter(pk=check_id, state__in=[FileCheck.State.PENDING, FileCheck.State.LEASED])
        .filter(Q(leased_until=None) | Q(leased_until__lt=now))
        .first()
    )
    if check is None or check.subject_kind not in _judges:
        return None
    check.state, check.leased_until = FileCheck.State.LEASED, now + LEASE
    check.attempts += 1
    check.save(update_fields=["state", "leased_until", "attempts"])
    return check


def _wait(check: FileCheck) -> str:
    """A file still waits for its scan; that is no failed attempt."""
    return _settle(check, FileCheck.State.PENDING, attempts=check.attempts - 1)


def _note_failure(check: FileCheck, uploads: Sequence[Upload], error: Exception) -> str:
    """Back to the queue; after too many attempts a person decides. Never taken for clean."""
    words = f"{type(error).__name__}: {error}"[:200]
    if check.attempts < MAX_ATTEMPTS:
        later = timezone.now() + RETRY * check.attempts
        return _settle(check, FileCheck.State.PENDING, last_error=words, leased_until=later)
    _judges[check.subject_kind](
        check.subject_id, uploads, f"The check failed {check.attempts} times: {words}"
    )
    return _settle(check, FileCheck.State.FAILED, last_error=words)


def _settle(check: FileCheck, state: str, **values: object) -> str:
    done = state in {FileCheck.State.DONE, FileCheck.State.FAILED}
    fields = {"leased_until": None, "finished_at": timezone.now() if done else None} | values
    FileCheck.objects.filter(pk=check.pk, state=FileCheck.State.LEASED).update(state=state, **fields)
    return state


def due_checks(*, limit: int = 50) -> list[int]:
    """Judgements that wait and that nobody is at, oldest first: what the sweeper takes on."""
    now = timezone.now()
    return list(
        FileCheck.objects.filter(state__in=[FileCheck.State.PENDING, FileCheck.State.LEASED])
        .filter(Q(leased_until=None) | Q(leased_until__lt=now))
        .order_by("created_at")
        .values_list("pk", flat=True)[:limit]
    )
