"""The JSON of compliance's endpoints. Times are ISO 8601 in UTC, points whole numbers."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from compliance.models import Appeal, Case
from compliance.selectors.cases import severity_name, state_of
from compliance.selectors.health import Health, Violation


class AppealInput(serializers.Serializer):
    decision = serializers.IntegerField(min_value=1)
    ground = serializers.ChoiceField(choices=Appeal.Ground.choices)
    text = serializers.CharField(max_length=8000)
    files = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=10)


class AnswerInput(serializers.Serializer):
    text = serializers.CharField(max_length=8000, required=False, allow_blank=True, default="")
    files = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=10)


class VerdictInput(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=["uphold", "dismiss"])
    reason = serializers.CharField(max_length=200)
    policy = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    points = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1)
    facts = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    seen = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class ProposalAnswerInput(serializers.Serializer):
    agree = serializers.BooleanField()
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    seen = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


def health_json(health: Health) -> dict[str, Any]:
    """``{"points", "next", "restrictions", "violations"}``."""
    return {
        "points": health.points,
        "next": (
            {"points": health.next.points, "title": health.next.title, "in": health.to_next}
            if health.next
            else None
        ),
        "restrictions": [
            {
                "kind": row.kind,
                "starts_at": utc(row.starts_at),
                "ends_at": utc(row.ends_at),
                "decision": row.decision_id,
            }
            for row in (*health.restrictions, *health.announced)
        ],
        "violations": [violation_json(violation) for violation in health.violations],
    }


def violation_json(violation: Violation) -> dict[str, Any]:
    """``{"decision", "policy", "points", "expires_at", "state", "appeal", "appeal_until", …}``."""
    decision = violation.decision
    version = decision.policy_version
    return {
        "decision": decision.pk,
        "policy": version.policy.code if version else None,
        "title": version.title if version else "",
        "points": decision.points,
        "is_lesson": decision.is_lesson,
        "decided_at": utc(decision.decided_at),
        "expires_at": utc(violation.entry.ends_at) if violation.entry else None,
        "state": violation.state,
        "statement": decision.statement.reference,
        "appeal": violation.appeal.reference if violation.appeal else None,
        "appeal_until": utc(violation.window.until) if violation.window.is_open else None,
    }


def appeal_json(appeal: Appeal) -> dict[str, Any]:
    """``{"reference", "decision", "level", "status", "answer", "timeline", …}``; no staff names."""
    return {
        "reference": appeal.reference,
        "decision": appeal.decision_id,
        "level": appeal.level,
        "status": appeal.status,
        "ground": appeal.ground,
        "text": appeal.text,
        "lodged_at": utc(appeal.lodged_at),
        "question": appeal.question if appeal.status == Appeal.Status.MORE_INFO else "",
        "question_due_at": utc(appeal.question_due_at),
        "answer": appeal.answer,
        "decided_at": utc(appeal.decided_at),
        "timeline": [{"kind": event.kind, "at": utc(event.at)} for event in appeal.events.all()],
    }


def case_json(case: Case, *, whole: bool = False) -> dict[str, Any]:
    """One line of the queue; ``whole`` adds the evidence, also of the parts, and ``seen`` for deciding."""
    line = {
        "reference": case.reference,
        "policy": case.policy_code,
        "severity": severity_name(case.severity),
        "status": case.status,
        "shop": case.shop.slug if case.shop else None,
        "source": case.source,
        "opened_at": utc(case.opened_at),
        "claimed_until": utc(case.claimed_until),
        "claimed_by": case.claimed_by_id,
        "is_escalated": case.is_escalated,
        "is_restricted": case.is_restricted,
    }
    if not whole:
        return line
    parts = case.parts.order_by("pk")
    return line | {
        "evidence": case.evidence,
        "parts": [{"reference": part.reference, "evidence": part.evidence} for part in parts],
        "follows": case.follows.reference if case.follows else None,
        "seen": state_of(case),
    }


def utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
