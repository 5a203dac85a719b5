"""Which texts that stand somewhere for long have been scanned: shop descriptions, products, saved replies."""

from django.db import models


class TextScan(models.Model):
    """The newest scan of one standing text. Another text or another ruleset makes it due again."""

    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    digest = models.CharField(max_length=64)  # SHA-256 of the text as it was scanned
    ruleset = models.CharField(max_length=60)
    findings = models.PositiveSmallIntegerField(default=0)
    scanned_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="text_scan_once_per_subject")
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} under {self.ruleset}"
