"""Deleting one's own account: what goes, what stays and why, two weeks to change one's mind."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest
from accounts.services import erasing
from core.errors import DomainError
from web.account.forms import DeletionForm


@login_required
@require_http_methods(["GET", "POST"])
def delete_account(request: SignedInRequest) -> HttpResponse:
    """Ask with the password, or keep the account after all."""
    if request.method == "POST" and request.POST.get("do") == "keep":
        erasing.cancel_erasure(user=request.user)
        messages.success(request, _("Your account stays."))
        return redirect("account:delete")
    form = DeletionForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            erasing.ask_erasure(user=request.user)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("account:delete")
    return render(
        request,
        "account/delete.html",
        {
            "form": form,
            "erasure": erasing.erasure_of(request.user),
            "holds": erasing.holds_of(request.user),
            "days": erasing.TIME_TO_THINK.days,
        },
        status=400 if form.errors else 200,
    )
