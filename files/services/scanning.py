"""Quarantine: every upload is scanned before anybody can read it, and a missing scanner never means clean."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.realtime import enqueue_on_commit
from files.models import Upload
from files.services import checks, reading, scanners, storage

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)
SCAN_TASK = "files.tasks.scan_uploads"
MAX_ATTEMPTS = 20
# Gaps of a reading that leave open whether something harmful lies inside.
_UNSEEN = frozenset({"crashed", "timeout", "locked"})


def scan_upload(*, upload_id: int) -> str:
    """Scan one quarantined upload and return its state. Safe to run twice, and beside itself."""
    upload = _lease(upload_id)
    if upload is None:
        return ""
    path = storage.path_of(upload.storage_key)
    try:
        verdicts = [scanners.scan_built_in(path, upload.content_type)]
        if verdicts[0].is_clean and settings.CLAMAV_ADDRESS:
            verdicts.append(scanners.scan_clamav(path, settings.CLAMAV_ADDRESS))
    except scanners.ScannerUnavailable as error:
        log.warning("upload %s stays in quarantine: %s", upload.pk, error)
        return _give_back(upload)
    except FileNotFoundError:
        return _settle(upload, Upload.State.FAILED, "the stored file is missing", "")
    scanner = "+".join(v.scanner for v in verdicts)
    if found := next((v for v in verdicts if not v.is_clean), None):
        return _settle(upload, Upload.State.INFECTED, found.reason, scanner)
    return _settle(upload, *_look_inside(upload), scanner)


def _look_inside(upload: Upload) -> tuple[str, str]:
    """Read the contents, which the judgement will need, and see what lies inside: (state, verdict)."""
    upload.reading = reading.read_upload(upload)
    contents = upload.reading.contents
    if contents["alarms"]:
        return Upload.State.INFECTED, contents["alarms"][0]
    # A picture was written anew, so whatever else is wrong with it, it can do no harm. A document that nobody
    # could look into is not clean.
    unseen = [gap for gap in contents["gaps"] if gap in _UNSEEN]
    if unseen and not upload.is_image:
        return Upload.State.FAILED, f"could not be looked into ({unseen[0]})"
    return Upload.State.CLEAN, ""


@transaction.atomic
def _lease(upload_id: int) -> Upload | None:
    now = timezone.now()
    upload = (
        Upload.objects.select_for_update(skip_locked=True)
        .filter(pk=upload_id, state=Upload.State.QUARANTINED)
        .filter(Q(leased_until=None) | Q(leased_until__lt=now))
        .first()
    )
    if upload:
        upload.leased_until = now + LEASE
        upload.scan_attempts += 1
        upload.save(update_fields=["leased_until", "scan_attempts"])
    return upload


def _give_back(upload: Upload) -> str:
    """Not scanned: try again later, and call a person after many tries. Never clean."""
    failed = upload.scan_attempts >= MAX_ATTEMPTS
    wait = timedelta(seconds=min(30 * 2 ** min(upload.scan_attempts, 6), 1800))
    Upload.objects.filter(pk=upload.pk, state=Upload.State.QUARANTINED).update(
        state=Upload.State.FAILED if failed else Upload.State.QUARANTINED,
        leased_until=timezone.now() + wait,
        verdict="the scanner could not be reached",
    )
    if failed:
        checks.wake([Upload.objects.get(pk=upload.pk)])
    return Upload.State.FAILED if failed else Upload.State.QUARANTINED


def _settle(upload: Upload, state: str, verdict: str, scanner: str) -> str:
    changed = Upload.objects.filter(pk=upload.pk, state=Upload.State.QUARANTINED).update(
        state=state,
        verdict=verdict[:200],
        scanned_by=scanner,
        scanned_at=timezone.now(),
        leased_until=None,
        reading=upload.reading,
    )
    if changed and state == Upload.State.INFECTED:
        log.warning("upload %s: malware found (%s)", upload.pk, verdict)
    if changed:
        checks.wake([Upload.objects.get(pk=upload.pk)])
    return state


@transaction.atomic
def scan_again(*, upload: Upload) -> None:
    """A person wants a file that could not be scanned to be tried once more."""
    changed = Upload.objects.filter(pk=upload.pk, state=Upload.State.FAILED).update(
        state=Upload.State.QUARANTINED, scan_attempts=0, leased_until=None, verdict=""
    )
    if changed:
        enqueue_on_commit(SCAN_TASK, [upload.pk])


def due_scans(*, limit: int = 50) -> list[int]:
    """Quarantined uploads that nobody is scanning, oldest first: what the sweeper takes on."""
    now = timezone.now()
    return list(
        Upload.objects.filter(state=Upload.State.QUARANTINED)
        .filter(Q(leased_until=None) | Q(leased_until__lt=now))
        .order_by("created_at")
        .values_list("pk", flat=True)[:limit]
    )
