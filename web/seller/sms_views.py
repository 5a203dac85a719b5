"""Seller Center: which customers agreed to SMS, and recording what was agreed elsewhere."""

from django import forms
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest
from chat.models import SmsConsent
from chat.services import consents
from core.errors import DomainError, NotFound
from shops.access import get_shop, may
from shops.capabilities import Capability

SHOWN = 100


class ConsentForm(forms.Form):
    """What a customer agreed to outside this platform."""

    order_number = forms.CharField(
        label=_("Order number"), max_length=24, help_text=_("Any order of this customer in your shop.")
    )
    given_on = forms.DateField(label=_("Agreed on"), widget=forms.DateInput(attrs={"type": "date"}))
    words = forms.CharField(
        label=_("The words they agreed to"),
        max_length=consents.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Exactly as the customer read them. The customer is told, and can take it back."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def sms(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET lists the opt-ins, POST records one that was given elsewhere."""
    needed = Capability.MANAGE_SETTINGS if request.method == "POST" else Capability.READ_MESSAGES
    shop = get_shop(request.user, slug, needed)
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["given_on"]
        given_at = min(timezone.now(), timezone.now().replace(year=day.year, month=day.month, day=day.day))
        if day > timezone.localdate():
            form.add_error("given_on", gettext("Consent can't be given in the future."))
        else:
            try:
                consents.record_from_elsewhere(
                    shop=shop,
                    order_number=form.cleaned_data["order_number"],
                    words=form.cleaned_data["words"],
                    given_at=given_at,
                    by=request.user,
                )
            except DomainError as refusal:
                form.add_error("order_number", refusal.message)
            else:
                flash.success(request, gettext("Recorded. The customer has been told."))
                return redirect("seller:sms", slug=shop.slug)
    rows = SmsConsent.objects.filter(shop=shop).select_related("customer", "recorded_by")
    context = {
        "shop": shop,
        "rows": rows.order_by("-given_at", "-pk")[:SHOWN],
        "form": form,
        "may_edit": may(request.user, shop, Capability.MANAGE_SETTINGS),
    }
    return render(request, "seller/sms.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def sms_revoke(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """A customer told the shop that they want no SMS any more."""
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    consent = SmsConsent.objects.filter(shop=shop, pk=pk).first()
    if consent is None:
        raise NotFound(gettext("No such record."))
    consents.revoke(consent=consent, by=request.user)
    flash.success(request, gettext("Taken back."))
    return redirect("seller:sms", slug=shop.slug)
