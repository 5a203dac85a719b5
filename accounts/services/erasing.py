"""Erasing a person on request: what goes, what stays and why (docs/runbook.md).

Two weeks to think, then everything that names the person goes in one transaction: each app takes care of its
own rows when ``user_erased`` is announced. The row of the person stays without a name, because orders,
decisions and the audit trail point at it by number.
"""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.models import Erasure, User
from audit.services import record
from core.errors import Conflict, Forbidden
from notifications.services import forget_person, mail_guest, notify

TIME_TO_THINK = timedelta(days=14)
NOBODY = "Deleted account"
# The reason that a person must clear away themselves before they can ask.
REFUSING = "open_shop"


def holds_of(user: User) -> list[str]:
    """What keeps the data for now: ``open_shop``, ``open_order``, ``open_ticket``, ``open_case``."""
    holds: list[str] = []
    signals.erasure_considered.send(sender=User, user_id=user.pk, holds=holds)
    return sorted(set(holds))


def erasure_of(user: User) -> Erasure | None:
    """The request that waits for its time; None when there is none."""
    return Erasure.objects.filter(user=user, done_at=None).first()


@transaction.atomic
def ask_erasure(*, user: User, at_once: bool = False) -> Erasure:
    """Take the request in; asking again changes nothing. ``at_once`` skips the time to think.

    Raises ``Forbidden`` for people who work for the platform, ``Conflict`` (``open_shop``) for the last owner
    of an open shop.
    """
    if user.is_staff or user.is_superuser:
        raise Forbidden(_("Whoever works for the platform gives up their role first."), code="is_staff")
    holds = holds_of(user)
    if REFUSING in holds:
        raise Conflict(
            _("You are the only owner of an open shop. Hand it over or close it first."), code=REFUSING
        )
    if existing := erasure_of(user):
        if not at_once:
            return existing
        existing.delete()
    now = timezone.now()
    row = Erasure.objects.create(
        user=user, asked_at=now, due_at=now if at_once else now + TIME_TO_THINK, held_by=holds
    )
    notify(
        user_ids=[user.pk],
        kind="erasure_asked",
        subject_key=f"user:{user.pk}",
        dedupe=now.isoformat(),
        context={"due_at": row.due_at.isoformat(), "name": user.short_name},
        url="/account/delete/",
    )
    record(action="user.erasure_asked", actor=user, target_type="user", target_id=user.pk)
    return row


@transaction.atomic
def cancel_erasure(*, user: User) -> None:
    """Keep the account after all. Safe to repeat."""
    deleted, _rows = Erasure.objects.filter(user=user, done_at=None).delete()
    if deleted:
        record(action="user.erasure_cancelled", actor=user, target_type="user", target_id=user.pk)


def erase_due(*, now: datetime | None = None, limit: int = 50) -> int:
    """Carry out what is due and not held. Returns how many people were erased. Safe beside itself."""
    now = now or timezone.now()
    due = Erasure.objects.filter(done_at=None, due_at__lte=now).order_by("due_at")
    return sum(_erase(pk, now) for pk in list(due.values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _erase(pk: int, now: datetime) -> bool:
    row = Erasure.objects.select_for_update(skip_locked=True).filter(pk=pk, done_at=None).first()
    if row is None:
        return False
    user = User.objects.select_for_update().get(pk=row.user_id)
    row.held_by = holds_of(user)
    if row.held_by:
        row.save(update_fields=["held_by"])
        return False
    address, language, zone = user.email, user.language, user.time_zone
    signals.user_erased.send(sender=User, user_id=user.pk)
    forget_person(user_id=user.pk)
    _forget(user)
    row.done_at = now
    row.save(update_fields=["done_at", "held_by"])
    mail_guest(
        address=address,
        kind="erasure_done",
        subject_key=f"user:{user.pk}",
        context={},
        language=language,
        time_zone=zone,
    )
    record(action="user.erased", target_type="user", target_id=user.pk)
    return True


def _forget(user: User) -> None:
    """The person's own row: no name, no address, no way in. The password's change ends every session."""
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    user.email = f"erased-{user.pk}@erased.invalid"
    user.display_name = NOBODY
    user.time_zone, user.is_active = "UTC", False
    user.set_unusable_password()
    user.save()
