"""What a shop declared about when it is open. Rows are history: a change is a new row."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class HoursVersion(models.Model):
    """All declared hours from one instant on, until the next version.

    Periods are ``["HH:MM", "HH:MM"]`` pairs of local time, "24:00" being the end of the day. ``weekly`` holds
    seven lists of them, Monday first; ``exceptions`` maps ISO dates to lists (empty: closed all day).
    Of two versions for one instant the later row counts.
    """

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="hours_versions")
    effective_from = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    weekly = models.JSONField()
    exceptions = models.JSONField(default=dict, blank=True)
    holiday_country = models.CharField(max_length=2, blank=True)  # Closed on its public holidays.
    holiday_subdivision = models.CharField(max_length=12, blank=True)  # And on those of this part of it.
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    set_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["shop", "effective_from"], name="chat_hours_in_force")]
        constraints = [
            models.CheckConstraint(
                condition=Q(effective_from__gte=F("set_at")), name="chat_hours_nothing_backwards"
            ),
        ]

    def __str__(self) -> str:
        return f"hours of {self.shop} from {self.effective_from}"


class ShopSpan(models.Model):
    """A span of time with something switched on; without an end it lasts until it is switched off."""

    class Kind(models.TextChoices):
        HOLIDAY_MODE = "holiday_mode", "Holiday mode"
        FAQ_REPLIES = "faq_replies", "FAQ replies"

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="spans")
    kind = models.CharField(max_length=16, choices=Kind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    set_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["shop", "kind", "starts_at"], name="chat_spans_of_shop")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="chat_span_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=F("set_at")), name="chat_span_nothing_backwards"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.shop} from {self.starts_at}"
