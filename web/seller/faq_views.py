"""Seller Center, Settings: questions with an answer ready, a box to try them out, and their figures."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest
from chat.models import AutoReplySent, FaqEntry
from chat.services.auto_replies import has_faq_replies
from chat.services.auto_reply_texts import FaqText, move_faq, remove_faq, save_faq
from chat.services.faq_matching import Question, best_match
from chat.services.hours import switch_faq_replies
from shops.access import get_shop, may
from shops.capabilities import Capability
from shops.models import Shop
from web.seller.automatic_forms import FaqForm, TryForm, kept


@login_required
@require_http_methods(["GET", "POST"])
def questions(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET lists the questions (``?text=`` tries one out), POST adds one."""
    posted = request.method == "POST"
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS if posted else Capability.READ_MESSAGES)
    if posted:
        return _save(request, shop, FaqForm(request.POST), None)
    return _page(request, shop, FaqForm(initial={"has_button": True, "is_enabled": True}))


@login_required
@require_http_methods(["GET", "POST"])
def question(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Change one question."""
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    found = FaqEntry.objects.filter(shop=shop, pk=pk).first()
    if found is None:
        return redirect("seller:questions", slug=shop.slug)
    if request.method == "POST":
        return _save(request, shop, FaqForm(request.POST), found)
    names = ("question", "answer", "language", "has_button", "is_enabled")
    initial = {name: getattr(found, name) for name in names} | {"keywords": ", ".join(found.keywords)}
    return _page(request, shop, FaqForm(initial=initial), editing=found)


@login_required
@require_POST
def switch(request: SignedInRequest, slug: str) -> HttpResponse:
    """Switch the shop's FAQ replies on or off."""
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    is_on = request.POST.get("on") == "1"
    switch_faq_replies(shop=shop, actor=request.user, on=is_on, now=timezone.now())
    flash.success(request, gettext("FAQ replies are on.") if is_on else gettext("FAQ replies are off."))
    return redirect("seller:questions", slug=shop.slug)


@login_required
@require_POST
def move(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    move_faq(shop=shop, faq_id=pk, up=request.POST.get("to") == "up")
    return redirect("seller:questions", slug=shop.slug)


@login_required
@require_POST
def remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    remove_faq(shop=shop, faq_id=pk, actor=request.user)
    flash.success(request, gettext("Removed."))
    return redirect("seller:questions", slug=shop.slug)


def _save(request: SignedInRequest, shop: Shop, form: FaqForm, found: FaqEntry | None) -> HttpResponse:
    def save() -> FaqEntry:
        names = ("question", "answer", "keywords", "language", "has_button", "is_enabled")
        text = FaqText(**{name: form.cleaned_data[name] for name in names})
        return save_faq(shop=shop, text=text, actor=request.user, faq_id=found.pk if found else None)

    is_kept, hint = kept(form, shop, save, error_field="keywords")
    if not is_kept:
        return _page(request, shop, form, editing=found, hint=hint)
    flash.success(request, gettext("Saved. Try it out below the list."))
    return redirect("seller:questions", slug=shop.slug)


def _page(
    request: SignedInRequest,
    shop: Shop,
    form: FaqForm,
    *,
    editing: FaqEntry | None = None,
    hint: dict[str, Any] | None = None,
) -> HttpResponse:
    sent_once = Q(sent__kind=AutoReplySent.FAQ)
    entries = list(
        FaqEntry.objects.filter(shop=shop)
        .annotate(
            sent_number=Count("sent", filter=sent_once),
            solved_number=Count("sent", filter=sent_once & Q(sent__solved_at__isnull=False)),
        )
        .order_by("position", "pk")
    )
    try_form = TryForm(request.GET if "text" in request.GET else None)
    is_trying = try_form.is_bound and try_form.is_valid() and bool(try_form.cleaned_data["text"])
    context = {
        "shop": shop,
        "form": form,
        "editing": editing,
        "hint": hint,
        "entries": entries,
        "sent": sum(entry.sent_number for entry in entries),
        "solved": sum(entry.solved_number for entry in entries),
        "is_on": has_faq_replies(shop),
        "try_form": try_form,
        "is_trying": is_trying,
        "tried": _tried(try_form.cleaned_data["text"], entries) if is_trying else None,
        "may_change": may(request.user, shop, Capability.MANAGE_SETTINGS),
    }
    return render(request, "seller/questions.html", context, status=400 if form.errors else 200)


def _tried(text: str, entries: Sequence[FaqEntry]) -> dict[str, Any] | None:
    """Which question would answer this text, and by which keyword; whatever is switched off is left out."""
    enabled = {entry.pk: entry for entry in entries if entry.is_enabled}
    match = best_match(text, [Question(entry.pk, tuple(entry.keywords)) for entry in enabled.values()])
    if match is None:
        return None
    return {"entry": enabled[match.question_id], "keyword": match.keyword, "typos": match.typos}
