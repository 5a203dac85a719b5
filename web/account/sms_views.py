"""A person's own page about SMS from shops: who may, since when, by which words; and taking it back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest
from chat.models import SmsConsent
from chat.services import consents
from core.errors import NotFound
from shops.models import Shop


def words_for(shop: Shop) -> str:
    """What stands beside the button, and is kept as it was read."""
    return _("I agree that %(shop)s sends me offers by SMS. I can take this back at any time.") % {
        "shop": shop.name
    }


@login_required
@require_GET
def sms(request: SignedInRequest) -> HttpResponse:
    rows = list(
        SmsConsent.objects.filter(customer=request.user).select_related("shop").order_by("-given_at", "-pk")
    )
    agreed = {row.shop_id for row in rows if row.revoked_at is None}
    shops = Shop.objects.filter(conversations__customer=request.user).exclude(pk__in=agreed).distinct()
    context = {"rows": rows, "offers": [(shop, words_for(shop)) for shop in shops.order_by("name")[:30]]}
    return render(request, "account/sms.html", context)


@login_required
@require_POST
def agree(request: SignedInRequest, slug: str) -> HttpResponse:
    shop = Shop.objects.filter(slug=slug).first()
    if shop is None:
        raise NotFound(_("No such shop."))
    consents.give(shop=shop, customer=request.user, words=words_for(shop))
    messages.success(request, _("You have agreed. You can take it back here."))
    return redirect("account:sms")


@login_required
@require_POST
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    consent = SmsConsent.objects.filter(customer=request.user, pk=pk).first()
    if consent is None:
        raise NotFound(_("No such record."))
    consents.revoke(consent=consent, by=request.user)
    messages.success(request, _("Taken back. The shop may no longer send you SMS."))
    return redirect("account:sms")
