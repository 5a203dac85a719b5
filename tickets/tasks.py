"""Celery wrappers. The database decides what is due; each tick may run twice or beside itself."""

from celery import shared_task

from tickets.services import automation, conversation, drafts, slas


@shared_task(ignore_result=True)
def watch_promises() -> None:
    """Every minute: escalate before a promise breaks, mark the ones that did, run the rules about time."""
    slas.sweep_due()
    automation.tick()


@shared_task(ignore_result=True)
def close_old() -> None:
    """Every hour: close what was solved 14 days ago, and forget old drafts."""
    while conversation.close_old():
        continue
    drafts.clean_drafts()
