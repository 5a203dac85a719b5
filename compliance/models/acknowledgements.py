"""That a shop has read a new version of a policy."""

from django.conf import settings
from django.db import models


class PolicyAcknowledgement(models.Model):
    """Once for each shop and version, by the first owner or manager who did it."""

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="policy_acknowledgements")
    version = models.ForeignKey(
        "compliance.PolicyVersion", on_delete=models.PROTECT, related_name="acknowledgements"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    acknowledged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "version"], name="policy_acknowledged_once_per_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.shop} has read {self.version}"
