"""The match lists of known files: what is on them, adding from a case or by hash, taking off."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import REVIEWERS, SignedInRequest, require_staff
from compliance.access import get_case
from compliance.models import KnownFile
from compliance.services import known_files
from core.errors import DomainError
from web.console.case_files import may_keep_lists
from web.rule_words import rule_titles

PAGE = 50


@login_required
@require_GET
def known_file_list(request: SignedInRequest) -> HttpResponse:
    """Reviewers read the lists; who may change them sees the buttons."""
    require_staff(request.user, *REVIEWERS)
    rows = KnownFile.objects.select_related("added_by").filter(removed_at=None).order_by("-added_at", "-pk")
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "may_change": may_keep_lists(request.user),
        "policies": list(rule_titles().items()),
        "titles": rule_titles(),
    }
    return render(request, "console/known_files.html", context)


@login_required
@require_POST
def add_known_file(request: SignedInRequest) -> HttpResponse:
    """Put a file on a list: from a case, or by a hash that somebody else has sent."""
    require_staff(request.user, *known_files.KEEPERS)
    reference = request.POST.get("case", "")
    back = redirect("console:known_files")
    if reference:
        back = redirect("console:case", get_case(request.user, reference).reference)
    kind = request.POST.get("kind", KnownFile.Kind.SHA256)
    try:
        known_files.add(
            listing=request.POST.get("listing", ""),
            kind=kind,
            value=request.POST.get(f"value-{kind}", request.POST.get("value", "")),
            policy_code=request.POST.get("policy", ""),
            reason=request.POST.get("reason", ""),
            case_reference=reference,
            by=request.user,
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The file is on the list."))
    return back


@login_required
@require_POST
def take_off_known_file(request: SignedInRequest, entry_id: int) -> HttpResponse:
    require_staff(request.user, *known_files.KEEPERS)
    try:
        known_files.take_off(entry_id=entry_id, reason=request.POST.get("reason", ""), by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The file is off the list."))
    return redirect("console:known_files")
