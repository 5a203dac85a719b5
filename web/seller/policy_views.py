"""Seller Center, Shop Health: the rules in force, what changed word by word, and saying that it was read."""

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest
from compliance.models import PolicyVersion
from compliance.services.policies import current_version
from compliance.services.policy_changes import acknowledge, change_of, unread_versions
from compliance.taxonomy import all_policies
from shops.access import get_shop, may
from shops.capabilities import Capability

FIELDS = {
    "title": _("Title"),
    "clause": _("The rule"),
    "covers": _("What it covers"),
    "lesson": _("The lesson"),
    "severity": _("Severity"),
    "points": _("Points"),
    "points_max": _("Points at most"),
    "action": _("What happens by default"),
}


@login_required
@require_http_methods(["GET", "POST"])
def policies(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET shows changes that wait to be read, then all rules; POST says that they were read."""
    needed = Capability.LODGE_APPEAL if request.method == "POST" else Capability.READ_HEALTH
    shop = get_shop(request.user, slug, needed)
    if request.method == "POST":
        ids = [int(one) for one in request.POST.getlist("version") if one.isdecimal()]
        if acknowledge(shop=shop, user=request.user, version_ids=ids, now=timezone.now()):
            flash.success(request, gettext("Noted: your shop has read it."))
        return redirect("seller:policies", slug=shop.slug)
    in_force: list[PolicyVersion] = [current_version(policy.code) for policy in all_policies()]
    changes = [change for version in unread_versions(shop) if (change := change_of(version)) is not None]
    context = {
        "shop": shop,
        "changes": changes,
        "fields": FIELDS,
        "versions": in_force,
        "may_acknowledge": may(request.user, shop, Capability.LODGE_APPEAL),
    }
    return render(request, "seller/policies.html", context)
