"""Appeals: a shop says that a decision was wrong, and somebody else looks again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import REVIEWERS, require_staff
from accounts.models import User
from audit.services import record
from compliance import signals
from compliance.access import may_see_restricted, role_names
from compliance.models import Appeal, AppealEvent, Case, Decision
from compliance.selectors.standing import scheme_of
from compliance.selectors.windows import window_of
from compliance.services import announcements, reversals
from compliance.services.cases import announce_settled, lock_case
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.reference_numbers import generate
from files.access import get_loose_uploads
from files.services.uploads import attach
from shops.access import may
from shops.capabilities import Capability

REFERENCE_PREFIX = "A"
APPEAL_FILES = "appeal"  # subject kind of attached uploads
LEASE = timedelta(minutes=30)
ANSWER_WITHIN = timedelta(days=5)  # how long a shop has to answer a question before its appeal lapses
MAX_FILES = 10


@transaction.atomic
def lodge(
    *,
    decision_id: int,
    user: User,
    ground: str,
    text: str,
    file_ids: Sequence[str] = (),
    door: str = "shop_health",
) -> Appeal:
    """Appeal against a decision. Both doors come here; ``door`` says which one (``ticket:T-…``).

    ``file_ids``: public ids of this person's own uploads. ``Conflict`` when an appeal is open, the window is
    over or the second was decided.
    """
    now = timezone.now()
    decision = _lock_decision(decision_id)
    if decision.shop is None or not may(user, decision.shop, Capability.LODGE_APPEAL):
        raise Forbidden(_("Only the shop's owners and managers can appeal."))
    window = window_of(decision, now=now)
    if window.level is None:
        raise Conflict(_REFUSALS[window.refusal], code=window.refusal)
    if not text.strip():
        raise Invalid(_("Say in your own words why the decision is wrong."), code="text_missing")
    if ground not in Appeal.Ground.values:
        raise Invalid(_("Choose a ground."), code="unknown_ground")
    if len(file_ids) > MAX_FILES:
        raise Invalid(_("At most %(max_files)s files.") % {"max_files": MAX_FILES}, code="too_many_files")
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                reference=generate(REFERENCE_PREFIX),
                decision=decision,
                shop=decision.shop,
                level=window.level,
                ground=ground,
                text=text.strip(),
                lodged_by=user,
                lodged_at=now,
                door=door,
            )
    except IntegrityError:
        raise Conflict(_REFUSALS["already_open"], code="already_open") from None
    _attach(appeal, user, file_ids)
    _step(appeal, AppealEvent.Kind.FILED, actor=user)
    announcements.tell_about_appeal(appeal, "filed", level=appeal.level)
    _record("appeal.filed", appeal, user, changes={"level": appeal.level, "ground": ground, "door": door})
    return appeal


@transaction.atomic
def claim(*, appeal_id: int, reviewer: User) -> Appeal:
    """Take an appeal for review. ``Forbidden`` for whoever decided the case or the first appeal."""
    now = timezone.now()
    appeal = _lock(appeal_id)
    _require_other_person(appeal, reviewer)
    if not appeal.is_open:
        raise Conflict(_("This appeal has already been answered."), code="already_decided")
    if appeal.is_claimed(now) and appeal.claimed_by_id != reviewer.pk:
        raise Conflict(_("Somebody else is working on this appeal."), code="claimed_by_other")
    appeal.claimed_by, appeal.claimed_until = reviewer, now + LEASE
    starts = appeal.status == Appeal.Status.FILED
    if starts:
        appeal.status = Appeal.Status.IN_REVIEW
    appeal.save(update_fields=["claimed_by", "claimed_until", "status"])
    if starts:
        _step(appeal, AppealEvent.Kind.IN_REVIEW, actor=reviewer)
        _record("appeal.in_review", appeal, reviewer)
    return appeal


@transaction.atomic
def release(*, appeal_id: int, reviewer: User) -> Appeal:
    """Give an appeal back to the others. Nothing happens if it is not this person's."""
    appeal = _lock(appeal_id)
    if appeal.claimed_by_id == reviewer.pk:
        appeal.claimed_by, appeal.claimed_until = None, None
        appeal.save(update_fields=["claimed_by", "claimed_until"])
    return appeal


@transaction.atomic
def ask(*, appeal_id: int, reviewer: User, question: str) -> Appeal:
    """Ask the shop for more. Without an answer within ``ANSWER_WITHIN`` the appeal lapses."""
    now = timezone.now()
    if not question.strip():
        raise Invalid(_("Write the question."), code="text_missing")
    appeal = _lock(appeal_id)
    _require_claim(appeal, reviewer, now)
    appeal.status, appeal.question = Appeal.Status.MORE_INFO, question.strip()
    appeal.question_due_at = now + ANSWER_WITHIN
    appeal.save(update_fields=["status", "question", "question_due_at"])
    _step(appeal, AppealEvent.Kind.ASKED, actor=reviewer, text=appeal.question)
    announcements.tell_about_appeal(
        appeal,
        "asked",
        question=appeal.question,
        until=appeal.question_due_at.isoformat(),
    )
    _record("appeal.asked", appeal, reviewer)
    return appeal


