"""What metrics does about facts announced below it."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from compliance.signals import case_settled, decision_reversed
from metrics.services import weeks


@receiver(decision_reversed)
def _correct_the_week(sender: Any, *, decision_id: int, source: str, **rest: Any) -> None:
    if source.startswith(weeks.SOURCE_PREFIX):
        weeks.overturn_week(decision_id=decision_id, now=timezone.now())


@receiver(case_settled)
def _correct_the_week_of_the_session(
    sender: Any, *, subject_kind: str, subject_id: int, author_kind: str, outcome: str, **rest: Any
) -> None:
    """Chat has excluded the session or taken it in again by now: its receiver is registered before ours."""
    if subject_kind == "message" and author_kind == "customer":
        weeks.revise_week_of(
            message_id=subject_id, reason=f"Case about the customer: {outcome}", now=timezone.now()
        )
