"""The match lists: files that are known to break a rule, and files that are known to break none."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class KnownFile(models.Model):
    """One entry of a match list. Taken off rather than deleted, so an old finding can be explained.

    ``value``: 64 hex digits; of the bytes as stored (``sha256``) or of the picture's look (``pdq``).
    """

    class Listing(models.TextChoices):
        BAD = "bad", "Known to break a rule"
        GOOD = "good", "Known to be fine"

    class Kind(models.TextChoices):
        SHA256 = "sha256", "The same bytes"
        PDQ = "pdq", "The same look"

    listing = models.CharField(max_length=4, choices=Listing.choices)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    value = models.CharField(max_length=64)
    policy_code = models.CharField(max_length=40, blank=True)  # what a bad one breaks
    reason = models.CharField(max_length=300)
    case_reference = models.CharField(max_length=16, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField(default=timezone.now)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=models.Q(removed_at=None),
                name="known_file_once",
            ),
            models.CheckConstraint(
                condition=models.Q(listing="good", policy_code="")
                | (models.Q(listing="bad") & ~models.Q(policy_code="")),
                name="known_file_bad_names_policy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.listing} {self.kind} {self.value[:12]}"
