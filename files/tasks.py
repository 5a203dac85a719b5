"""Celery wrappers. The row is the queue: these only say "look"."""

from celery import shared_task

from files.models import Upload
from files.services import scanning, storage, uploads


@shared_task(acks_late=True, ignore_result=True)
def scan_upload(upload_id: int) -> None:
    """Safe to run twice: the service leases the row."""
    scanning.scan_upload(upload_id=upload_id)


@shared_task(ignore_result=True)
def sweep_uploads() -> None:
    """Every 30 seconds: scan what the fast path missed."""
    for upload_id in scanning.due_scans():
        scanning.scan_upload(upload_id=upload_id)


@shared_task(ignore_result=True)
def clean_uploads() -> None:
    """Once a day: files nobody attached for 30 days, and bytes that no row names."""
    uploads.remove_abandoned()
    storage.sweep_orphans(lambda key: Upload.objects.filter(storage_key=key).exists())


def queue_scan(upload_id: int) -> None:
    """The fast path after commit; the sweeper covers the case that it fails."""
    scan_upload.delay(upload_id)