@transaction.atomic
def answer_question(*, appeal_id: int, user: User, text: str, file_ids: Sequence[str] = ()) -> Appeal:
    """The shop's answer; the review goes on."""
    appeal = _lock(appeal_id)
    _require_shop(appeal, user)
    if appeal.status != Appeal.Status.MORE_INFO:
        raise Conflict(_("There is no open question."), code="no_question")
    if not text.strip() and not file_ids:
        raise Invalid(_("Write an answer or add a file."), code="text_missing")
    appeal.status, appeal.question_due_at = Appeal.Status.IN_REVIEW, None
    appeal.save(update_fields=["status", "question_due_at"])
    _attach(appeal, user, file_ids)
    _step(appeal, AppealEvent.Kind.ANSWERED, actor=user, text=text.strip())
    _record("appeal.answered", appeal, user)
    return appeal


@transaction.atomic
def withdraw(*, appeal_id: int, user: User) -> Appeal:
    """The shop takes its appeal back. That is final for this decision."""
    appeal = _lock(appeal_id)
    _require_shop(appeal, user)
    if not appeal.is_open:
        raise Conflict(_("This appeal has already been answered."), code="already_decided")
    _close(appeal, Appeal.Status.WITHDRAWN)
    _step(appeal, AppealEvent.Kind.WITHDRAWN, actor=user)
    _record("appeal.withdrawn", appeal, user)
    return appeal


@transaction.atomic
def uphold(*, appeal_id: int, reviewer: User, answer: str) -> Appeal:
    """The decision was wrong: undo it exactly and tell everybody who was told of it."""
    now = timezone.now()
    appeal = _start_deciding(appeal_id, reviewer, answer, now)
    decision = appeal.decision
    case = lock_case(decision.case_id) if decision.case_id else None
    reversal, lifted = reversals.reverse(
        decision=decision, by=reviewer, reason="overturned on appeal", at=now
    )
    if case is not None:
        case.status = Case.Status.OVERTURNED
        case.save(update_fields=["status"])
        announce_settled(case, "overturned")
        for part in case.parts.select_for_update().filter(decision=decision).order_by("pk"):
            part.status = Case.Status.OVERTURNED
            part.save(update_fields=["status"])
            announce_settled(part, "overturned")
    _decide(appeal, Appeal.Status.UPHELD, reviewer, answer, now, outcome=reversal)
    _step(appeal, AppealEvent.Kind.UPHELD, actor=reviewer, text=appeal.answer)
    announcements.tell_overturned(appeal, lifted=lifted)
    if case is not None:
        for half in (case, *case.parts.filter(decision=decision).order_by("pk")):
            announcements.tell_reporters(half, upheld=False, dedupe=f"overturned:{reversal.pk}")
    _record(
        "appeal.upheld",
        appeal,
        reviewer,
        changes={"reversal": reversal.pk, "points": -decision.points, "lifted": [row.pk for row in lifted]},
    )
    return appeal


@transaction.atomic
def reject(*, appeal_id: int, reviewer: User, answer: str) -> Appeal:
    """The decision stands, with reasons. After the first rejection a second, final appeal is possible."""
    now = timezone.now()
    appeal = _start_deciding(appeal_id, reviewer, answer, now)
    _decide(appeal, Appeal.Status.REJECTED, reviewer, answer, now, outcome=None)
    _step(appeal, AppealEvent.Kind.REJECTED, actor=reviewer, text=appeal.answer)
    until = None
    if appeal.level == 1 and appeal.decision.scheme is not None:
        window = scheme_of(appeal.decision.scheme).appeal_windows[1]
        until = (now + window).isoformat()
    announcements.tell_about_appeal(appeal, "rejected", answer=appeal.answer, second_until=until)
    _record("appeal.rejected", appeal, reviewer)
    return appeal


@transaction.atomic
def lapse_unanswered(*, now: datetime | None = None) -> int:
    """Close appeals whose question was not answered in time. Returns how many; safe beside itself."""
    now = now or timezone.now()
    due = Appeal.objects.select_for_update(of=("self",), skip_locked=True).filter(
        status=Appeal.Status.MORE_INFO, question_due_at__lte=now
    )
    rows = list(due.select_related("decision", "shop"))
    for appeal in rows:
        _close(appeal, Appeal.Status.LAPSED)
        _step(appeal, AppealEvent.Kind.LAPSED, actor=None)
        announcements.tell_about_appeal(appeal, "lapsed")
        _record("appeal.lapsed", appeal, None)
    return len(rows)


