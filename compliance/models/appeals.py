from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.decisions import Decision
from shops.models import Shop


class Appeal(models.Model):
    """One of at most two appeals against one decision. "Upheld" means that the decision was overturned."""

    class Status(models.TextChoices):
        FILED = "filed", _("Filed")
        IN_REVIEW = "in_review", _("In review")
        MORE_INFO = "more_info", _("More information asked")
        UPHELD = "upheld", _("Decision overturned")
        REJECTED = "rejected", _("Rejected")
        LAPSED = "lapsed", _("Lapsed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Ground(models.TextChoices):
        CONTEXT = "context", _("The context changes the meaning")
        NOT_OURS = "not_ours", _("We did not write it")
        ALLOWED = "allowed", _("The rule allows it")
        FACTS = "facts", _("The facts are wrong")
        MEASURE = "measure", _("The measure is too hard")
        OTHER = "other", _("Another reason")

    OPEN_STATES = (Status.FILED, Status.IN_REVIEW, Status.MORE_INFO)

    reference = models.CharField(max_length=16, unique=True)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="appeals")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="appeals")
    level = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.FILED)
    ground = models.CharField(max_length=10, choices=Ground.choices)
    text = models.TextField(max_length=8000)
    lodged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lodged_at = models.DateTimeField(default=timezone.now)
    door = models.CharField(max_length=32, default="shop_health")  # or "ticket:T-…"
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    question = models.TextField(blank=True)
    question_due_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)  # the reasoned answer
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    outcome = models.OneToOneField(Decision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "level"], name="appeal_once_per_level"),
            models.CheckConstraint(condition=models.Q(level__in=[1, 2]), name="appeal_two_levels"),
            models.CheckConstraint(
                condition=~models.Q(status__in=["upheld", "rejected"]) | models.Q(decided_by__isnull=False),
                name="appeal_decided_by_a_person",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "lodged_at"], name="appeal_queue"),
            models.Index(fields=["shop", "-lodged_at"], name="appeal_shop"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN_STATES

    def is_claimed(self, at: datetime) -> bool:
        return self.claimed_by_id is not None and self.claimed_until is not None and self.claimed_until > at


class AppealEvent(models.Model):
    """The steps of an appeal, as its timeline shows them. Append-only."""

    class Kind(models.TextChoices):
        FILED = "filed", _("Received")
        IN_REVIEW = "in_review", _("In review")
        ASKED = "asked", _("More information asked")
        ANSWERED = "answered", _("Answered")
        UPHELD = "upheld", _("Decision overturned")
        REJECTED = "rejected", _("Rejected")
        LAPSED = "lapsed", _("Lapsed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.kind}"
