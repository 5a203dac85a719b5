"""Seller Center: the settings of the inbox: labels, and who gets new conversations."""

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest
from chat.models import Desk, Label
from chat.services import assigning
from chat.services.labels import remove_label, save_label
from core.errors import DomainError
from shops.access import get_shop, may
from shops.capabilities import Capability
from shops.models import Shop
from web.seller.forms import AutoAssignForm, LabelForm


def _render(
    request: SignedInRequest, shop: Shop, form: LabelForm, *, editing: Label | None = None
) -> HttpResponse:
    desk = Desk.objects.filter(shop=shop).first() or Desk(shop=shop)
    context = {
        "shop": shop,
        "labels": Label.objects.filter(shop=shop).order_by("name"),
        "form": form,
        "editing": editing,
        "desk": desk,
        "assign_form": AutoAssignForm(initial={"auto_assign": desk.auto_assign}),
        "may_edit": may(request.user, shop, Capability.MANAGE_SETTINGS),
    }
    return render(request, "seller/desk.html", context, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def desk(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET shows the settings, POST makes a label."""
    needed = Capability.MANAGE_SETTINGS if request.method == "POST" else Capability.READ_MESSAGES
    shop = get_shop(request.user, slug, needed)
    form = LabelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            save_label(shop=shop, by=request.user, **form.cleaned_data)
            flash.success(request, gettext("Saved. The label can be put on conversations now."))
            return redirect("seller:desk", slug=shop.slug)
        except DomainError as error:
            form.add_error("name", error.message)
    return _render(request, shop, form)


@login_required
@require_http_methods(["GET", "POST"])
def label(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Rename a label or give it another colour."""
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    found = Label.objects.filter(shop=shop, pk=pk).first()
    if found is None:
        return redirect("seller:desk", slug=shop.slug)
    form = LabelForm(request.POST or None, initial={"name": found.name, "colour": found.colour})
    if request.method == "POST" and form.is_valid():
        try:
            save_label(shop=shop, by=request.user, label_id=pk, **form.cleaned_data)
            flash.success(request, gettext("Saved."))
            return redirect("seller:desk", slug=shop.slug)
        except DomainError as error:
            form.add_error("name", error.message)
    return _render(request, shop, form, editing=found)


@login_required
@require_POST
def label_remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    remove_label(shop=shop, by=request.user, label_id=pk)
    flash.success(request, gettext("The label is gone from all conversations."))
    return redirect("seller:desk", slug=shop.slug)


@login_required
@require_POST
def auto_assign(request: SignedInRequest, slug: str) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    form = AutoAssignForm(request.POST)
    if form.is_valid():
        how = form.cleaned_data["auto_assign"]
        assigning.set_auto_assign(shop=shop, by=request.user, how=how)
        assigning.assign_waiting(shop_ids=[shop.pk])
        flash.success(request, gettext("Saved."))
    else:
        flash.error(request, gettext("There is no such way to assign."))
    return redirect("seller:desk", slug=shop.slug)
