from django.db import models

from compliance.models.decisions import Decision
from shops.models import Shop


class PointsEntry(models.Model):
    """Points that count from ``starts_at`` until just before ``ends_at``. A balance is a sum, never edited.

    A reversal is an entry of its own: the same number below zero, from the reversal to the old one's end.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="points_entries")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="points_entries")
    points = models.SmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    source = models.CharField(max_length=120, unique=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")

    class Meta:
        verbose_name_plural = "points entries"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reverses__isnull=True, points__gt=0)
                | models.Q(reverses__isnull=False, points__lt=0),
                name="points_below_zero_only_to_reverse",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gte=models.F("starts_at")), name="points_end_after_start"
            ),
        ]
        indexes = [models.Index(fields=["shop", "starts_at", "ends_at"], name="points_shop")]

    def __str__(self) -> str:
        return f"{self.points:+d} for shop {self.shop_id}"
