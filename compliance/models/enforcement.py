from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.decisions import Decision
from shops.models import Shop


class Restriction(models.Model):
    """Something a shop may not do for a while, imposed by one decision at one milestone."""

    class Kind(models.TextChoices):
        CAMPAIGNS_CLOSED = "campaigns_closed", _("No campaigns")
        AFFILIATE_OFF = "affiliate_off", _("Affiliate programme off")
        REPLIES_ONLY = "replies_only", _("Chat limited to replies")
        NO_NEW_ORDERS = "no_new_orders", _("No new orders")
        DEACTIVATED = "deactivated", _("Shop closed")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for a second person")
        IN_FORCE = "in_force", _("In force or announced")
        LIFTED = "lifted", _("Lifted")
        REFUSED = "refused", _("Refused by the second person")
        ENDED = "ended", _("Ended")

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="restrictions")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="restrictions")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    milestone = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.IN_FORCE)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # null: until lifted, and only with a second person's yes
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="lifted")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "kind"], name="restriction_once_per_decision"),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=False)
                | models.Q(confirmed_by__isnull=False)
                | models.Q(status__in=["proposed", "refused", "lifted"]),
                name="restriction_without_end_has_a_second_person",
            ),
        ]
        indexes = [models.Index(fields=["shop", "status", "kind"], name="restriction_shop")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for shop {self.shop_id}"

    def is_running(self, at: datetime) -> bool:
        in_time = self.starts_at <= at and (self.ends_at is None or at < self.ends_at)
        return self.status == self.Status.IN_FORCE and in_time
