"""How a shop's desk works: who gets new conversations, who is there, and what can be undone."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Desk(models.Model):
    """The settings of one shop's inbox. Its row lock is the lock of the automatic assignment."""

    class AutoAssign(models.TextChoices):
        OFF = "off", _("Nobody: conversations wait in Unassigned")
        ROUND_ROBIN = "round_robin", _("One after the other")
        LEAST_OPEN = "least_open", _("Whoever has the fewest open conversations")

    shop = models.OneToOneField("shops.Shop", on_delete=models.CASCADE, primary_key=True, related_name="desk")
    auto_assign = models.CharField(max_length=12, choices=AutoAssign, default=AutoAssign.OFF)
    last_assigned = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"desk of shop {self.shop_id}"


class LastSeen(models.Model):
    """When a member of a shop was last at the desk: a socket was open, or a page was asked for."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"user {self.user_id} at {self.seen_at}"


class BulkStep(models.Model):
    """One action on many conversations, with what each was like before, so that it can be taken back."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=16)
    before = models.JSONField(default=dict)  # Conversation id -> what it was, by the action.
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.action} on {len(self.before)} conversations"
