"""Who agreed to get a shop's SMS: when, by which words, and whether it was taken back."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class SmsConsent(models.Model):
    """One opt-in of one customer for one shop. Taking it back ends it; a new one is a new row."""

    class Source(models.TextChoices):
        CUSTOMER = "customer", "Given by the customer here"
        SHOP = "shop", "Given elsewhere, recorded by the shop"

    shop = models.ForeignKey("shops.Shop", on_delete=models.PROTECT, related_name="sms_consents")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sms_consents"
    )
    words = models.TextField(max_length=1000)  # As the customer read them.
    source = models.CharField(max_length=8, choices=Source.choices)
    given_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "customer"], condition=Q(revoked_at=None), name="sms_consent_one_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["customer", "-given_at"], name="sms_consent_of_customer")]

    def __str__(self) -> str:
        return f"SMS of shop {self.shop_id} to customer {self.customer_id}"
