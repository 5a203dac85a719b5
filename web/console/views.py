"""The queue and the case desk; what a reviewer does there."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import REVIEWERS, SignedInRequest, require_staff
from compliance.access import get_case
from compliance.models import Case, Decision
from compliance.services import decisions, review_queue
from compliance.services.decisions import UNDO_WINDOW, Verdict
from core.errors import Conflict, DomainError
from web.console.desk_page import desk_context, queue_context
from web.console.forms import ReasonForm, VerdictForm

LAST_DECISION = "console_last_decision"  # session key: what the undo offer is about


@login_required
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    require_staff(request.user, *REVIEWERS)
    return redirect("console:cases")


@login_required
@require_GET
def cases(request: SignedInRequest) -> HttpResponse:
    """The queue by severity and age."""
    return _queue(request, Case.Status.OPEN)


@login_required
@require_GET
def second_review(request: SignedInRequest) -> HttpResponse:
    """Proposals that wait for a second person."""
    return _queue(request, Case.Status.SECOND_REVIEW)


@login_required
@require_GET
def case(request: SignedInRequest, reference: str) -> HttpResponse:
    """The desk of one case, with the queue beside it."""
    row = get_case(request.user, reference)
    review_queue.note_reading(case=row, reviewer=request.user)
    return _desk(request, row)


@login_required
@require_POST
def next_case(request: SignedInRequest) -> HttpResponse:
    """Claim the gravest, oldest free case and open it."""
    require_staff(request.user, *REVIEWERS)
    return _to_next(request)


@login_required
@require_POST
def claim(request: SignedInRequest, reference: str) -> HttpResponse:
    row = get_case(request.user, reference)
    return _act(request, row, lambda: review_queue.claim(case_id=row.pk, reviewer=request.user))


@login_required
@require_POST
def release(request: SignedInRequest, reference: str) -> HttpResponse:
    row = get_case(request.user, reference)
    return _act(request, row, lambda: review_queue.release(case_id=row.pk, reviewer=request.user))


@login_required
@require_POST
def skip(request: SignedInRequest, reference: str) -> HttpResponse:
    row = get_case(request.user, reference)
    try:
        review_queue.skip(case_id=row.pk, reviewer=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("console:case", reference)
    return _to_next(request, after_id=row.pk)


@login_required
@require_POST
def escalate(request: SignedInRequest, reference: str) -> HttpResponse:
    row = get_case(request.user, reference)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["text"] if form.is_valid() else ""
    try:
        review_queue.escalate(case_id=row.pk, reviewer=request.user, reason=reason)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("console:case", reference)
    messages.success(request, _("The case is with the senior reviewers."))
    return _to_next(request, after_id=row.pk)


@login_required
@require_POST
def note(request: SignedInRequest, reference: str) -> HttpResponse:
    row = get_case(request.user, reference)
    form = ReasonForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    return _act(request, row, lambda: review_queue.add_note(case_id=row.pk, reviewer=request.user, text=text))


@login_required
@require_POST
def decide(request: SignedInRequest, reference: str) -> HttpResponse:
    """Settle the case and go on to the next one. A refused decision changes nothing and says why."""
    row = get_case(request.user, reference)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _desk(request, row, form=form, status=422)
    verdict = Verdict(
        outcome="uphold" if form.policy_code else "dismiss",
        reason=form.cleaned_data["reason"],
        policy_code=form.policy_code,
        points=form.points,
        facts=form.cleaned_data["facts"],
    )
    try:
        outcome = decisions.decide(
            case_id=row.pk, reviewer=request.user, verdict=verdict, seen=request.POST.get("seen", "")
        )
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        row.refresh_from_db()
        return _desk(request, row, form=form, status=refusal.status)
    if outcome.decision is None:
        messages.success(request, _("Your proposal waits for a second person."))
    else:
        _offer_undo(request, outcome.decision)
    return _to_next(request, after_id=row.pk)


@login_required
@require_POST
def answer_proposal(request: SignedInRequest, reference: str) -> HttpResponse:
    """The second person agrees, or opens the case again with a reason."""
    row = get_case(request.user, reference)
    agree = request.POST.get("act") == "agree"
    reason = request.POST.get("text", "")[:2000]
    try:
        decisions.answer_proposal(
            case_id=row.pk,
            reviewer=request.user,
            agree=agree,
            reason=reason,
            seen=request.POST.get("seen", ""),
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("console:case", reference)
    messages.success(request, _("Confirmed.") if agree else _("The case is open again."))
    return redirect("console:second_review")


@login_required
@require_POST
def undo(request: SignedInRequest, decision_id: int) -> HttpResponse:
    """Take back one's own decision of a moment ago."""
    require_staff(request.user, *REVIEWERS)
    request.session.pop(LAST_DECISION, None)
    try:
        row = decisions.undo(decision_id=decision_id, reviewer=request.user)
    except Conflict as refusal:
        messages.error(request, refusal.message)
        return redirect("console:cases")
    messages.success(request, _("Undone. The case is yours again."))
    return redirect("console:case", row.reference)


def _queue(request: SignedInRequest, status: str) -> HttpResponse:
    now = timezone.now()
    context = {**queue_context(request, now=now, status=status), "undo": _undo_offer(request), "at": "queue"}
    return render(request, "console/desk.html", context)


def _desk(
    request: SignedInRequest, row: Case, *, form: VerdictForm | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    shown = Case.Status.SECOND_REVIEW if row.status == Case.Status.SECOND_REVIEW else Case.Status.OPEN
    context = {
        **queue_context(request, now=now, status=shown),
        **desk_context(row, reviewer=request.user, now=now),
        "form": form,
        "now": now,
        "at": "case",
        "undo": _undo_offer(request),
    }
    return render(request, "console/desk.html", context, status=status)


def _act(request: SignedInRequest, row: Case, act: Callable[[], object]) -> HttpResponse:
    """One step on the case, then its page again; a refusal is shown there."""
    try:
        act()
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("console:case", row.reference)


def _to_next(request: SignedInRequest, *, after_id: int | None = None) -> HttpResponse:
    row = review_queue.claim_next(reviewer=request.user, after_id=after_id)
    if row is None:
        messages.info(request, _("Nothing waits for you."))
        return redirect("console:cases")
    query = request.GET.urlencode()
    address = reverse("console:case", args=[row.reference])
    return redirect(f"{address}?{query}" if query else address)


def _offer_undo(request: SignedInRequest, decision: Decision) -> None:
    title = _(decision.policy_version.title) if decision.policy_version else _("no violation")
    until = decision.decided_at + UNDO_WINDOW
    request.session[LAST_DECISION] = {"id": decision.pk, "title": title, "until": until.timestamp()}


def _undo_offer(request: SignedInRequest) -> dict[str, Any] | None:
    """The last decision, for as long as it can be undone."""
    offer = request.session.get(LAST_DECISION)
    if offer is None:
        return None
    left = offer["until"] - timezone.now().timestamp()
    if left <= 0:
        del request.session[LAST_DECISION]
        return None
    return {**offer, "seconds": int(left)}
