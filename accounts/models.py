"""People: everybody who logs in, and the roles of those who work for the platform."""

import zoneinfo
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name!r} is not an IANA time zone.")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Without a password the account exists, and nobody can log in to it."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """One person. ``is_staff``: works for the platform; what such a person may do is in the roles."""

    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=80)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    language = models.CharField(max_length=12, default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_without_case"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    @property
    def short_name(self) -> str:
        """The first name: all that the other side of a chat gets to see."""
        return (self.display_name or self.email.partition("@")[0]).split(" ")[0]


class Erasure(models.Model):
    """A person wants their account gone. Carried out when the time to think is over and nothing holds it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="erasure")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    held_by = models.JSONField(default=list, help_text="What held it at the last look: open_ticket, …")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="erasure_due", condition=models.Q(done_at=None))]

    def __str__(self) -> str:
        return f"erasure of person {self.user_id}"


class StaffRole(models.TextChoices):
    SUPPORT_1 = "support_1", _("Support agent, tier 1")
    SUPPORT_2 = "support_2", _("Support agent, tier 2")
    REVIEWER = "reviewer", _("Reviewer")
    SENIOR_REVIEWER = "senior_reviewer", _("Senior reviewer")
    POLICY_MANAGER = "policy_manager", _("Policy manager")
    TS_LEAD = "ts_lead", _("Trust & Safety lead")
    OPERATOR = "operator", _("Operator")


class StaffMembership(models.Model):
    """A person holds a platform role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="staff_memberships")
    role = models.CharField(max_length=24, choices=StaffRole.choices)
    granted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="staff_role_once_per_person")]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()}"
