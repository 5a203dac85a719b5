"""What chat does when compliance hides or restores a message. Other kinds of content are not ours."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from chat.services import handling
from compliance import signals


@receiver(signals.content_hidden)
def hide(*, subject_kind: str, subject_id: int, mode: str, spans: Sequence[Sequence[int]], **_: Any) -> None:
    if subject_kind == "message":
        handling.hide_message(subject_id, mode, spans)


@receiver(signals.content_restored)
def restore(*, subject_kind: str, subject_id: int, **_: Any) -> None:
    if subject_kind == "message":
        handling.restore_message(subject_id)
