"""A shop disputes one session of the ledger; staff uphold or reject it, with reasons and consequences."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language, gettext

from accounts.access import REVIEWERS, SENIOR_REVIEWERS, require_staff
from accounts.models import User
from audit.services import record
from chat.models import Conversation, Session
from chat.response_clock import Reason, Verdict
from chat.services.sessions import exclude_session, lift_exclusion
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.reference_numbers import generate
from metrics.models import Dispute
from metrics.models.disputes import EVIDENCE_CHARS
from metrics.selectors import verdict_at
from metrics.services.corrections import moments_of, revise_weeks
from metrics.services.weeks import frozen
from notifications.services import notify
from shops.access import may, membership_of
from shops.capabilities import Capability
from shops.models import Shop
from shops.selectors import member_ids_with

RULES_FILE = Path(__file__).parents[1] / "dispute_rules.yaml"
REFERENCE_PREFIX = "D"


@dataclass(frozen=True, slots=True)
class DisputeReason:
    code: str
    outcome: Reason
    needs_evidence: bool
    titles: dict[str, str]
    hints: dict[str, str]

    @property
    def title(self) -> str:
        return _in_language(self.titles)

    @property
    def hint(self) -> str:
        return _in_language(self.hints)


@dataclass(frozen=True, slots=True)
class DisputeRules:
    version: int
    file_within: timedelta
    answer_within: timedelta
    reasons: dict[str, DisputeReason]


@lru_cache(maxsize=1)
def rules() -> DisputeRules:
    """The file's rules; raises KeyError or ValueError where it is wrong."""
    data = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    reasons = [
        DisputeReason(
            entry["code"],
            Reason(entry["outcome"]),
            bool(entry["needs_evidence"]),
            dict(entry["title"]),
            dict(entry["hint"]),
        )
        for entry in data["reasons"]
    ]
    return DisputeRules(
        int(data["version"]),
        timedelta(days=data["file_within_days"]),
        timedelta(hours=data["answer_within_hours"]),
        {reason.code: reason for reason in reasons},
    )


def session_with(conversation: Conversation, seq: int | None) -> Session | None:
    """The session that holds this message; the latest one without a number."""
    sessions = Session.objects.filter(conversation=conversation).order_by("-first_seq")
    return sessions.first() if seq is None else sessions.filter(first_seq__lte=seq).first()


def dispute_of(session: Session) -> Dispute | None:
    """What was filed about this session and not withdrawn."""
    rows = Dispute.objects.filter(conversation_id=session.conversation_id, session_seq=session.first_seq)
    return rows.exclude(status=Dispute.Status.WITHDRAWN).first()


def refusal_of(session: Session, now: datetime) -> str:
    """Why this session cannot be disputed, in words; empty if it can."""
    verdict = verdict_at(session, now)
    if verdict is Verdict.EXCLUDED:
        return gettext("This session does not count already.")
    if verdict is Verdict.IN_TIME:
        return gettext("This session was answered in time; it counts in your favour.")
    if session.deadline is not None and now > session.deadline + rules().file_within:
        words = gettext("A session can be disputed until %(days)d days after its deadline.")
        return words % {"days": rules().file_within.days}
    return ""


@transaction.atomic
def file_dispute(
    *,
    shop: Shop,
    actor: User,
    conversation_id: int,
    seq: int | None,
    reason: str,
    evidence: str,
    now: datetime,
) -> Dispute:
    """Dispute the session that holds message ``seq``. Filing it again returns what was filed."""
    if not may(actor, shop, Capability.REPLY_TO_CUSTOMERS):
        raise Forbidden(gettext("Your role reads the ledger but does not dispute it."), code="read_only")
    conversation = Conversation.objects.select_for_update().filter(pk=conversation_id, shop=shop).first()
    session = session_with(conversation, seq) if conversation else None
    if conversation is None or session is None:
        raise NotFound(gettext("There is no such session."))
    if (filed := dispute_of(session)) is not None:
        return filed
    if refusal := refusal_of(session, now):
        raise Conflict(refusal, code="not_disputable")
    evidence = _checked(reason, evidence)
    dispute = Dispute.objects.create(
        reference=generate(REFERENCE_PREFIX),
        shop=shop,
        conversation=conversation,
        session_seq=session.first_seq,
        session=frozen(session, now),
        reason=reason,
        rules_version=rules().version,
        evidence=evidence,
        filed_by=actor,
        filed_at=now,
        due_at=now + rules().answer_within,
    )
    _audit("dispute.filed", dispute, actor, changes={"reason": reason})
    return dispute


@transaction.atomic
def withdraw(*, dispute_id: int, actor: User, now: datetime) -> Dispute:
    """The shop takes it back before it is answered; it may be filed again."""
    dispute = _lock(dispute_id)
    if not may(actor, dispute.shop, Capability.REPLY_TO_CUSTOMERS):
        raise Forbidden(gettext("Your role reads the ledger but does not dispute it."), code="read_only")
    if dispute.status == Dispute.Status.WITHDRAWN:
        return dispute
    _require_open(dispute)
    dispute.status, dispute.answered_at = Dispute.Status.WITHDRAWN, now
    dispute.save(update_fields=["status", "answered_at"])
    _audit("dispute.withdrawn", dispute, actor)
    return dispute


