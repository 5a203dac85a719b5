"""What compliance does about facts announced below it."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import erasure_considered
from compliance.selectors.cases import is_part_of_something_open


@receiver(erasure_considered)
def say_what_holds(*, user_id: int, holds: list[str], **_: Any) -> None:
    if is_part_of_something_open(user_id):
        holds.append("open_case")
