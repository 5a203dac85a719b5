"""Deciding: the one place where a violation is confirmed or dismissed, and what follows from it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from compliance import signals, taxonomy
from compliance.access import may_see_restricted, require_case_access, role_names
from compliance.definitions import Step
from compliance.models import Appeal, Case, CaseEvent, Decision, PolicyVersion, Proposal
from compliance.selectors.cases import state_of
from compliance.selectors.standing import counted_before, has_low_violation, preview, scheme_of
from compliance.services import announcements, enforcement, held_texts, reversals, statements
from compliance.services.cases import (
    add_event,
    announce_settled,
    audit_case,
    lock_case,
    require_whole,
    take_in_later,
)
from compliance.services.hiding import Spans, hide_of, was_hidden_before
from compliance.services.points import add_points, lock_ledger
from compliance.services.policies import current_scheme, current_version
from compliance.services.review_queue import LEASE
from core.errors import Conflict, Forbidden, Invalid, NotFound
from shops.models import Shop

UNDO_WINDOW = timedelta(seconds=10)  # the console offers an undo for so long; e-mail waits for it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says: ``uphold`` under one policy, or ``dismiss``. ``points=None``: the policy's."""

    outcome: str
    reason: str
    policy_code: str = ""
    points: int | None = None
    facts: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision, or the proposal that waits for a second person."""

    decision: Decision | None
    proposal: Proposal | None = None


@transaction.atomic
def decide(*, case_id: int, reviewer: User, verdict: Verdict, seen: str = "") -> Outcome:
    """Settle a case that the reviewer has claimed. Where two people are needed, propose it to the second.

    ``seen``: what the reviewer had before them, by ``selectors.cases.state_of``; without it, the case as it
    was when it was claimed. ``Conflict`` if something joined the case since, or somebody else holds or has
    decided it; then nothing has changed.
    """
    now = timezone.now()
    case = lock_case(case_id)
    require_case_access(reviewer, case)
    _require_open(case, Case.Status.OPEN)
    _require_claim(case, reviewer, now)
    _require_seen(case, seen)
    version = _check(verdict)
    if _needs_second_person(case, version):
        return Outcome(None, _propose(case, reviewer, verdict, now))
    return Outcome(_carry_out(case, verdict, version, decided_by=reviewer, confirmed_by=None, at=now))


@transaction.atomic
def answer_proposal(
    *, case_id: int, reviewer: User, agree: bool, reason: str = "", seen: str = ""
) -> Outcome:
    """The second person's answer. Yes carries the first one's verdict out, no opens the case again.

    ``seen``: as for ``decide``.
    """
    now = timezone.now()
    case = lock_case(case_id)
    require_case_access(reviewer, case)
    _require_open(case, Case.Status.SECOND_REVIEW)
    proposal = case.proposals.select_for_update().get(status=Proposal.Status.PENDING)
    if proposal.proposed_by_id == reviewer.pk:
        raise Forbidden(_("A second person must answer this: the proposal is yours."), code="same_person")
    _require_claim(case, reviewer, now)
    _require_seen(case, seen)
    proposal.status = Proposal.Status.CONFIRMED if agree else Proposal.Status.REFUSED
    proposal.answered_by, proposal.answered_at = reviewer, now
    proposal.save(update_fields=["status", "answered_by", "answered_at"])
    if not agree:
        _refuse(case, reviewer, reason)
        return Outcome(None, proposal)
    verdict = Verdict(
        outcome=proposal.verdict,
        reason=proposal.reason,
        policy_code=proposal.policy_code,
        points=proposal.points,
        facts=proposal.facts,
    )
    decision = _carry_out(
        case, verdict, _check(verdict), decided_by=proposal.proposed_by, confirmed_by=reviewer, at=now
    )
    return Outcome(decision, proposal)


@transaction.atomic
def record_automatic(
    *,
    shop: Shop,
    policy_code: str,
    subject_kind: str,
    subject_id: int,
    facts: str,
    points: int,
    source: str,
) -> Decision:
    """A decision that no person takes, for a measured fact. Once per ``source``: again returns the first."""
    now = lock_ledger(shop.pk)
    if existing := Decision.objects.filter(source=source).first():
        return existing
    version = current_version(policy_code)
    if not facts.strip():
        raise Invalid(_("A decision needs its facts."), code="facts_missing")
    decision = _against_shop(
        shop=shop,
        version=version,
        asked_points=points,
        is_lesson=False,
        at=now,
        fields={
            "kind": Decision.Kind.UPHOLD,
            "source": source,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "reason": "measured",
            "facts": facts,
            "is_automatic": True,
        },
    )
    record(
        action="decision.automatic",
        target_type="decision",
        target_id=decision.pk,
        target_label=policy_code,
        changes={"shop": shop.pk, "points": points, "source": source},
    )
    return decision


@transaction.atomic
def take_back_automatic(*, decision_id: int, by: User, reason: str) -> bool:
    """The measured fact behind an automatic decision was corrected: it falls, with its points.

    False, and nothing happens, if it fell before, a person decided it, or an appeal of it is being decided.
    """
    decision = Decision.objects.select_for_update(of=("self",)).filter(pk=decision_id).first()
    if decision is None or not decision.is_automatic:
        return False
    if Decision.objects.filter(reverses=decision).exists():
        return False
    if decision.appeals.filter(status__in=Appeal.OPEN_STATES).exists():
        return False
    reversal, _ = reversals.reverse(decision=decision, by=by, reason=reason)
    record(
        action="decision.taken_back",
        actor=by,
        actor_role=role_names(by),
        target_type="decision",
        target_id=decision.pk,
        target_label=decision.source,
        reason=reason,
        changes={"reversal": reversal.pk, "points": -decision.points},
    )
    return True


@transaction.atomic
def undo(*, decision_id: int, reviewer: User) -> Case:
    """Take one's own decision back within seconds of it; the case is open and claimed again.

    What was found in the same content meanwhile is decided with it.
    """
    decision = Decision.objects.select_related("case").filter(pk=decision_id).first()
    if decision is None or decision.case_id is None or decision.decided_by_id != reviewer.pk:
        raise NotFound(_("No such decision."))
    case = lock_case(decision.case_id)
    now = timezone.now()
    if now - decision.decided_at > UNDO_WINDOW or decision.confirmed_by_id is not None:
        raise Conflict(_("It is too late to undo this; it can be overturned on appeal."), code="too_late")
    if case.decision_id != decision.pk:
        raise Conflict(_("This decision no longer stands."), code="already_decided")
    # Cases are locked before the shop's ledger, here as where they are decided.
    take_in_later(case, actor=reviewer)
    reversals.reverse(decision=decision, by=reviewer, reason="undone", at=now, is_undo=True)
    announcements.take_back(decision)
    case.status, case.decision, case.settled_at = Case.Status.OPEN, None, None
    if case.is_restricted and not may_see_restricted(reviewer):
        case.claimed_by, case.claimed_until = None, None  # What joined belongs to those who may see it.
    else:
        case.claimed_by, case.claimed_until = reviewer, now + LEASE
    case.save(update_fields=["status", "decision", "settled_at", "claimed_by", "claimed_until"])
    add_event(case, CaseEvent.Kind.REOPENED, actor=reviewer)
    announce_settled(case, "reopened")
    for part in case.parts.select_for_update().filter(decision=decision).order_by("pk"):
        part.status, part.decision, part.settled_at = Case.Status.OPEN, None, None
        part.save(update_fields=["status", "decision", "settled_at"])
        add_event(part, CaseEvent.Kind.REOPENED, actor=reviewer)
        announce_settled(part, "reopened")
    record(
        action="decision.undone",
        actor=reviewer,
        actor_role=role_names(reviewer),
        target_type="decision",
        target_id=decision.pk,
        target_label=case.reference,
    )
    return case


def _require_open(case: Case, expected: str) -> None:
    if case.is_open:
        require_whole(case)
    if case.status != expected:
        by = case.decision.decided_by_id if case.decision else None
        raise Conflict(_("This case has already been decided."), code="already_decided", decided_by=by)


def _require_claim(case: Case, reviewer: User, now: datetime) -> None:
    if case.is_claimed(now) and case.claimed_by_id == reviewer.pk:
        return
    if case.is_claimed(now):
        raise Conflict(_("Somebody else is working on this case."), code="claimed_by_other")
    raise Conflict(_("Your claim on this case has run out. Claim it again."), code="not_claimed")


def _require_seen(case: Case, seen: str) -> None:
    """Nobody decides on words or files that were not on the page."""
    if seen:
        is_new = seen != state_of(case)
    else:
        assert case.claimed_until is not None
        is_new = case.parts.filter(opened_at__gt=case.claimed_until - LEASE).exists()
    if is_new:
        raise Conflict(
            _("Something new joined this case after you opened it. Nothing was decided: look at it first."),
            code="something_new",
        )


def _check(verdict: Verdict) -> PolicyVersion | None:
    """The policy version a verdict rests on (None: a dismissal); ``Invalid`` if the verdict is not whole."""
    if not verdict.reason.strip():
        raise Invalid(_("Give a reason."), code="reason_missing")
    if verdict.outcome == "dismiss":
        return None
    if verdict.outcome != "uphold":
        raise Invalid(_("A verdict is uphold or dismiss."), code="unknown_verdict")
    if not verdict.facts.strip():
        raise Invalid(_("Write the facts as the shop will read them."), code="facts_missing")
    version = current_version(verdict.policy_code)
    if verdict.points is not None and not version.points <= verdict.points <= version.points_max:
        raise Invalid(
            _("This rule costs %(points)s to %(points_max)s points.")
            % {"points": version.points, "points_max": version.points_max},
            code="points_out_of_range",
        )
    return version


def _needs_second_person(case: Case, version: PolicyVersion | None) -> bool:
    suspected = taxonomy.get_policy(case.policy_code)
    return (
        case.is_restricted or suspected.needs_second_person or bool(version and version.needs_second_person)
    )


def _propose(case: Case, reviewer: User, verdict: Verdict, now: datetime) -> Proposal:
    proposal = Proposal.objects.create(
        case=case,
        verdict=verdict.outcome,
        policy_code=verdict.policy_code,
        points=verdict.points,
        reason=verdict.reason,
        facts=verdict.facts,
        proposed_by=reviewer,
        proposed_at=now,
    )
    case.status = Case.Status.SECOND_REVIEW
    case.claimed_by, case.claimed_until = None, None
    case.save(update_fields=["status", "claimed_by", "claimed_until"])
    add_event(case, CaseEvent.Kind.PROPOSED, actor=reviewer, text=verdict.reason)
    audit_case(
        case,
        "decision_proposed",
        actor=reviewer,
        reason=verdict.reason,
        changes={"verdict": verdict.outcome, "policy": verdict.policy_code, "points": verdict.points},
    )
    return proposal


def _refuse(case: Case, reviewer: User, reason: str) -> None:
    take_in_later(case, actor=reviewer)
    case.status, case.is_escalated = Case.Status.OPEN, True
    case.claimed_by, case.claimed_until = None, None
    case.save(update_fields=["status", "is_escalated", "claimed_by", "claimed_until"])
    add_event(case, CaseEvent.Kind.REFUSED, actor=reviewer, text=reason)
    audit_case(case, "proposal_refused", actor=reviewer, reason=reason)


def _carry_out(
    case: Case,
    verdict: Verdict,
    version: PolicyVersion | None,
    *,
    decided_by: User,
    confirmed_by: User | None,
    at: datetime,
) -> Decision:
    fields: dict[str, Any] = {
        "source": f"case:{case.pk}:{case.decisions.count() + 1}",
        "case": case,
        "author_id": case.author_id,
        "subject_kind": case.subject_kind,
        "subject_id": case.subject_id,
        "reason": verdict.reason,
        "decided_by": decided_by,
        "confirmed_by": confirmed_by,
    }
    if version is None:
        decision = Decision.objects.create(
            kind=Decision.Kind.DISMISS, shop=case.shop, decided_at=at, **fields
        )
    else:
        decision = _uphold(case, verdict, version, fields, at)
    case.status = Case.Status.UPHELD if version else Case.Status.DISMISSED
    case.decision, case.settled_at = decision, at
    case.claimed_by, case.claimed_until = None, None
    case.save(update_fields=["status", "decision", "settled_at", "claimed_by", "claimed_until"])
    add_event(case, CaseEvent.Kind.DECIDED, actor=decided_by, text=verdict.reason)
    _show_or_hide(case, decision, decision.hide_mode, decision.hide_spans)
    announce_settled(case, case.status, policy_code=verdict.policy_code if version else "")
    announcements.tell_reporters(case, upheld=version is not None)
    for part in case.parts.select_for_update().filter(status__in=Case.OPEN_STATES).order_by("pk"):
        _settle_part(part, decision, version)
    audit_case(
        case,
        case.status,
        actor=confirmed_by or decided_by,
        reason=verdict.reason,
        changes={
            "decision": decision.pk,
            "decided_by": decided_by.pk,
            "policy": verdict.policy_code if version else "",
            "policy_version": version.number if version else None,
            "points": decision.points,
        },
    )
    return decision


def _settle_part(part: Case, decision: Decision, version: PolicyVersion | None) -> None:
    """The other half of the content falls under the same decision: no second statement, no second points."""
    part.status = Case.Status.UPHELD if version else Case.Status.DISMISSED
    part.decision, part.settled_at = decision, decision.decided_at
    part.save(update_fields=["status", "decision", "settled_at"])
    add_event(part, CaseEvent.Kind.DECIDED, actor=decision.decided_by, text=decision.reason)
    _show_or_hide(part, decision, *(hide_of(part, version) if version else ("", [])))
    announce_settled(part, part.status, policy_code=version.policy.code if version else "")
    announcements.tell_reporters(part, upheld=version is not None)


def _uphold(
    case: Case, verdict: Verdict, version: PolicyVersion, fields: dict[str, Any], at: datetime
) -> Decision:
    mode, spans = hide_of(case, version)
    fields |= {
        "kind": Decision.Kind.UPHOLD,
        "facts": verdict.facts,
        "hide_mode": mode,
        "hide_spans": spans,
    }
    if case.shop is not None and case.is_of_the_shop:
        at = lock_ledger(case.shop.pk)
        scheme = scheme_of(current_scheme())
        is_lesson = (
            scheme.first_low_is_lesson and version.severity == "low" and not has_low_violation(case.shop.pk)
        )
        return _against_shop(
            shop=case.shop,
            version=version,
            asked_points=_points_of(case, version, verdict),
            is_lesson=is_lesson,
            at=at,
            fields=fields,
        )
    decision = Decision.objects.create(
        shop=case.shop, policy_version=version, scheme=current_scheme(), decided_at=at, **fields
    )
    statement = statements.issue(decision=decision, entry=None, step=None, restrictions=[])
    announcements.send_statement(decision, statement)
    return decision


def _points_of(case: Case, version: PolicyVersion, verdict: Verdict) -> int:
    """None where the same message was decided under this rule before. The caller holds the ledger's lock."""
    if counted_before(case, version.policy.code):
        return 0
    return version.points if verdict.points is None else verdict.points


