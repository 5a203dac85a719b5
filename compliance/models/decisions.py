"""Decisions and the statements of reasons made from them. Both append-only, by trigger."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.cases import Case
from compliance.models.policies import EnforcementScheme, PolicyVersion
from shops.models import Shop


class Decision(models.Model):
    """What was decided, by whom, on which version of which rule. Reversed only by another decision.

    ``source`` names what it was taken on and is unique, so nothing is decided twice: ``case:12:1`` (case and
    attempt), ``reverse:34``, or the caller's own for automatic ones (``weekly-evaluation:5``).
    """

    class Kind(models.TextChoices):
        UPHOLD = "uphold", _("Violation")
        DISMISS = "dismiss", _("No violation")
        REVERSE = "reverse", _("Reversal")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    source = models.CharField(max_length=120, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="decisions")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="decisions")
    author_id = models.BigIntegerField(null=True)  # who wrote the content
    is_against_shop = models.BooleanField(default=False)
    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, related_name="+")
    scheme = models.ForeignKey(EnforcementScheme, on_delete=models.PROTECT, null=True, related_name="+")
    points = models.PositiveSmallIntegerField(default=0)
    is_lesson = models.BooleanField(default=False)
    reason = models.CharField(max_length=200)  # for staff
    facts = models.TextField(blank=True)  # as the shop reads them
    hide_mode = models.CharField(max_length=8, blank=True)  # "" | mask | withhold
    hide_spans = models.JSONField(default=list)
    effects = models.JSONField(default=dict)  # points before and after, warning and milestone reached
    is_automatic = models.BooleanField(default=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(default=timezone.now)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_automatic=True) | models.Q(decided_by__isnull=False),
                name="decision_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="reverse", reverses__isnull=False)
                | (~models.Q(kind="reverse") & models.Q(reverses__isnull=True)),
                name="decision_reversal_names_the_old_one",
            ),
        ]
        indexes = [models.Index(fields=["shop", "-decided_at"], name="decision_shop")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.source})"

    @property
    def is_reversed(self) -> bool:
        return hasattr(self, "reversed_by")


class Statement(models.Model):
    """The statement of reasons of one decision, as sent. ``dsa`` is the record for the DSA database."""

    reference = models.CharField(max_length=16, unique=True)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="statement")
    body = models.JSONField()
    dsa = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.reference
