"""Celery wrappers. The row is the queue: these only say "look"."""

from celery import shared_task

from files.models import Upload
from files.services import scanning, storage, uploads


@shared_task(acks_late=True, ignore_result=True)
def scan_uploads(upload_ids: list[int]) -> None:
    """Safe to run twice: the service leases each row."""
    for upload_id in upload_ids:
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
