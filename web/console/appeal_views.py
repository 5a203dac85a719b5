"""The appeals queue and the desk of one appeal."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest
from accounts.models import User
from compliance.access import get_staff_appeal, visible_appeals
from compliance.models import Appeal
from compliance.selectors.cases import appeals_queue, prior_decisions
from compliance.selectors.standing import active_points, scheme_of
from compliance.services import appeals
from core.errors import DomainError
from files.models import Upload
from files.selectors import uploads_of
from files.services.links import signed_path
from web.appeal_evidence import evidence_of
from web.console.desk_page import context_lines, rail
from web.console.forms import AppealAnswerForm

PAGE = 50


@login_required
@require_GET
def appeal_list(request: SignedInRequest) -> HttpResponse:
    """Appeals that wait, oldest first; ``?done=1`` shows the answered ones."""
    is_open = request.GET.get("done") != "1"
    rows = appeals_queue(visible_appeals(request.user), is_open=is_open)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    own = [row.pk for row in page if request.user.pk in appeals.decided_before(row)]
    context = {"page": page, "is_open": is_open, "own": own, "query": "" if is_open else "&done=1"}
    return render(request, "console/appeals.html", context)


@login_required
@require_GET
def appeal(request: SignedInRequest, reference: str) -> HttpResponse:
    return _desk(request, get_staff_appeal(request.user, reference), AppealAnswerForm())


@login_required
@require_POST
def claim_appeal(request: SignedInRequest, reference: str) -> HttpResponse:
    row = get_staff_appeal(request.user, reference)
    try:
        appeals.claim(appeal_id=row.pk, reviewer=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("console:appeal", reference)


@login_required
@require_POST
def release_appeal(request: SignedInRequest, reference: str) -> HttpResponse:
    row = get_staff_appeal(request.user, reference)
    appeals.release(appeal_id=row.pk, reviewer=request.user)
    return redirect("console:appeals")


@login_required
@require_POST
def answer_appeal(request: SignedInRequest, reference: str) -> HttpResponse:
    """Overturn, reject or ask. A refused answer changes nothing and says why."""
    row = get_staff_appeal(request.user, reference)
    form = AppealAnswerForm(request.POST)
    if not form.is_valid():
        return _desk(request, row, form, status=422)
    words = form.cleaned_data["answer"]
    try:
        if form.cleaned_data["act"] == "uphold":
            appeals.uphold(appeal_id=row.pk, reviewer=request.user, answer=words)
        elif form.cleaned_data["act"] == "reject":
            appeals.reject(appeal_id=row.pk, reviewer=request.user, answer=words)
        else:
            appeals.ask(appeal_id=row.pk, reviewer=request.user, question=words)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return _desk(request, get_staff_appeal(request.user, reference), form, status=refusal.status)
    messages.success(request, _DONE[form.cleaned_data["act"]])
    return redirect("console:appeal", reference)


_DONE = {
    "uphold": _("The decision is taken back, and everybody who was told is told again."),
    "reject": _("The decision stands. The shop has your reasons."),
    "ask": _("Your question is with the shop."),
}


def _desk(
    request: SignedInRequest, row: Appeal, form: AppealAnswerForm, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    decision = row.decision
    case = decision.case
    scheme = decision.scheme
    findings = list(case.findings.all()) if case else []
    context = {
        "appeal": row,
        "decision": decision,
        "statement": decision.statement,
        "case": case,
        "lines": context_lines(case, findings) if case else [],
        "events": row.events.select_related("actor"),
        "earlier": list(
            Appeal.objects.filter(decision=decision, level__lt=row.level).select_related("decided_by")
        ),
        "files": [(file, _link(file, request.user)) for file in _files(row)],
        "prior": prior_decisions(row.shop),
        "evidence": evidence_of(decision),
        "rail": rail(row.shop_id, scheme_of(scheme), now) if scheme else None,
        "points_now": active_points(row.shop_id, now),
        "points_after": max(0, active_points(row.shop_id, now) - decision.points),
        "is_own_decision": request.user.pk in appeals.decided_before(row),
        "is_mine": row.is_claimed(now) and row.claimed_by_id == request.user.pk,
        "is_others": row.is_claimed(now) and row.claimed_by_id != request.user.pk,
        "form": form,
    }
    return render(request, "console/appeal.html", context, status=status)


def _files(row: Appeal) -> list[Upload]:
    return uploads_of(appeals.APPEAL_FILES, [row.pk])[str(row.pk)]


def _link(upload: Upload, user: User) -> str:
    """Empty until the malware scan has passed the file."""
    return signed_path(upload, user=user) if upload.state == Upload.State.CLEAN else ""
