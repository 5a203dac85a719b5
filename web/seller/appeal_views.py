"""Appeals from Shop Health: lodging one, following it, answering a question, withdrawing it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest
from compliance.access import get_shop_appeal, get_violation
from compliance.models import Appeal, Decision
from compliance.selectors.health import appeals_of, violation_of
from compliance.selectors.standing import active_points
from compliance.services import appeals
from core.errors import Conflict, DomainError, Forbidden
from files.models import Upload
from files.selectors import uploads_of
from files.services.links import signed_path
from files.services.uploads import store_upload
from shops.access import get_shop, may
from shops.capabilities import Capability
from web.appeal_evidence import evidence_of
from web.seller.appeal_forms import AnswerForm, AppealForm


@login_required
@require_GET
def appeal_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Every appeal of the shop, newest first."""
    shop = get_shop(request.user, slug, Capability.READ_HEALTH)
    return render(request, "seller/appeals.html", {"shop": shop, "appeals": appeals_of(shop)})


@login_required
@require_http_methods(["GET", "POST"])
def appeal_new(request: SignedInRequest, slug: str, decision_id: int) -> HttpResponse:
    """The form, and lodging it. Whoever may not appeal gets the reason instead of a form."""
    shop = get_shop(request.user, slug, Capability.READ_HEALTH)
    decision = get_violation(request.user, slug, decision_id)
    if not may(request.user, shop, Capability.LODGE_APPEAL):
        raise Forbidden(_("Only the shop's owners and managers can appeal."))
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            appeal = _lodge(request, decision, form)
        except Conflict as refusal:
            messages.warning(request, refusal.message)
            return _back_after_conflict(slug, decision, refusal)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Your appeal is filed. Its number is %s.") % appeal.reference)
            return redirect("seller:appeal", slug, appeal.reference)
    violation = violation_of(decision, now=timezone.now())
    context = {
        "shop": shop,
        "violation": violation,
        "statement": decision.statement,
        "form": form,
        "points_after": max(0, active_points(shop.pk, timezone.now()) - decision.points),
    }
    status = 422 if form.errors else 200
    return render(request, "seller/appeal_new.html", context, status=status)


@login_required
@require_GET
def appeal(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """One appeal: what is asked, evidence, progress, outcome."""
    row = get_shop_appeal(request.user, slug, reference)
    return _appeal_page(request, row, AnswerForm())


@login_required
@require_POST
def appeal_answer(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """The shop's answer to the reviewer's question, with files."""
    row = get_shop_appeal(request.user, slug, reference)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _appeal_page(request, row, form, status=422)
    try:
        appeals.answer_question(
            appeal_id=row.pk,
            user=request.user,
            text=form.cleaned_data["text"],
            file_ids=_store_files(request),
        )
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return _appeal_page(request, row, form, status=refusal.status)
    messages.success(request, _("Your answer is with the reviewer."))
    return redirect("seller:appeal", slug, reference)


@login_required
@require_POST
def appeal_withdraw(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    row = get_shop_appeal(request.user, slug, reference)
    try:
        appeals.withdraw(appeal_id=row.pk, user=request.user)
    except Conflict as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("Your appeal is withdrawn."))
    return redirect("seller:appeal", slug, reference)


def _lodge(request: SignedInRequest, decision: Decision, form: AppealForm) -> Appeal:
    return appeals.lodge(
        decision_id=decision.pk,
        user=request.user,
        ground=form.cleaned_data["ground"],
        text=form.cleaned_data["text"],
        file_ids=_store_files(request),
    )


def _store_files(request: SignedInRequest) -> list[str]:
    """Uploads from the form's own file field; each is typed by its content and quarantined until scanned."""
    files = request.FILES.getlist("files")
    stored = [store_upload(file=file, purpose=Upload.Purpose.APPEAL, user=request.user) for file in files]
    return [str(upload.public_id) for upload in stored]


def _back_after_conflict(slug: str, decision: Decision, refusal: Conflict) -> HttpResponse:
    if refusal.code == "already_open":
        existing = decision.appeals.order_by("-level").first()
        if existing is not None:
            return redirect("seller:appeal", slug, existing.reference)
    return redirect("seller:violation", slug, decision.pk)


def _appeal_page(
    request: SignedInRequest, row: Appeal, form: AnswerForm, *, status: int = 200
) -> HttpResponse:
    decision = row.decision
    is_own = may(request.user, row.shop, Capability.LODGE_APPEAL)
    now = timezone.now()
    files = uploads_of(appeals.APPEAL_FILES, [row.pk])[str(row.pk)] if is_own else []
    points = active_points(row.shop_id, now)
    context = {
        "shop": row.shop,
        "appeal": row,
        "events": row.events.all(),
        "statement": decision.statement,
        "violation": violation_of(get_violation(request.user, row.shop.slug, decision.pk), now=now),
        "files": [(upload, _link(request, upload)) for upload in files],
        "words": len(row.text.split()),
        "evidence": evidence_of(decision),
        "may_act": is_own and row.is_open,
        "is_own": is_own,
        "points_now": points,
        "points_after": max(0, points - decision.points),
        "form": form,
    }
    return render(request, "seller/appeal.html", context, status=status)


def _link(request: SignedInRequest, upload: Upload) -> str:
    """Empty until the malware scan has passed the file."""
    return signed_path(upload, user=request.user) if upload.state == Upload.State.CLEAN else ""
