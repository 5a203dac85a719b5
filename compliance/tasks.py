from celery import shared_task

from compliance.services import appeals, enforcement, outreach, review_queue, second_opinion, standing_texts


@shared_task
def end_restrictions() -> None:
    """Safe to run twice and beside itself: only what has run out is closed."""
    enforcement.end_restrictions()


@shared_task
def begin_closings() -> None:
    """Safe to run twice and beside itself: a closed shop is not closed again."""
    enforcement.begin_closings()


@shared_task
def lapse_unanswered_appeals() -> None:
    """Safe to run twice and beside itself: only questions past their time lapse."""
    appeals.lapse_unanswered()


@shared_task
def free_forgotten_claims() -> None:
    """Safe to run twice and beside itself."""
    review_queue.free_forgotten_claims()


@shared_task
def sweep_standing_texts() -> None:
    """Safe to run twice and beside itself: findings are kept once per text and ruleset."""
    standing_texts.sweep()


@shared_task
def ask_second_opinions() -> None:
    """Safe to run twice and beside itself: a finding is claimed before somebody is asked. Off by default."""
    second_opinion.ask_waiting()


@shared_task
def forget_sent_texts() -> None:
    """Safe to run twice and beside itself: only fingerprints too old for any round are dropped."""
    outreach.forget_old()
