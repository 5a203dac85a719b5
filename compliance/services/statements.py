"""Statements of reasons: made once from a decision, with everything a shop must be told, and never edited.

``body`` is what the shop reads. ``dsa`` is the record for the EU's DSA Transparency Database, without
personal data; it is empty for measures that rest on no content (a missed response rate).
"""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from compliance.definitions import Scheme, Step
from compliance.models import Case, Decision, PointsEntry, PolicyVersion, Restriction, Statement
from compliance.selectors.standing import scheme_of
from compliance.services import held_texts
from compliance.services.screening import screen_text
from core.errors import Invalid
from core.reference_numbers import generate

REFERENCE_PREFIX = "S"
# Field lengths of the DSA Transparency Database.
MAX_FACTS = 5000
MAX_GROUND = 500
MAX_EXPLANATION = 2000

TEXT_TAKEN_DOWN = "The text is taken down: customers no longer read it. You may write another one."
HIDDEN_AS = {
    "mask": "The marked part of the message is hidden from the customer.",
    "withhold": "The message is hidden from the other side.",
}


def issue(
    *,
    decision: Decision,
    entry: PointsEntry | None,
    step: Step | None,
    restrictions: list[Restriction],
) -> Statement:
    """Write the statement of an upheld decision. ``Invalid`` if something that must be said is missing."""
    version = decision.policy_version
    if version is None or decision.scheme is None or not decision.facts.strip():
        raise Invalid(_("A statement of reasons needs a rule and the facts."), code="facts_missing")
    reference = generate(REFERENCE_PREFIX)
    scheme = scheme_of(decision.scheme)
    body = {
        "reference": reference,
        "addressee": _addressee(decision),
        "policy": {
            "code": version.policy.code,
            "title": version.title,
            "version": version.number,
            "clause": version.clause,
        },
        "content": _content(decision.case, decision),
        "facts": decision.facts,
        "detected": _detected(decision.case),
        "is_automatic": decision.is_automatic,
        "decided_at": decision.decided_at.isoformat(),
        "points": decision.points,
        "points_until": entry.ends_at.isoformat() if entry else None,
        "is_lesson": decision.is_lesson,
        "lesson": version.lesson,
        "balance": {"before": step.before, "after": step.after} if step else None,
        "warning": step.warning if step else None,
        "milestone": _milestone(step),
        "restrictions": [_restriction(row) for row in restrictions],
        "hidden": decision.hide_mode,
        "territory": _territory(decision),
        "effects": _effects(decision, entry, step, restrictions),
        "redress": _redress(decision, scheme),
    }
    return Statement.objects.create(
        reference=reference,
        decision=decision,
        body=body,
        dsa=_dsa(reference, decision, version, restrictions),
        created_at=decision.decided_at,
    )


def _redress(decision: Decision, scheme: Scheme) -> dict[str, Any]:
    """How to object: shops appeal within a window, other people write to the Help Center."""
    if not decision.is_against_shop:
        return {"appeal_until": None, "appeals": 0, "is_free": True}
    return {"appeal_until": appeal_deadline(decision, scheme).isoformat(), "appeals": 2, "is_free": True}


def appeal_deadline(decision: Decision, scheme: Scheme) -> datetime:
    """The last moment for the first appeal: days of 86,400 seconds from the decision."""
    return decision.decided_at + scheme.appeal_windows[0]


def day(moment: datetime, zone: str) -> str:
    """A date for a sentence, in the reader's zone: "Sun 6 Dec 2026"."""
    with timezone.override(zone):
        local = timezone.localtime(moment)
    return f"{local:%a} {local.day} {local:%b %Y}"


def zone_of(decision: Decision) -> str:
    if decision.shop is not None:
        return decision.shop.time_zone
    return "UTC"


def _addressee(decision: Decision) -> dict[str, Any]:
    if decision.is_against_shop and decision.shop is not None:
        return {"kind": "shop", "slug": decision.shop.slug, "name": decision.shop.name}
    author = User.objects.filter(pk=decision.author_id).first() if decision.author_id else None
    return {"kind": "person", "name": author.display_name if author else ""}


def _content(case: Case | None, decision: Decision) -> dict[str, Any] | None:
    """The words as they were; never repeated where the restricted queue forbids showing them again."""
    if case is None:
        return None
    content: dict[str, Any] = {
        "kind": case.subject_kind,
        "id": case.subject_id,
        "at": case.evidence["occurred_at"],
    }
    # What a reporter wrote in a ticket is theirs: the other side never reads it.
    if case.is_restricted or case.subject_kind == "ticket":
        return {**content, "text": None, "spans": []}
    spans = decision.hide_spans or [
        [row["start"], row["end"]]
        for row in case.evidence["findings"]
        if decision.policy_version and row["policy"] == decision.policy_version.policy.code
    ]
    parts = [
        part
        for part in case.parts.filter(status__in=Case.OPEN_STATES).order_by("pk")
        if part.evidence["text"] != case.evidence["text"]  # The same words once; an edited text is another.
        or (part.subject_kind, part.subject_id) != (case.subject_kind, case.subject_id)
    ]
    return {
        **content,
        "text": case.evidence["text"],
        "spans": spans,
        "parts": [_part(part, decision) for part in parts],
    }


