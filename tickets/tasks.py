"""Celery wrappers. The database decides what is due; each tick may run twice or beside itself."""

from celery import shared_task

from tickets.services import automation, conversation, drafts, inbound, slas


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


@shared_task(ignore_result=True)
def read_mailbox() -> None:
    """Every minute: take answers by e-mail from the mailbox, if one is set up. The Message-ID is kept."""
    inbound.poll_mailbox()
