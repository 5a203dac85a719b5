"""Evaluations of weeks: numerators and denominators, frozen with the sessions they counted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from metrics.definitions import week_label


class WeeklyEvaluation(models.Model):
    """How one shop was judged for one finished week under one rule pack. Rows are never edited.

    A correction is a new row with the next ``revision`` that names the one it ``replaces``. ``sessions`` is
    the frozen list of the ledger's lines, ``excluded`` counts them by reason, ``difference`` says what a
    revision changed: ``{"in_time": [old, new], …}``.
    """

    class Outcome(models.TextChoices):
        NOT_EVALUATED = "not_evaluated", _("Not evaluated")
        MET = "met", _("Met")
        WARNING = "warning", _("Warning")
        ENFORCEMENT = "enforcement", _("Below the floor")
        OVERTURNED = "overturned", _("Overturned on appeal")

    shop = models.ForeignKey("shops.Shop", on_delete=models.PROTECT, related_name="weekly_evaluations")
    pack_code = models.CharField(max_length=40)
    pack_version = models.PositiveIntegerField()
    week_on = models.DateField()  # Its Monday, in ``time_zone``.
    time_zone = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    in_time = models.PositiveIntegerField()
    counted = models.PositiveIntegerField()
    late = models.PositiveIntegerField()
    missed = models.PositiveIntegerField()
    excluded = models.JSONField(default=dict)
    counted_messages = models.PositiveIntegerField()
    thirty_days_in_time = models.PositiveIntegerField()
    thirty_days_counted = models.PositiveIntegerField()
    outcome = models.CharField(max_length=16, choices=Outcome)
    sessions = models.JSONField(default=list)
    decision_id = models.BigIntegerField(null=True, blank=True)  # Of compliance, where something followed.
    reason = models.CharField(max_length=200, blank=True)  # Why it was revised.
    difference = models.JSONField(default=dict, blank=True)
    evaluated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "pack_code", "week_on", "revision"], name="metrics_week_once_per_revision"
            ),
            models.CheckConstraint(
                condition=Q(counted=models.F("in_time") + models.F("late") + models.F("missed")),
                name="metrics_week_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(revision=1, replaces__isnull=True) | Q(revision__gt=1, replaces__isnull=False),
                name="metrics_revision_names_the_old",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shop}, {week_label(self.week_on)}: {self.in_time} of {self.counted}"
