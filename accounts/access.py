"""What a person's platform roles allow."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from accounts.models import StaffMembership, StaffRole, User
from core.errors import Forbidden

REVIEWERS = (StaffRole.REVIEWER, StaffRole.SENIOR_REVIEWER, StaffRole.POLICY_MANAGER, StaffRole.TS_LEAD)
SENIOR_REVIEWERS = (StaffRole.SENIOR_REVIEWER, StaffRole.TS_LEAD)
SUPPORT = (StaffRole.SUPPORT_1, StaffRole.SUPPORT_2)


class SignedInRequest(HttpRequest):
    """For annotations: what a page behind ``login_required`` receives. Nobody creates one."""

    user: User


class SignedInApiRequest(Request):
    """The same for REST views, where `IsAuthenticated` is the default."""

    user: User


def staff_roles(user: User | AnonymousUser) -> frozenset[str]:
    """The platform roles of this person; a superuser holds all of them."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(StaffRole.values)
    return frozenset(StaffMembership.objects.filter(user_id=user.pk).values_list("role", flat=True))


def is_staff_as(user: User | AnonymousUser, *roles: str) -> bool:
    return bool(staff_roles(user) & set(roles))


def require_staff(user: User | AnonymousUser, *roles: str) -> frozenset[str]:
    """The person's roles; ``Forbidden`` unless one of ``roles`` is among them."""
    held = staff_roles(user)
    if not held & set(roles):
        raise Forbidden(_("Your role does not open this page."))
    return held
