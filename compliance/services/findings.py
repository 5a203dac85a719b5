"""Storing what the detectors found, and opening or widening the case it belongs to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from compliance.models import Finding
from compliance.services import cases
from compliance.services.cases import Subject
from compliance.services.screening import Screening, language_of

__all__ = ["Found", "Subject", "record_all", "record_findings"]


@dataclass(frozen=True, slots=True)
class Found:
    """What one scan said of one content. ``evidence``: what a new case keeps besides text and findings."""

    subject: Subject
    screening: Screening
    ruleset: str
    evidence: Mapping[str, Any] | None = None


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
    found = Found(subject, screening, ruleset or screening.ruleset, evidence)
    return record_all([found], open_cases=open_case)[0]


@transaction.atomic
def record_all(every: Sequence[Found], *, open_cases: bool = True) -> list[list[Finding]]:
    """The same for many contents, each of them once, with a fixed number of statements."""
    if not every:
        return []
    stored = _store([found for found in every if found.screening.findings])
    rows = [stored[_key(found)] if found.screening.findings else [] for found in every]
    if open_cases:
        cases.take_in_findings(
            [
                cases.Suspicion(found.subject, its, found.screening, found.evidence or {})
                for found, its in zip(every, rows, strict=True)
                if its
            ]
        )
    return rows


def _store(every: Sequence[Found]) -> Mapping[tuple[str, int, str], list[Finding]]:
    """All findings of these contents under their rulesets, the surest first."""
    stored: defaultdict[tuple[str, int, str], list[Finding]] = defaultdict(list)
    if not every:
        return stored
    Finding.objects.bulk_create([row for found in every for row in _rows(found)], ignore_conflicts=True)
    known = Finding.objects.filter(
        subject_kind__in={found.subject.kind for found in every},
        subject_id__in={found.subject.id for found in every},
        ruleset__in={found.ruleset for found in every},
    )
    for row in known.order_by("-confidence", "start", "pk"):
        stored[row.subject_kind, row.subject_id, row.ruleset].append(row)
    return stored


def _key(found: Found) -> tuple[str, int, str]:
    return found.subject.kind, found.subject.id, found.ruleset


def _rows(told: Found) -> list[Finding]:
    subject = told.subject
    lang = language_of(subject.text)
    return [
        Finding(
            subject_kind=subject.kind,
            subject_id=subject.id,
            ruleset=told.ruleset,
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
        for found in told.screening.findings
    ]
