"""Telling people: rows first; e-mail leaves from the rows, at the next beat tick after they are due."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import select_template
from django.utils import timezone, translation

from notifications.models import Notice

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
MAX_ATTEMPTS = 8  # with the delays below about one day
RETRY_BASE = timedelta(seconds=60)  # doubled with every attempt, at most RETRY_MOST
RETRY_MOST = timedelta(hours=6)
BATCH = 50


@transaction.atomic
def notify(
    *,
    user_ids: Iterable[int],
    kind: str,
    subject_key: str,
    context: Mapping[str, object],
    dedupe: str = "",
    url: str = "",
    email: bool = True,
    mail_delay: timedelta = timedelta(0),
    headers: Mapping[str, str] | None = None,
    is_listed: bool = True,
) -> None:
    """Tell each person once per kind, subject and ``dedupe``; telling again changes nothing.

    ``context`` holds plain JSON values. E-mail leaves after the commit, ``mail_delay`` later at the earliest,
    with ``headers`` added to it. ``is_listed`` False: an e-mail only, not shown among the person's notices.
    """
    now = timezone.now()
    rows = [
        Notice(
            is_listed=is_listed,
            user_id=user_id,
            kind=kind,
            subject_key=subject_key,
            dedupe=dedupe,
            context=dict(context),
            url=url,
            headers=dict(headers or {}),
            created_at=now,
            mail_state=Notice.MailState.PENDING if email else Notice.MailState.NONE,
            mail_due_at=now + mail_delay if email else None,
        )
        for user_id in sorted(set(user_ids))
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def mail_guest(
    *,
    address: str,
    kind: str,
    subject_key: str,
    context: Mapping[str, object],
    dedupe: str = "",
    url: str = "",
    language: str = "en",
    time_zone: str = "UTC",
    mail_delay: timedelta = timedelta(0),
    headers: Mapping[str, str] | None = None,
) -> None:
    """E-mail somebody without an account, once per kind, subject and ``dedupe``."""
    now = timezone.now()
    row = Notice(
        guest_email=address,
        guest_language=language,
        guest_time_zone=time_zone,
        kind=kind,
        subject_key=subject_key,
        dedupe=dedupe,
        context=dict(context),
        url=url,
        headers=dict(headers or {}),
        created_at=now,
        mail_state=Notice.MailState.PENDING,
        mail_due_at=now + mail_delay,
    )
    Notice.objects.bulk_create([row], ignore_conflicts=True)


@transaction.atomic
def forget_person(*, user_id: int) -> None:
    """Delete what this person was told, and what waits to be mailed to them."""
    Notice.objects.filter(user_id=user_id).delete()


@transaction.atomic
def withdraw(*, subject_key: str, kind: str) -> int:
    """Take notices back: no longer shown, and their e-mail stops if it has not left. Returns how many."""
    now = timezone.now()
    rows = Notice.objects.filter(subject_key=subject_key, kind=kind, withdrawn_at=None)
    rows.filter(mail_state=Notice.MailState.PENDING).update(mail_state=Notice.MailState.CANCELLED)
    return rows.update(withdrawn_at=now)


def mark_read(*, user_id: int, notice_ids: Iterable[int] | None = None) -> int:
    """Mark a person's own notices as read (all without ``notice_ids``). Returns how many were unread."""
    unread = Notice.objects.filter(user_id=user_id, read_at=None)
    if notice_ids is not None:
        unread = unread.filter(pk__in=list(notice_ids))
    return unread.update(read_at=timezone.now())


def send_waiting_mail(*, now: datetime | None = None, limit: int = BATCH) -> int:
    """Send what is due, each mail under its own lease. Returns how many left. Safe beside itself."""
    sent = 0
    for notice_id in _lease(now or timezone.now(), limit):
        sent += _send_one(notice_id)
    return sent


@transaction.atomic
def _lease(now: datetime, limit: int) -> list[int]:
    due = Q(mail_state=Notice.MailState.PENDING, mail_due_at__lte=now)
    stuck = Q(mail_state=Notice.MailState.LEASED, mail_leased_until__lte=now)
    ids = list(
        Notice.objects.select_for_update(skip_locked=True)
        .filter(due | stuck)
        .order_by("mail_due_at", "pk")
        .values_list("pk", flat=True)[:limit]
    )
    Notice.objects.filter(pk__in=ids).update(
        mail_state=Notice.MailState.LEASED,
        mail_leased_until=now + LEASE,
        mail_attempts=F("mail_attempts") + 1,
    )
    return ids


def _send_one(notice_id: int) -> bool:
    notice = Notice.objects.select_related("user").get(pk=notice_id)
    held = Notice.objects.filter(pk=notice.pk, mail_state=Notice.MailState.LEASED)
    if (notice.user is not None and not notice.user.is_active) or notice.withdrawn_at is not None:
        held.update(mail_state=Notice.MailState.CANCELLED)
        return False
    try:
        _message_of(notice).send()
    except Exception as error:  # Whatever goes wrong with one mail must not stop the rest.
        logger.warning("notice %s: e-mail failed: %s", notice.pk, type(error).__name__)
        gone = notice.mail_attempts >= MAX_ATTEMPTS
        delay = min(RETRY_BASE * 2 ** (notice.mail_attempts - 1), RETRY_MOST)
        held.update(
            mail_state=Notice.MailState.FAILED if gone else Notice.MailState.PENDING,
            mail_due_at=timezone.now() + delay,
            mail_error=f"{type(error).__name__}: {error}"[:200],
        )
        return False
    return bool(held.update(mail_state=Notice.MailState.SENT, mail_sent_at=timezone.now(), mail_error=""))


def _message_of(notice: Notice) -> EmailMultiAlternatives:
    context = {
        **notice.context,
        "notice": notice,
        "recipient": notice.user,
        "platform": settings.PLATFORM_NAME,
        "link": settings.PUBLIC_URL.rstrip("/") + notice.url if notice.url else "",
    }
    user = notice.user
    language = user.language if user else notice.guest_language or "en"
    zone = user.time_zone if user else notice.guest_time_zone or "UTC"
    with translation.override(language), timezone.override(zone):
        subject = " ".join(_render(notice.kind, "subject.txt", context).split())
        text = _render(notice.kind, "txt", context).strip()
        html = _render(notice.kind, "html", context | {"body_text": text})
    link = context.get("link")
    message = EmailMultiAlternatives(
        subject=subject,
        body=f"{text}\n\n{link}\n" if link and link not in text else f"{text}\n",
        to=[user.email if user else notice.guest_email],
        headers=notice.headers,
    )
    message.attach_alternative(html, "text/html")
    return message


def _render(kind: str, ending: str, context: Mapping[str, object]) -> str:
    template = select_template([f"emails/{kind}.{ending}", f"emails/notice.{ending}"])
    return template.render(dict(context))
