"""What metrics does about facts announced below it."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from compliance.signals import decision_reversed
from metrics import services


@receiver(decision_reversed)
def _correct_the_week(sender: Any, *, decision_id: int, source: str, **rest: Any) -> None:
    if source.startswith(services.SOURCE_PREFIX):
        services.overturn_week(decision_id=decision_id, now=timezone.now())
