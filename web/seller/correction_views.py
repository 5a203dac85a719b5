"""Seller Center: sending the correction that a decision asks for."""

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest
from chat.services import corrections
from compliance.access import get_violation
from core.errors import DomainError, NotFound
from shops.access import get_shop
from shops.capabilities import Capability


@login_required
@require_POST
def send_correction(request: SignedInRequest, slug: str, decision_id: int) -> HttpResponse:
    """To everybody who got the wrong words, once."""
    get_shop(request.user, slug, Capability.REPLY_TO_CUSTOMERS)
    decision = get_violation(request.user, slug, decision_id)
    correction = corrections.correction_of(decision)
    if correction is None:
        raise NotFound(gettext("No correction is owed for this decision."))
    try:
        corrections.send(correction=correction, text=request.POST.get("text", ""), by=request.user)
    except DomainError as refusal:
        flash.error(request, refusal.message)
    else:
        flash.success(request, gettext("The correction is sent."))
    return redirect("seller:violation", slug=slug, decision_id=decision_id)