@transaction.atomic
def answer(*, dispute_id: int, by: User, is_upheld: bool, words: str, now: datetime) -> Dispute:
    """Uphold: the session stops counting and judged weeks are corrected. Reject: it goes on counting."""
    require_staff(by, *REVIEWERS)
    if not words.strip():
        raise Invalid(gettext("Give a reason that the shop can read."), code="text_missing")
    dispute = _lock(dispute_id)
    _require_open(dispute)
    if membership_of(by, dispute.shop) is not None:
        raise Forbidden(gettext("You work for this shop; somebody else must answer."), code="own_shop")
    dispute.status = Dispute.Status.UPHELD if is_upheld else Dispute.Status.REJECTED
    dispute.answered_by, dispute.answered_at = by, now
    dispute.answer = words.strip()[:EVIDENCE_CHARS]
    dispute.save(update_fields=["status", "answered_by", "answered_at", "answer"])
    weeks = _exclude(dispute, by, now) if is_upheld else []
    _tell(dispute, weeks)
    _audit(
        "dispute.upheld" if is_upheld else "dispute.rejected",
        dispute,
        by,
        reason=dispute.answer,
        changes={"weeks": weeks},
    )
    return dispute


@transaction.atomic
def reopen(*, dispute_id: int, by: User, words: str, now: datetime) -> Dispute:
    """A senior reviewer takes an answer back: the session counts as before until it is answered anew."""
    require_staff(by, *SENIOR_REVIEWERS)
    if not words.strip():
        raise Invalid(gettext("Give a reason that the shop can read."), code="text_missing")
    dispute = _lock(dispute_id)
    if dispute.status not in (Dispute.Status.UPHELD, Dispute.Status.REJECTED):
        raise Conflict(gettext("There is no answer to take back."), code="not_answered")
    weeks: list[str] = []
    if dispute.status == Dispute.Status.UPHELD:
        lift_exclusion(source=_source(dispute))
        weeks = _correct_weeks(dispute, by, now, reason=f"Dispute {dispute.reference} reopened")
    dispute.status, dispute.due_at = Dispute.Status.OPEN, now + rules().answer_within
    dispute.answered_by, dispute.answered_at, dispute.answer = None, None, ""
    dispute.save(update_fields=["status", "due_at", "answered_by", "answered_at", "answer"])
    _audit("dispute.reopened", dispute, by, reason=words.strip(), changes={"weeks": weeks})
    return dispute


def _exclude(dispute: Dispute, by: User, now: datetime) -> list[str]:
    known = rules().reasons.get(dispute.reason)
    exclude_session(
        conversation=Conversation.objects.select_for_update().get(pk=dispute.conversation_id),
        seq=dispute.session_seq,
        reason=known.outcome if known else Reason.DISPUTE_UPHELD,
        source=_source(dispute),
    )
    return _correct_weeks(dispute, by, now, reason=f"Dispute {dispute.reference} upheld")


def _correct_weeks(dispute: Dispute, by: User, now: datetime, *, reason: str) -> list[str]:
    moments = moments_of(dispute.conversation, from_seq=dispute.session_seq, to_seq=dispute.session_seq)
    revised = revise_weeks(shop=dispute.shop, moments=moments, reason=reason, by=by, now=now)
    return [f"{row.week_on.isoformat()} revision {row.revision}" for row in revised]


def _checked(reason: str, evidence: str) -> str:
    known = rules().reasons.get(reason)
    if known is None:
        raise Invalid(gettext("Choose a reason."), code="unknown_reason")
    evidence = evidence.strip()
    if known.needs_evidence and not evidence:
        raise Invalid(gettext("This reason needs your words: what happened, and when?"), code="text_missing")
    if len(evidence) > EVIDENCE_CHARS:
        raise Invalid(gettext("At most %(n)d characters.") % {"n": EVIDENCE_CHARS}, code="text_too_long")
    return evidence


def _lock(dispute_id: int) -> Dispute:
    rows = Dispute.objects.select_for_update(of=("self",)).select_related("shop", "conversation")
    dispute = rows.filter(pk=dispute_id).first()
    if dispute is None:
        raise NotFound(gettext("There is no such dispute."))
    return dispute


def _require_open(dispute: Dispute) -> None:
    if dispute.status != Dispute.Status.OPEN:
        raise Conflict(gettext("This dispute has been answered already."), code="already_answered")


def _source(dispute: Dispute) -> str:
    return f"dispute:{dispute.pk}"


def _tell(dispute: Dispute, weeks: list[str]) -> None:
    """Owners, managers and whoever filed it; once for each answer."""
    people = {*member_ids_with(dispute.shop_id, Capability.LODGE_APPEAL)}
    if dispute.filed_by_id:
        people.add(dispute.filed_by_id)
    assert dispute.answered_at is not None
    notify(
        user_ids=people,
        kind="dispute_answered",
        subject_key=_source(dispute),
        dedupe=dispute.answered_at.isoformat(),
        context={
            "reference": dispute.reference,
            "shop": dispute.shop.name,
            "is_upheld": dispute.status == Dispute.Status.UPHELD,
            "answer": dispute.answer,
            "weeks": len(weeks),
        },
        url=reverse("seller:dispute_page", args=[dispute.shop.slug, dispute.reference]),
    )


def _audit(
    action: str, dispute: Dispute, actor: User, *, reason: str = "", changes: dict[str, Any] | None = None
) -> None:
    record(
        action=action,
        actor=actor,
        target_type="dispute",
        target_id=str(dispute.pk),
        target_label=dispute.reference,
        reason=reason,
        changes=changes or {},
    )


def _in_language(words: dict[str, str]) -> str:
    language = (get_language() or "en").lower()
    return words.get(language) or words.get(language.partition("-")[0]) or words["en"]
