"""The rules as rows: what was in force when. Brought in line with the YAML files by ``sync_policies``."""

from django.db import models


class Policy(models.Model):
    """One policy for life; what it says is in its versions."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)  # the file's order, gravest first

    class Meta:
        ordering = ["position", "code"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.title


class PolicyVersion(models.Model):
    """A policy as it stood from ``effective_at`` on. Append-only: decisions name the version they rest on."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    taxonomy = models.CharField(max_length=40)  # version of policies.yaml that brought it
    digest = models.CharField(max_length=64)  # of the content, so an unchanged policy gets no new version
    effective_at = models.DateTimeField()
    title = models.CharField(max_length=120)
    covers = models.TextField()
    clause = models.TextField()
    lesson = models.TextField(blank=True)
    severity = models.CharField(max_length=10)
    points = models.PositiveSmallIntegerField()
    points_max = models.PositiveSmallIntegerField()
    sub_rules = models.JSONField(default=dict)  # {"hate": 12}: graver forms and their points
    action = models.CharField(max_length=12)
    withhold_at = models.FloatField(null=True, blank=True)
    needs_second_person = models.BooleanField(default=False)
    restricted_queue = models.BooleanField(default=False)
    binds = models.JSONField(default=list)
    dsa_category = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["policy", "number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"


class EnforcementScheme(models.Model):
    """What points add up to, with windows and milestones, from ``effective_at`` on. Append-only."""

    code = models.SlugField(max_length=40)
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    effective_at = models.DateTimeField()
    expiry_seconds = models.PositiveIntegerField()
    warning_before = models.PositiveSmallIntegerField()  # points below a milestone at which a warning is sent
    first_low_is_lesson = models.BooleanField()
    appeal_days = models.JSONField()  # [30, 15]: first appeal from the decision, second from the rejection
    notice_days = models.PositiveSmallIntegerField()  # before a shop closes
    milestones = models.JSONField()  # [{"points", "title", "detail", "restrictions": [{"kind", "days"}]}]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "number"], name="scheme_version_number")]

    def __str__(self) -> str:
        return f"{self.code}, version {self.number}"
