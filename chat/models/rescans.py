"""Scanning old messages again when the ruleset has changed: the job, and what it changed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Rescan(models.Model):
    """One walk over the messages that one ruleset has not seen yet, from the newest scan back in time.

    ``cursor`` goes down from ``newest_id`` as batches are done, in the same transaction as their findings and
    counts: whoever is killed, the next goes on there. Work is leased, so it runs once at a time.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    OPEN_STATES = (State.WAITING, State.RUNNING)

    ruleset = models.CharField(max_length=64)
    since = models.DateTimeField(null=True)  # messages from then on; None: all
    opens_cases = models.BooleanField(default=True)  # False: only compare
    newest_id = models.BigIntegerField()
    cursor = models.BigIntegerField()  # messages with a higher id are done
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    flagged = models.PositiveIntegerField(default=0)  # messages with a finding under the new ruleset
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    leased_until = models.DateTimeField(null=True)
    worked_seconds = models.FloatField(default=0)  # without pauses for live messages
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One at a time: a second ruleset stops the first one's walk.
            models.UniqueConstraint(
                models.Value(1), condition=Q(finished_at=None), name="chat_rescan_one_open"
            ),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="chat_rescan_done_within_total"),
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"rescan under {self.ruleset}, {self.done} of {self.total}"


class RescanChange(models.Model):
    """One policy that a rescan found on a message and the ruleset before did not, or the other way round."""

    class Kind(models.TextChoices):
        ADDED = "added", "Found now"
        GONE = "gone", "No longer found"

    rescan = models.ForeignKey(Rescan, on_delete=models.CASCADE, related_name="changes")
    message = models.ForeignKey("chat.Message", on_delete=models.CASCADE, related_name="+")
    policy_code = models.CharField(max_length=40)
    kind = models.CharField(max_length=5, choices=Kind.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rescan", "message", "policy_code"], name="chat_rescan_change_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.policy_code} {self.kind} on message {self.message_id}"
