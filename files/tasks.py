"""Celery wrappers of the queue ``attachments``. The row is the queue: these only say "look"."""

import time

from celery import shared_task
from django.db.models import Q

from files.models import Upload
from files.services import checks, reading, scanning, storage, uploads

# A sweep stops before Celery's soft limit; the next one goes on.
SWEEP_S = 60.0


@shared_task(acks_late=True, ignore_result=True)
def scan_uploads(upload_ids: list[int]) -> None:
    """Safe to run twice: the service leases each row."""
    for upload_id in upload_ids:
        scanning.scan_upload(upload_id=upload_id)


@shared_task(acks_late=True, ignore_result=True)
def check_files(check_ids: list[int]) -> None:
    """Safe to run twice: the service leases each row."""
    for check_id in check_ids:
        checks.run_check(check_id=check_id)


@shared_task(ignore_result=True)
def sweep_uploads() -> None:
    """Every 30 seconds: scan and judge what the fast path missed."""
    began = time.monotonic()
    for upload_id in scanning.due_scans():
        if time.monotonic() - began < SWEEP_S:
            scanning.scan_upload(upload_id=upload_id)
    for check_id in checks.due_checks():
        if time.monotonic() - began < SWEEP_S:
            checks.run_check(check_id=check_id)


@shared_task(ignore_result=True)
def clean_uploads() -> None:
    """Once a day: files nobody attached for 30 days, readings and bytes that no row names."""
    uploads.remove_abandoned()
    reading.forget_unused()
    storage.sweep_orphans(lambda key: Upload.objects.filter(Q(storage_key=key) | Q(masked_key=key)).exists())
