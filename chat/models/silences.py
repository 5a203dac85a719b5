"""When a shop was open, had customers waiting, and nobody wrote."""

from django.db import models
from django.db.models import Q


class ShopSilence(models.Model):
    """One spell of silence of one shop, from the customer who waited longest to the first sign of life.

    ``rules_version`` names the thresholds (``chat/reachability.yaml``) it was noticed by.
    """

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="silences")
    began_at = models.DateTimeField()  # When the customer wrote who had waited longest.
    noticed_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    waiting = models.PositiveIntegerField()  # Customers who waited, as of the last look.
    open_seconds = models.PositiveIntegerField()  # Of opening hours gone by, as of the last look.
    rules_version = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop"], condition=Q(ended_at__isnull=True), name="chat_one_silence_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["-noticed_at"], name="chat_silences_newest")]

    def __str__(self) -> str:
        return f"silence of {self.shop} since {self.began_at}"