def _against_shop(
    *,
    shop: Shop,
    version: PolicyVersion,
    asked_points: int,
    is_lesson: bool,
    at: datetime,
    fields: Mapping[str, Any],
) -> Decision:
    """Decision, points, milestone, statement and notices. The caller holds the ledger's lock."""
    scheme_row = current_scheme()
    scheme = scheme_of(scheme_row)
    added = 0 if is_lesson else asked_points
    step = preview(shop_id=shop.pk, points=added, scheme=scheme, at=at) if added else None
    decision = Decision.objects.create(
        shop=shop,
        is_against_shop=True,
        policy_version=version,
        scheme=scheme_row,
        points=added,
        is_lesson=is_lesson,
        effects=_effects(step),
        decided_at=at,
        **fields,
    )
    entry = add_points(decision=decision, points=added, scheme=scheme, at=at) if added else None
    restrictions = (
        enforcement.impose(decision=decision, milestone=step.milestone, scheme=scheme, at=at)
        if step and step.milestone
        else []
    )
    statement = statements.issue(decision=decision, entry=entry, step=step, restrictions=restrictions)
    announcements.send_statement(decision, statement)
    return decision


def _effects(step: Step | None) -> dict[str, Any]:
    if step is None:
        return {}
    milestone = asdict(step.milestone) if step.milestone else None
    return {"before": step.before, "after": step.after, "warning": step.warning, "milestone": milestone}


def _show_or_hide(case: Case, decision: Decision, mode: str, spans: Spans) -> None:
    about = {"subject_kind": case.subject_kind, "subject_id": case.subject_id}
    if decision.kind == Decision.Kind.DISMISS:
        if was_hidden_before(case):
            signals.content_restored.send(sender=Case, **about)
    elif mode and case.subject_kind in held_texts.FIELDS:
        held_texts.hold(case=case, decision=decision)
    elif mode:
        signals.content_hidden.send(sender=Case, **about, mode=mode, spans=spans)
