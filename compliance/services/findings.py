"""Storing what the detectors found, and opening or widening the case it belongs to."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from compliance.models import Finding
from compliance.services import cases
from compliance.services.cases import Subject
from compliance.services.screening import Screening, language_of

__all__ = ["Subject", "record_findings"]


@transaction.atomic
def record_findings(
    *,
    subject: Subject,
    screening: Screening,
    ruleset: str | None = None,
    open_case: bool = True,
    evidence: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """Keep every finding once per subject and ruleset; with ``open_case`` see that a case knows of them.

    ``evidence``: what a new case keeps besides the text and the findings. Safe to repeat and beside itself.
    Returns all findings of this subject under this ruleset.
    """
    if not screening.findings:
        return []
    ruleset = ruleset or screening.ruleset
    lang = language_of(subject.text)
    Finding.objects.bulk_create(
        [
            Finding(
                subject_kind=subject.kind,
                subject_id=subject.id,
                ruleset=ruleset,
                policy_code=found.policy,
                detector=found.detector,
                detector_version=found.version,
                rule=found.rule,
                start=found.start,
                end=found.end,
                confidence=found.confidence,
                matched=found.matched,
                explanation=found.explanation,
                view=found.view[:20],
                lang=lang,
                model_share=found.model,
                model_agrees=found.agrees,
                shop_id=subject.shop_id,
                author_id=subject.author_id,
                author_kind=subject.author_kind,
                conversation_id=subject.conversation_id,
                occurred_at=subject.occurred_at,
            )
            for found in screening.findings
        ],
        ignore_conflicts=True,
    )
    rows = list(
        Finding.objects.filter(subject_kind=subject.kind, subject_id=subject.id, ruleset=ruleset).order_by(
            "-confidence", "start", "pk"
        )
    )
    if open_case:
        cases.take_in_findings(subject=subject, findings=rows, screening=screening, evidence=evidence)
    return rows