def _part(part: Case, decision: Decision) -> dict[str, Any]:
    """The other half of the content, a message's files beside its words or the words beside the files."""
    spans = [
        [row["start"], row["end"]]
        for row in part.evidence["findings"]
        if decision.policy_version and row["policy"] == decision.policy_version.policy.code
    ]
    return {"kind": part.subject_kind, "text": part.evidence["text"], "spans": spans}


def _detected(case: Case | None) -> str:
    if case is None:
        return "automatic"
    return "automatic" if case.source == Case.Source.FINDING else "report"


def _milestone(step: Step | None) -> dict[str, Any] | None:
    if step is None or step.milestone is None:
        return None
    reached = step.milestone
    return {"points": reached.points, "title": reached.title, "detail": reached.detail}


def kind_words(row: Restriction) -> str:
    """What a restriction is called in a stored text, which is English whoever decides."""
    with translation.override("en"):
        return str(row.get_kind_display())


def _restriction(row: Restriction) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "title": kind_words(row),
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "waits_for_second_person": row.status == Restriction.Status.PROPOSED,
    }


def _territory(decision: Decision) -> list[str]:
    return [decision.shop.country] if decision.shop is not None and decision.shop.country else []


def _effects(
    decision: Decision, entry: PointsEntry | None, step: Step | None, restrictions: list[Restriction]
) -> list[str]:
    zone = zone_of(decision)
    lines: list[str] = []
    if decision.is_lesson:
        lines.append("A lesson instead of points, because it is the first time.")
    elif entry is not None and step is not None:
        lines.append(
            f"{_points(decision.points)} until {day(entry.ends_at, zone)}: "
            f"{step.before} active points become {step.after}."
        )
    else:
        lines.append("No points.")
    if decision.hide_mode:
        is_own_text = decision.subject_kind in held_texts.FIELDS
        lines.append(TEXT_TAKEN_DOWN if is_own_text else HIDDEN_AS[decision.hide_mode])
    if step and step.warning:
        lines.append(f"This is a formal warning: it comes at {step.warning} points.")
    for row in restrictions:
        if row.ends_at is None:
            lines.append(f"{kind_words(row)} from {day(row.starts_at, zone)}, if a second person confirms.")
        else:
            lines.append(f"{kind_words(row)} until {day(row.ends_at, zone)}.")
    return lines


def _points(number: int) -> str:
    return "1 point" if number == 1 else f"{number} points"


def _dsa(
    reference: str, decision: Decision, version: PolicyVersion, restrictions: list[Restriction]
) -> dict[str, Any]:
    if not version.dsa_category:
        return {}
    case = decision.case
    record: dict[str, Any] = {
        "puid": reference,
        "decision_facts": without_contacts(decision.facts)[:MAX_FACTS],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": f"{version.title}, version {version.number}"[:MAX_GROUND],
        "incompatible_content_explanation": version.clause[:MAX_EXPLANATION],
        "incompatible_content_illegal": "No",
        "category": f"STATEMENT_CATEGORY_{version.dsa_category}",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_date": _date(
            datetime.fromisoformat(case.evidence["occurred_at"]) if case else decision.decided_at
        ),
        "territorial_scope": _territory(decision),
        "application_date": _date(decision.decided_at),
        "account_type": "ACCOUNT_TYPE_BUSINESS" if decision.is_against_shop else "ACCOUNT_TYPE_PRIVATE",
        "source_type": "SOURCE_VOLUNTARY"
        if _detected(case) == "automatic"
        else "SOURCE_TYPE_OTHER_NOTIFICATION",
        "automated_detection": "Yes" if _detected(case) == "automatic" else "No",
        "automated_decision": (
            "AUTOMATED_DECISION_FULLY" if decision.is_automatic else "AUTOMATED_DECISION_NOT_AUTOMATED"
        ),
    }
    return {**record, **_dsa_measures(decision, restrictions)}


def _dsa_measures(decision: Decision, restrictions: list[Restriction]) -> dict[str, Any]:
    measures: dict[str, Any] = {}
    if decision.hide_mode == "withhold":
        measures["decision_visibility"] = ["DECISION_VISIBILITY_CONTENT_DISABLED"]
    else:
        what = (
            "part of the message is masked"
            if decision.hide_mode == "mask"
            else "penalty points for the trader"
        )
        measures["decision_visibility"] = ["DECISION_VISIBILITY_OTHER"]
        measures["decision_visibility_other"] = what
    limited = [row for row in restrictions if row.ends_at is not None]
    if limited:
        measures["decision_provision"] = "DECISION_PROVISION_PARTIAL_SUSPENSION"
        ends = [row.ends_at for row in limited if row.ends_at]
        measures["end_date_service_restriction"] = _date(max(ends))
    if any(row.ends_at is None for row in restrictions):
        measures["decision_account"] = "DECISION_ACCOUNT_TERMINATED"
    return measures


def without_contacts(text: str) -> str:
    """The text with phone numbers, links and handles blanked, for records without personal data."""
    parts, position = [], 0
    for start, end in screen_text(text=text, sender="seller").mask_spans:
        parts += [text[position:start], "[…]"]
        position = end
    return "".join([*parts, text[position:]])


def _date(moment: datetime) -> str:
    return moment.astimezone(timezone.get_default_timezone()).date().isoformat()


def window_left(until: datetime, now: datetime) -> timedelta:
    return max(until - now, timedelta(0))
