"""Seller Center: who works for the shop. Owners invite, change roles and remove; everybody may look."""

from datetime import timedelta

from allauth.account.forms import ResetPasswordForm
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest
from accounts.models import User
from chat.selectors.team import Activity, activity_of
from core.errors import DomainError
from shops.access import get_shop, may
from shops.capabilities import Capability
from shops.models import Shop
from shops.selectors import members_of
from shops.services import add_member, change_role, remove_member
from web.seller.forms import ROLE_WORDS, InviteForm, RoleForm

ACTIVITY_WEEKS = 4


@login_required
@require_http_methods(["GET", "POST"])
def team(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET lists the team, POST invites one person by e-mail address."""
    needed = Capability.MANAGE_TEAM if request.method == "POST" else Capability.READ_MESSAGES
    shop = get_shop(request.user, slug, needed)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _invite(request, shop, email=form.cleaned_data["email"], role=form.cleaned_data["role"])
            return redirect("seller:team", slug=shop.slug)
        except DomainError as error:
            form.add_error("email", error.message)
    context = {
        "shop": shop,
        "members": members_of(shop),
        "form": form,
        "roles": list(ROLE_WORDS.items()),
        "may_manage": may(request.user, shop, Capability.MANAGE_TEAM),
        "may_see_activity": may(request.user, shop, Capability.MANAGE_SETTINGS),
    }
    return render(request, "seller/team.html", context, status=400 if form.errors else 200)


def _invite(request: SignedInRequest, shop: Shop, *, email: str, role: str) -> None:
    """Add the person; somebody new gets a mail with a link to choose a password."""
    address = email.lower()
    user = User.objects.filter(email=address).first()
    is_new = user is None
    if user is None:
        user = User.objects.create_user(address, display_name=address.partition("@")[0])
    add_member(shop=shop, user=user, role=role, by=request.user)
    if is_new:
        welcome = ResetPasswordForm({"email": address})
        if welcome.is_valid():
            welcome.save(request)
        flash.success(
            request, gettext("Invited. A link to choose a password went to %(e)s.") % {"e": address}
        )
    else:
        flash.success(request, gettext("%(name)s is now in the team.") % {"name": user})


@login_required
@require_POST
def role(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.MANAGE_TEAM)
    form = RoleForm(request.POST)
    try:
        if form.is_valid():
            member = change_role(shop=shop, member_id=pk, role=form.cleaned_data["role"], by=request.user)
            flash.success(
                request, gettext("Saved. %(name)s has the new role at once.") % {"name": member.user}
            )
    except DomainError as error:
        flash.error(request, error.message)
    return redirect("seller:team", slug=shop.slug)


@login_required
@require_POST
def remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.MANAGE_TEAM)
    try:
        remove_member(shop=shop, member_id=pk, by=request.user)
        flash.success(request, gettext("Removed. Their open pages lose access within seconds."))
    except DomainError as error:
        flash.error(request, error.message)
    return redirect("seller:team", slug=shop.slug)


@login_required
@require_GET
def activity(request: SignedInRequest, slug: str) -> HttpResponse:
    """What each member did in the last four weeks, for owners and managers."""
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    since = timezone.now() - timedelta(weeks=ACTIVITY_WEEKS)
    found = activity_of(shop.pk, since=since)
    lines = [(member, found.get(member.user_id, Activity())) for member in members_of(shop)]
    context = {"shop": shop, "lines": lines, "weeks": ACTIVITY_WEEKS, "now": timezone.now()}
    return render(request, "seller/activity.html", context)
