from celery import shared_task

from audit import services


@shared_task
def anchor_audit_head() -> None:
    """Safe to run at any time: it only appends the newest signed head to the anchor file."""
    services.anchor_head()
