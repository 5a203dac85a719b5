"""Words of a shop or a product that a decision took from customers, kept until it falls."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from compliance.models.decisions import Decision


class HeldText(models.Model):
    """What one decision took out of one shop's or product's own texts.

    ``fields``: field of the row -> ``{"was": the words, "is": what stands there instead}``.
    """

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="held_text")
    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    fields = models.JSONField()
    held_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["subject_kind", "subject_id"], condition=Q(released_at=None), name="held_text_now"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id}, held by decision {self.decision_id}"
