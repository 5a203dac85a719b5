from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import select_template

from notifications.models import Notice


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as its page shows it: the e-mail's subject is the line."""

    notice: Notice
    text: str


def notices_of(user_id: int) -> QuerySet[Notice]:
    """What this person was told and was not taken back, newest first."""
    return Notice.objects.filter(user_id=user_id, withdrawn_at=None, is_listed=True).order_by(
        "-created_at", "-pk"
    )


def unread_count(user_id: int) -> int:
    return notices_of(user_id).filter(read_at=None).count()


def users_told(subject_key: str) -> list[int]:
    """Everybody who was told about this subject and still has been: whom to tell when it changes."""
    rows = Notice.objects.filter(subject_key=subject_key, withdrawn_at=None, user__isnull=False)
    return sorted(set(rows.exclude(user=None).values_list("user_id", flat=True)))


def lines(notices: Iterable[Notice]) -> list[NoticeLine]:
    """The notices with their one-line text in the active language."""
    return [NoticeLine(notice, _line(notice)) for notice in notices]


def _line(notice: Notice) -> str:
    template = select_template([f"emails/{notice.kind}.subject.txt", "emails/notice.subject.txt"])
    context = {**notice.context, "notice": notice, "platform": settings.PLATFORM_NAME}
    return " ".join(template.render(context).split())
