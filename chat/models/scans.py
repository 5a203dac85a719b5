"""Which messages still have to be scanned: the row is the queue."""

from django.db import models
from django.db.models import Q


class MessageScan(models.Model):
    """One scan of one message under one ruleset, written in the message's own transaction.

    pending -> leased (until ``leased_until``) -> done, or after too many attempts failed: a person decides.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        LEASED = "leased", "Leased"
        DONE = "done", "Done"
        FAILED = "failed", "Failed, needs a person"

    message = models.ForeignKey(
        "chat.Message", on_delete=models.CASCADE, related_name="scans", db_index=False
    )
    ruleset = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "ruleset"], name="chat_scan_once_per_ruleset"),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["pending", "leased"]),
                name="chat_scan_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"scan of message {self.message_id} under {self.ruleset}"
