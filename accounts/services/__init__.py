"""Writes about people."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffMembership, StaffRole, User
from core.errors import Invalid


@transaction.atomic
def grant_staff_role(*, user: User, role: str) -> StaffMembership:
    """Give a platform role; giving it twice changes nothing."""
    if role not in StaffRole.values:
        raise Invalid(_("There is no such platform role."))
    membership, _fresh = StaffMembership.objects.get_or_create(user=user, role=role)
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return membership


@transaction.atomic
def revoke_staff_role(*, user: User, role: str) -> None:
    """Take a platform role away; the last one makes the person an ordinary user again."""
    StaffMembership.objects.filter(user=user, role=role).delete()
    if user.is_staff and not user.is_superuser and not user.staff_memberships.exists():
        user.is_staff = False
        user.save(update_fields=["is_staff"])
