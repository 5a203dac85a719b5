"""The message with which a shop puts right what it said wrongly about a product."""

from django.conf import settings
from django.db import models


class Correction(models.Model):
    """Owed once for each decision that a shop's words about a product were wrong.

    ``conversation_ids``: where the wrong words were said; ``done_ids``: where the correction stands already.
    """

    class State(models.TextChoices):
        DUE = "due", "Due"
        SENT = "sent", "Sent"
        WITHDRAWN = "withdrawn", "No longer owed"

    decision = models.OneToOneField(
        "compliance.Decision", on_delete=models.PROTECT, related_name="correction"
    )
    shop = models.ForeignKey("shops.Shop", on_delete=models.PROTECT, related_name="corrections")
    conversation_ids = models.JSONField(default=list)
    done_ids = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    text = models.TextField(blank=True, max_length=2000)
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["shop", "state"], name="correction_of_shop")]

    def __str__(self) -> str:
        return f"correction for decision {self.decision_id} ({self.state})"
