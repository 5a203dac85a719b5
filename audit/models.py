from django.db import models


class AuditEntry(models.Model):
    """Who did what to whom, once and for ever. Ids and plain values, never personal data or message text.

    A PostgreSQL row trigger refuses UPDATE and DELETE. ``entry_hash`` covers every other column and the entry
    before, so an entry that somebody changed past the trigger is seen by ``manage.py verify_audit``.
    """

    number = models.BigIntegerField(unique=True)  # 1, 2, 3 … without gaps
    at = models.DateTimeField()
    action = models.CharField(max_length=80)  # dotted: "case.upheld"
    actor_id = models.BigIntegerField(null=True)  # null: the platform itself
    actor_role = models.CharField(max_length=60, blank=True)  # as it was then
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=80)
    target_label = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    changes = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    entry_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["target_type", "target_id", "number"], name="audit_target"),
            models.Index(fields=["actor_id", "number"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.action} {self.target_type}:{self.target_id}"


class AuditHead(models.Model):
    """The newest entry's number and hash, signed with the secret key: a cut-off tail cannot be hidden."""

    THE_ONE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE)
    number = models.BigIntegerField()
    entry_hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_one_head")]

    def __str__(self) -> str:
        return f"head at {self.number}"
