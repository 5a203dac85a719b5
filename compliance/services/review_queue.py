"""Who works on which case: one person at a time, for a while."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.selectors import entries_about
from compliance.access import may_see_restricted, require_case_access, visible_cases
from compliance.models import Case, CaseEvent
from compliance.services.cases import add_event, audit_case, lock_case, require_whole
from core.errors import Conflict, Forbidden, Invalid

LEASE = timedelta(minutes=15)  # renewed by every action; a forgotten case comes back to the queue
READ_ONCE_IN = timedelta(hours=1)  # the desk reloads the page after every button; one entry says enough
SKIP_FOR = timedelta(hours=1)  # a skipped case is not offered to the same person again for so long


@transaction.atomic
def claim(*, case_id: int, reviewer: User, now: datetime | None = None) -> Case:
    """Take a case for ``LEASE``, or prolong one's own claim. ``Conflict`` if somebody else holds it."""
    now = now or timezone.now()
    # The whole is locked without its part: everybody else locks the whole first.
    whole_id = Case.objects.filter(pk=case_id).values_list("part_of_id", flat=True).first()
    case = lock_case(whole_id or case_id)
    require_case_access(reviewer, case)
    if not case.is_open:
        raise Conflict(_("This case has already been decided."), code="already_decided")
    require_whole(case)
    _require_second_person(case, reviewer)
    if case.is_claimed(now) and case.claimed_by_id != reviewer.pk:
        raise Conflict(
            _("Somebody else is working on this case."), code="claimed_by_other", until=case.claimed_until
        )
    is_new = case.claimed_by_id != reviewer.pk or not case.is_claimed(now)
    case.claimed_by, case.claimed_until = reviewer, now + LEASE
    case.save(update_fields=["claimed_by", "claimed_until"])
    if is_new:
        add_event(case, CaseEvent.Kind.CLAIMED, actor=reviewer)
    return case


@transaction.atomic
def claim_next(*, reviewer: User, after_id: int | None = None) -> Case | None:
    """Claim the gravest, oldest case that nobody holds and this person did not just skip, if there is one."""
    now = timezone.now()
    free = Q(claimed_by=None) | Q(claimed_until__lte=now) | Q(claimed_by=reviewer)
    skipped = CaseEvent.objects.filter(
        kind=CaseEvent.Kind.SKIPPED, actor=reviewer, at__gt=now - SKIP_FOR
    ).values("case_id")
    own = Q(proposals__proposed_by=reviewer, proposals__status="pending")
    rows = (
        visible_cases(reviewer)
        .filter(free, status__in=Case.OPEN_STATES, part_of=None)
        .exclude(pk__in=skipped)
        .exclude(own)
    )
    if after_id is not None:
        rows = rows.exclude(pk=after_id)
    if not may_see_restricted(reviewer):
        rows = rows.filter(is_escalated=False)
    case = (
        Case.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk__in=rows.values("pk"))
        .order_by("-severity", "opened_at", "pk")
        .first()
    )
    return claim(case_id=case.pk, reviewer=reviewer, now=now) if case else None


@transaction.atomic
def release(*, case_id: int, reviewer: User) -> Case:
    """Give a case back. Nothing happens if it is not this person's."""
    case = lock_case(case_id)
    require_case_access(reviewer, case)
    if case.claimed_by_id == reviewer.pk:
        _free(case)
        add_event(case, CaseEvent.Kind.RELEASED, actor=reviewer)
    return case


@transaction.atomic
def skip(*, case_id: int, reviewer: User) -> Case:
    """Leave a case to others: it is free again, and not offered to this person for a while."""
    case = lock_case(case_id)
    _require_own_claim(case, reviewer)
    _free(case)
    add_event(case, CaseEvent.Kind.SKIPPED, actor=reviewer)
    return case


@transaction.atomic
def escalate(*, case_id: int, reviewer: User, reason: str) -> Case:
    """Hand a case to the senior reviewers, with a reason."""
    if not reason.strip():
        raise Invalid(_("Say why it needs a senior reviewer."), code="reason_missing")
    case = lock_case(case_id)
    _require_own_claim(case, reviewer)
    case.is_escalated = True
    case.save(update_fields=["is_escalated"])
    _free(case)
    add_event(case, CaseEvent.Kind.ESCALATED, actor=reviewer, text=reason)
    audit_case(case, "escalated", actor=reviewer, reason=reason)
    return case


@transaction.atomic
def add_note(*, case_id: int, reviewer: User, text: str) -> CaseEvent:
    """A note for colleagues; shops never see it."""
    if not text.strip():
        raise Invalid(_("The note is empty."), code="text_missing")
    case = lock_case(case_id)
    require_case_access(reviewer, case)
    return add_event(case, CaseEvent.Kind.NOTE, actor=reviewer, text=text.strip())


@transaction.atomic
def note_reading(*, case: Case, reviewer: User, now: datetime | None = None) -> None:
    """Write into the audit trail who read a case: in the restricted queue every time, else once an hour."""
    if not case.is_restricted:
        since = (now or timezone.now()) - READ_ONCE_IN
        seen = entries_about("case", case.pk).filter(action="case.read", actor_id=reviewer.pk, at__gt=since)
        if seen.exists():
            return
    audit_case(case, "read", actor=reviewer)


@transaction.atomic
def free_forgotten_claims(*, now: datetime | None = None) -> int:
    """Clear claims whose lease ran out, so that lists show what is really being worked on."""
    stale = Case.objects.filter(claimed_by__isnull=False, claimed_until__lte=now or timezone.now())
    return stale.filter(pk=F("pk")).update(claimed_by=None, claimed_until=None)


def _free(case: Case) -> None:
    case.claimed_by, case.claimed_until = None, None
    case.save(update_fields=["claimed_by", "claimed_until"])


def _require_own_claim(case: Case, reviewer: User) -> None:
    require_case_access(reviewer, case)
    if not case.is_open:
        raise Conflict(_("This case has already been decided."), code="already_decided")
    if case.claimed_by_id != reviewer.pk or not case.is_claimed(timezone.now()):
        raise Conflict(_("Your claim on this case has run out. Claim it again."), code="not_claimed")


def _require_second_person(case: Case, reviewer: User) -> None:
    if (
        case.status == Case.Status.SECOND_REVIEW
        and case.proposals.filter(status="pending", proposed_by=reviewer).exists()
    ):
        raise Forbidden(_("A second person must answer this: the proposal is yours."), code="same_person")
