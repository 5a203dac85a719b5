"""What shops do about facts announced below them."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import erasure_considered, user_erased
from shops import services


@receiver(erasure_considered)
def say_what_holds(*, user_id: int, holds: list[str], **_: Any) -> None:
    holds.extend(services.reasons_to_keep(user_id=user_id))


@receiver(user_erased)
def leave_shops(*, user_id: int, **_: Any) -> None:
    services.leave_every_shop(user_id=user_id)


@receiver(user_erased)
def forget_addresses(*, user_id: int, **_: Any) -> None:
    services.forget_addresses(user_id=user_id)
