"""A shop says that one session should not count."""

from django.conf import settings
from django.db import models
from django.db.models import Q

EVIDENCE_CHARS = 2_000


class Dispute(models.Model):
    """One dispute of one session of the ledger, decided by the platform's staff.

    The session is named by its conversation and its first message's number, since ledger rows are rebuilt;
    ``session`` is the line as it stood when the dispute was filed. ``reason`` is a code of
    ``metrics/dispute_reasons.yaml`` in the version ``rules_version``.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        UPHELD = "upheld", "Upheld"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"

    reference = models.CharField(max_length=16, unique=True)
    shop = models.ForeignKey("shops.Shop", on_delete=models.PROTECT, related_name="disputes")
    conversation = models.ForeignKey("chat.Conversation", on_delete=models.PROTECT, related_name="disputes")
    session_seq = models.PositiveIntegerField()
    session = models.JSONField()
    reason = models.CharField(max_length=40)
    rules_version = models.PositiveIntegerField()
    evidence = models.TextField(max_length=EVIDENCE_CHARS, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField()  # When the platform has promised its answer.
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(max_length=EVIDENCE_CHARS, blank=True)

    class Meta:
        constraints = [
            # A session is disputed once; only what was withdrawn may be filed again.
            models.UniqueConstraint(
                fields=["conversation", "session_seq"],
                condition=~Q(status="withdrawn"),
                name="metrics_one_dispute_per_session",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "-filed_at"], name="metrics_disputes_of_shop"),
            models.Index(fields=["due_at"], condition=Q(status="open"), name="metrics_disputes_waiting"),
        ]

    def __str__(self) -> str:
        return self.reference