_REFUSALS = {
    "not_appealable": _("This decision cannot be appealed."),
    "already_reversed": _("This decision no longer stands."),
    "already_open": _("An appeal against this decision is already open."),
    "final": _("This decision is final."),
    "too_late": _("The time to appeal is over."),
}


def _lock_decision(decision_id: int) -> Decision:
    rows = Decision.objects.select_for_update(of=("self",)).select_related("shop", "scheme", "policy_version")
    if decision := rows.filter(pk=decision_id).first():
        return decision
    raise NotFound(_("No such decision."))


def _lock(appeal_id: int) -> Appeal:
    rows = Appeal.objects.select_for_update(of=("self",)).select_related(
        "shop", "decision__shop", "decision__case", "decision__scheme", "decision__policy_version__policy"
    )
    if appeal := rows.filter(pk=appeal_id).first():
        return appeal
    raise NotFound(_("No such appeal."))


def _require_shop(appeal: Appeal, user: User) -> None:
    if not may(user, appeal.shop, Capability.LODGE_APPEAL):
        raise Forbidden(_("Only the shop's owners and managers can do this."))


def decided_before(appeal: Appeal) -> set[int]:
    """Everybody who had a hand in the decision or in an earlier appeal against it."""
    people = {appeal.decision.decided_by_id, appeal.decision.confirmed_by_id}
    earlier = Appeal.objects.filter(decision_id=appeal.decision_id, level__lt=appeal.level)
    people.update(earlier.values_list("decided_by_id", flat=True))
    return {person for person in people if person is not None}


def _require_other_person(appeal: Appeal, reviewer: User) -> None:
    require_staff(reviewer, *REVIEWERS)
    case = appeal.decision.case
    if case is not None and case.is_restricted and not may_see_restricted(reviewer):
        raise Forbidden(_("This appeal is in the restricted queue."), code="restricted")
    if reviewer.pk in decided_before(appeal):
        raise Forbidden(
            _("Somebody who had no part in the decision must answer this appeal."), code="same_person"
        )
    if may(reviewer, appeal.shop, Capability.READ_HEALTH):
        raise Forbidden(_("You work for this shop."), code="conflict_of_interest")


def _require_claim(appeal: Appeal, reviewer: User, now: datetime) -> None:
    _require_other_person(appeal, reviewer)
    if not appeal.is_open:
        raise Conflict(_("This appeal has already been answered."), code="already_decided")
    if appeal.is_claimed(now) and appeal.claimed_by_id != reviewer.pk:
        raise Conflict(_("Somebody else is working on this appeal."), code="claimed_by_other")
    if not appeal.is_claimed(now):
        raise Conflict(_("Your claim on this appeal has run out. Claim it again."), code="not_claimed")


def _start_deciding(appeal_id: int, reviewer: User, answer: str, now: datetime) -> Appeal:
    appeal = _lock(appeal_id)
    _require_claim(appeal, reviewer, now)
    if not answer.strip():
        raise Invalid(_("Give the reasons, as the shop will read them."), code="answer_missing")
    return appeal


def _decide(
    appeal: Appeal, status: str, reviewer: User, answer: str, now: datetime, *, outcome: Decision | None
) -> None:
    appeal.status, appeal.answer = status, answer.strip()
    appeal.decided_by, appeal.decided_at, appeal.outcome = reviewer, now, outcome
    appeal.claimed_by, appeal.claimed_until = None, None
    appeal.save(
        update_fields=[
            "status",
            "answer",
            "decided_by",
            "decided_at",
            "outcome",
            "claimed_by",
            "claimed_until",
        ]
    )


def _close(appeal: Appeal, status: str) -> None:
    appeal.status, appeal.claimed_by, appeal.claimed_until = status, None, None
    appeal.save(update_fields=["status", "claimed_by", "claimed_until"])


def _attach(appeal: Appeal, user: User, file_ids: Sequence[str]) -> None:
    for upload in get_loose_uploads(user, list(dict.fromkeys(file_ids))):
        attach(upload=upload, subject_kind=APPEAL_FILES, subject_id=appeal.pk)


def _step(appeal: Appeal, kind: str, *, actor: User | None, text: str = "") -> None:
    AppealEvent.objects.create(appeal=appeal, kind=kind, actor=actor, text=text)
    signals.appeal_changed.send(
        sender=Appeal,
        appeal_id=appeal.pk,
        reference=appeal.reference,
        decision_id=appeal.decision_id,
        shop_id=appeal.shop_id,
        status=str(appeal.status),
        door=appeal.door,
    )


def _record(
    action: str, appeal: Appeal, actor: User | None, *, changes: dict[str, object] | None = None
) -> None:
    record(
        action=action,
        actor=actor,
        actor_role=role_names(actor) if actor else "",
        target_type="appeal",
        target_id=appeal.pk,
        target_label=appeal.reference,
        changes={"decision": appeal.decision_id, "shop": appeal.shop_id, **(changes or {})},
    )
