"""What files do about facts announced below them."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import user_erased
from files.services.uploads import erase_uploads


@receiver(user_erased)
def erase(*, user_id: int, **_: Any) -> None:
    erase_uploads(user_id=user_id)
