from celery import shared_task

from notifications import services


@shared_task
def send_waiting_mail() -> None:
    """Safe to run twice and beside itself: every mail is claimed by its row."""
    services.send_waiting_mail()
