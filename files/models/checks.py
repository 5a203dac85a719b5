"""What was read from files, and which attachments still have to be judged: the row is the queue."""

from django.db import models
from django.db.models import Q


class Reading(models.Model):
    """Everything that was read from one file, kept by its hash and by the readers that were at hand.

    ``contents``: see ``files.engine.results.Contents``. The same file sent again is not read again.
    """

    sha256 = models.CharField(max_length=64)
    readers = models.CharField(max_length=200)
    contents = models.JSONField()
    took_ms = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sha256", "readers"], name="reading_once_per_file_and_readers")
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} by {self.readers}"


class FileCheck(models.Model):
    """One judgement of all files that belong to one message (or ticket entry), written as they are attached.

    pending -> leased (until ``leased_until``) -> done, or after too many attempts failed: a person decides.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        LEASED = "leased", "Leased"
        DONE = "done", "Done"
        FAILED = "failed", "Failed, needs a person"

    subject_kind = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="file_check_once_per_subject")
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["pending", "leased"]),
                name="file_check_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"files of {self.subject_kind} {self.subject_id} ({self.state})"
