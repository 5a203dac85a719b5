"""Celery wrapper. The database decides what is due; a tick may run twice or beside itself."""

from celery import shared_task

from accounts.services import erasing


@shared_task(ignore_result=True)
def erase_due() -> None:
    """Every hour: carry out the erasures whose time has come and that nothing holds."""
    erasing.erase_due()
