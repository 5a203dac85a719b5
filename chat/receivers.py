"""What chat does when compliance acts on a message, and when somebody's rights in a shop end."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from accounts.signals import erasure_considered, user_erased
from chat.models import Message
from chat.services import (
    assigning,
    auto_reply_texts,
    consents,
    corrections,
    erasing,
    file_checks,
    handling,
    sessions,
)
from compliance import signals
from shops.signals import access_revoked

REPORTED = "report"  # A compliance.models.Case.Source.


@receiver(erasure_considered)
def say_what_holds(*, user_id: int, holds: list[str], **_: Any) -> None:
    if erasing.has_chat_under_review(user_id):
        holds.append("open_case")


@receiver(user_erased)
def erase(*, user_id: int, **_: Any) -> None:
    erasing.erase_words(user_id)


@receiver(user_erased)
def end_sms(*, user_id: int, **_: Any) -> None:
    consents.end_of_person(user_id)


@receiver(signals.content_hidden)
def hide(*, subject_kind: str, subject_id: int, mode: str, spans: Sequence[Sequence[int]], **_: Any) -> None:
    if subject_kind == "message":
        handling.hide_message(subject_id, mode, spans)
    elif subject_kind == file_checks.FILES:
        file_checks.hide_files(subject_id, mode, spans)
    else:
        auto_reply_texts.switch_off(subject_kind, subject_id)


@receiver(signals.content_restored)
def restore(*, subject_kind: str, subject_id: int, **_: Any) -> None:
    if subject_kind == "message":
        handling.restore_message(subject_id)
    elif subject_kind == file_checks.FILES:
        file_checks.show_files(subject_id)


@receiver(signals.case_opened)
def exclude_while_open(
    *, case_id: int, subject_kind: str, subject_id: int, author_kind: str, source: str, **_: Any
) -> None:
    """A shop that reports a customer is not judged by that session until the case is settled."""
    if _is_about_customer(subject_kind, author_kind) and source == REPORTED:
        sessions.exclude_for_case(case_id=case_id, message_id=subject_id, is_provisional=True)


@receiver(signals.case_settled)
def exclude_or_count_again(
    *, case_id: int, subject_kind: str, subject_id: int, author_kind: str, source: str, outcome: str, **_: Any
) -> None:
    if not _is_about_customer(subject_kind, author_kind):
        return
    if outcome == "upheld" or (outcome == "reopened" and source == REPORTED):
        is_provisional = outcome != "upheld"
        sessions.exclude_for_case(case_id=case_id, message_id=subject_id, is_provisional=is_provisional)
    else:
        sessions.include_for_case(case_id=case_id)


def _is_about_customer(subject_kind: str, author_kind: str) -> bool:
    return subject_kind == "message" and author_kind == Message.AuthorKind.CUSTOMER


@receiver(access_revoked)
def free_conversations(*, user_id: int, shop_id: int, **_: Any) -> None:
    """What somebody had who no longer answers for the shop is nobody's again."""
    assigning.release(user_id=user_id, shop_id=shop_id)


@receiver(signals.case_settled)
def owe_a_correction(*, case_id: int, outcome: str, policy_code: str, **_: Any) -> None:
    """A shop that said something wrong about a product puts it right with everybody who read it."""
    if outcome == "upheld":
        corrections.owe(case_id=case_id, policy_code=policy_code)


@receiver(signals.decision_reversed)
def drop_the_correction(*, decision_id: int, **_: Any) -> None:
    corrections.no_longer_owe(decision_id=decision_id)
