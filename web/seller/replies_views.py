"""Seller Center: the texts a shop's people use again and again."""

from collections.abc import Sequence

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest
from chat.models import SavedReply
from chat.serializers import Json, screening_json
from chat.services.saved_replies import remove_reply, save_reply
from compliance.services.screening import screen_text
from core.errors import DomainError
from shops.access import get_shop, may
from shops.capabilities import Capability
from shops.models import Shop
from web.seller.forms import SavedReplyForm


def _render(
    request: SignedInRequest,
    shop: Shop,
    form: SavedReplyForm,
    *,
    editing: SavedReply | None = None,
    findings: Sequence[Json] = (),
) -> HttpResponse:
    context = {
        "findings": findings,
        "shop": shop,
        "replies": SavedReply.objects.filter(shop=shop).order_by("shortcut"),
        "form": form,
        "editing": editing,
        "may_edit": may(request.user, shop, Capability.REPLY_TO_CUSTOMERS),
    }
    status = 400 if form.errors else 409 if findings else 200
    return render(request, "seller/replies.html", context, status=status)


def _findings(shop: Shop, form: SavedReplyForm) -> Sequence[Json]:
    """What the rules say to the text, unless the person wants to keep it as it is: a hint, no refusal.

    Each time the text is sent it is screened again, with what was filled in.
    """
    if form.cleaned_data["is_sure"]:
        return []
    screening = screen_text(text=form.cleaned_data["body"], sender="seller", shop=shop)
    found: Sequence[Json] = screening_json(screening)["findings"]
    return found


@login_required
@require_http_methods(["GET", "POST"])
def replies(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET lists the replies, POST adds one."""
    needed = Capability.REPLY_TO_CUSTOMERS if request.method == "POST" else Capability.READ_MESSAGES
    shop = get_shop(request.user, slug, needed)
    form = SavedReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if findings := _findings(shop, form):
            return _render(request, shop, form, findings=findings)
        try:
            save_reply(shop=shop, by=request.user, reply_id=None, **form.words)
            flash.success(request, gettext("Saved. Type / in a message to use it."))
            return redirect("seller:replies", slug=shop.slug)
        except DomainError as error:
            form.add_error("shortcut", error.message)
    return _render(request, shop, form)


@login_required
@require_http_methods(["GET", "POST"])
def reply(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Change one reply."""
    shop = get_shop(request.user, slug, Capability.REPLY_TO_CUSTOMERS)
    found = SavedReply.objects.filter(shop=shop, pk=pk).first()
    if found is None:
        return redirect("seller:replies", slug=shop.slug)
    initial = {"shortcut": found.shortcut, "title": found.title, "body": found.body}
    form = SavedReplyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if findings := _findings(shop, form):
            return _render(request, shop, form, editing=found, findings=findings)
        try:
            save_reply(shop=shop, by=request.user, reply_id=pk, **form.words)
            flash.success(request, gettext("Saved."))
            return redirect("seller:replies", slug=shop.slug)
        except DomainError as error:
            form.add_error("shortcut", error.message)
    return _render(request, shop, form, editing=found)


@login_required
@require_POST
def remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.REPLY_TO_CUSTOMERS)
    remove_reply(shop=shop, reply_id=pk)
    flash.success(request, gettext("Removed."))
    return redirect("seller:replies", slug=shop.slug)
