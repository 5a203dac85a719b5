"""Celery wrappers: each tick looks for what is due, so a lost or doubled one is harmless."""

from celery import shared_task

from metrics.services import weeks


@shared_task
def evaluate_due_weeks() -> int:
    """Judge every finished, ripe week that has no evaluation yet; the number of new ones."""
    return weeks.evaluate_due_weeks()
