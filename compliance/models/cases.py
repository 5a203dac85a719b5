"""What was found, what is under review, and who reported it. Content is named by kind and id only."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shops.models import Shop


class Severity(models.IntegerChoices):
    """Ordered, so that a queue can sort by it."""

    LOW = 1, "Low"
    MEDIUM = 2, "Medium"
    HIGH = 3, "High"
    CRITICAL = 4, "Critical"


class Case(models.Model):
    """One subject under review, with its evidence as it was when the case was opened.

    ``evidence`` is frozen by a trigger: ``text``, ``occurred_at``, ``context`` (sender, text, at, seq),
    ``findings`` (as the detectors gave them), ``mask_spans`` and ``must_withhold``.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        SECOND_REVIEW = "second_review", _("Waiting for a second person")
        UPHELD = "upheld", _("Violation")
        DISMISSED = "dismissed", _("No violation")
        OVERTURNED = "overturned", _("Overturned on appeal")

    class Source(models.TextChoices):
        FINDING = "finding", _("Automatic check")
        REPORT = "report", _("Report")

    reference = models.CharField(max_length=16, unique=True)
    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="cases")
    author_id = models.BigIntegerField(null=True)
    author_kind = models.CharField(max_length=12)  # customer | member | auto | platform | system
    conversation_id = models.BigIntegerField(null=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.FINDING)
    policy_code = models.CharField(max_length=40)  # the gravest suspicion
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.OPEN)
    is_restricted = models.BooleanField(default=False)
    is_escalated = models.BooleanField(default=False)
    is_imported = models.BooleanField(default=False)
    evidence = models.JSONField()
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    decision = models.ForeignKey(  # the one in force
        "compliance.Decision", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The other half of the same content (a message's words and its files) is decided with this case.
    part_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts")
    # The first case about the same content, which stood before this one: decided or with a second person.
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="followers"
    )

    OPEN_STATES = (Status.OPEN, Status.SECOND_REVIEW)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"],
                condition=models.Q(status__in=["open", "second_review"], part_of=None),
                name="case_open_once_per_subject",
            )
        ]
        indexes = [
            models.Index(fields=["status", "-severity", "opened_at"], name="case_queue"),
            models.Index(fields=["subject_kind", "subject_id"], name="case_subject"),
            models.Index(fields=["shop", "-opened_at"], name="case_shop"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN_STATES

    @property
    def is_of_the_shop(self) -> bool:
        """Whether the shop answers for the content; otherwise its customer or nobody does."""
        return self.author_kind in ("member", "auto")

    def is_claimed(self, at: datetime) -> bool:
        return self.claimed_by_id is not None and self.claimed_until is not None and self.claimed_until > at


class Finding(models.Model):
    """What one rule of one detector said about one piece of a text, once per ruleset.

    Never edited, but for the case that it belongs to and a second opinion, which is given once.
    """

    class Opinion(models.TextChoices):
        AGREES = "agrees", "Agrees"
        DISAGREES = "disagrees", "Disagrees"

    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    ruleset = models.CharField(max_length=60)
    policy_code = models.CharField(max_length=40)
    detector = models.CharField(max_length=60)
    detector_version = models.PositiveIntegerField(default=1)
    rule = models.CharField(max_length=80)
    start = models.PositiveIntegerField()  # code points of the original text
    end = models.PositiveIntegerField()
    confidence = models.FloatField()
    matched = models.TextField()
    explanation = models.TextField(blank=True)
    view = models.CharField(max_length=20, default="original")  # the reading in which it was found
    lang = models.CharField(max_length=8, blank=True)  # of the whole text, guessed; "" if it can't be told
    model_share = models.FloatField(null=True)  # the models' probability
    model_agrees = models.BooleanField(null=True)  # whether models and rules point the same way
    opinion = models.CharField(max_length=9, choices=Opinion.choices, blank=True)  # of the outside door
    opinion_score = models.FloatField(null=True)
    opinion_by = models.CharField(max_length=80, blank=True)
    opinion_at = models.DateTimeField(null=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="findings")
    author_id = models.BigIntegerField(null=True)
    author_kind = models.CharField(max_length=12)
    conversation_id = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField()
    found_at = models.DateTimeField(default=timezone.now)
    case = models.ForeignKey(Case, on_delete=models.SET_NULL, null=True, related_name="findings")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "ruleset", "detector", "rule", "start", "end"],
                name="finding_once_per_ruleset",
            )
        ]
        indexes = [
            models.Index(fields=["-found_at", "-id"], name="finding_newest"),
            models.Index(fields=["policy_code", "-found_at"], name="finding_policy"),
            models.Index(fields=["shop", "-found_at"], name="finding_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_code} by {self.detector}:{self.rule}"


class CaseEvent(models.Model):
    """What happened to a case before and around its decisions. Append-only."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        EVIDENCE = "evidence", _("More evidence")
        REPORTED = "reported", _("Reported")
        CLAIMED = "claimed", _("Claimed")
        RELEASED = "released", _("Released")
        SKIPPED = "skipped", _("Skipped")
        ESCALATED = "escalated", _("Escalated")
        NOTE = "note", _("Note")
        PROPOSED = "proposed", _("Decision proposed")
        REFUSED = "refused", _("Proposal refused")
        DECIDED = "decided", _("Decided")
        REOPENED = "reopened", _("Opened again")
        REVERSED = "reversed", _("Decision reversed")
        JOINED = "joined", _("Another case joined")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Proposal(models.Model):
    """A first reviewer's decision that a second person must confirm before it has any effect."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="proposals")
    verdict = models.CharField(max_length=10)  # uphold | dismiss
    policy_code = models.CharField(max_length=40, blank=True)
    points = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=200)
    facts = models.TextField(blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(status="pending"), name="proposal_one_waiting_per_case"
            ),
            models.CheckConstraint(
                condition=models.Q(answered_by=None) | ~models.Q(answered_by=models.F("proposed_by")),
                name="proposal_answered_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} of case {self.case_id}, {self.status}"


class Report(models.Model):
    """A person says that something breaks the rules. Answered when its case is settled."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    policy_code = models.CharField(max_length=40)
    text = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "reporter"], name="report_once_per_person_and_case")
        ]

    def __str__(self) -> str:
        return f"report {self.pk} on case {self.case_id}"
