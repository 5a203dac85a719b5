"""Celery's door to chat's services. Tasks say "look"; the rows say what there is to do."""

from celery import shared_task

from chat.services import (
    assigning,
    auto_replies,
    away_mail,
    corrections,
    reachability,
    rescans,
    scanning,
    snoozing,
)


@shared_task
def scan_messages(ids: list[int]) -> None:
    """Safe to run twice and beside itself: every message is claimed by its scan row.

    Then the automatic replies, of the messages that were scanned here: so nothing answers a message that is
    withheld. Sweepers do what is lost in between.
    """
    done = scanning.scan_messages(ids)
    if done:
        auto_replies.answer_messages(done)
        assigning.assign_after_messages(done)


@shared_task
def sweep_scans() -> None:
    """The certain path: whatever the fast one left. Safe beside itself."""
    scanning.sweep()


@shared_task
def sweep_auto_replies() -> None:
    """The certain path of automatic replies. Safe beside itself."""
    auto_replies.sweep()


@shared_task
def tend_desks() -> None:
    """End snoozes that are over, hand out what nobody has. Safe twice and beside itself."""
    snoozing.wake_due()
    assigning.assign_waiting()


@shared_task
def send_unread_mail() -> None:
    """Safe beside itself: what somebody was told is a number that moves once."""
    away_mail.send_unread_mail()


@shared_task
def watch_silent_shops() -> None:
    """Open shops that leave customers waiting. Safe beside itself: each spell is one row."""
    reachability.watch()


@shared_task
def rescan() -> None:
    """A few seconds of scanning old messages under a new ruleset. Safe beside itself: the job is leased."""
    if rescans.ensure() is not None:
        rescans.work(seconds=8)


@shared_task
def remind_of_corrections() -> None:
    """Shops that let the time for a correction pass. Safe beside itself: each is reminded once."""
    corrections.remind_overdue()
