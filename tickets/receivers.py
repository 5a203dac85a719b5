"""What tickets do about facts announced below them."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from accounts.signals import erasure_considered, user_erased
from chat.signals import messages_stored
from compliance.signals import appeal_changed, case_settled, content_hidden, content_restored
from tickets.services import chat_thread, erasing, file_checks, from_below


@receiver(erasure_considered)
def say_what_holds(*, user_id: int, holds: list[str], **_: Any) -> None:
    if erasing.has_open_tickets(user_id):
        holds.append("open_ticket")


@receiver(user_erased)
def erase(*, user_id: int, **_: Any) -> None:
    erasing.erase_tickets(user_id)


@receiver(content_hidden)
def hide_event(
    *, subject_kind: str, subject_id: int, mode: str, spans: Sequence[Sequence[int]], **_: Any
) -> None:
    if subject_kind == "ticket_event":
        from_below.hide_event(event_id=int(subject_id))
    elif subject_kind == file_checks.FILES:
        file_checks.hide_files(int(subject_id), mode, spans)


@receiver(content_restored)
def restore_event(*, subject_kind: str, subject_id: int, **_: Any) -> None:
    if subject_kind == "ticket_event":
        from_below.restore_event(event_id=int(subject_id))
    elif subject_kind == file_checks.FILES:
        file_checks.show_files(int(subject_id))


@receiver(appeal_changed)
def follow_appeal(*, reference: str, status: str, **_: Any) -> None:
    from_below.follow_appeal(reference=reference, status=status)


@receiver(case_settled)
def follow_case(*, subject_kind: str, subject_id: int, outcome: str, **_: Any) -> None:
    if subject_kind == "ticket":
        from_below.follow_case(ticket_id=int(subject_id), outcome=outcome)


@receiver(messages_stored)
def note_messages(*, messages: list[tuple[int, int, str]], **_: Any) -> None:
    chat_thread.note_messages(messages)
