"""Seller Center, Settings: the texts a shop sends by itself. Owners and managers change them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest
from chat.models import AutoReply, AutoReplySent
from chat.services.auto_reply_texts import ReplyText, remove_auto_reply, save_auto_reply
from chat.services.shop_rules import calendar_of
from core.business_hours import instant_of
from shops.access import get_shop, may
from shops.capabilities import Capability
from shops.models import Shop
from web.seller.automatic_forms import KIND_WORDS, AutoReplyForm, kept


def suggestions() -> dict[str, str]:
    """A text to start from for each type, in the language of whoever reads the page."""
    return {
        AutoReply.Kind.GREETING.value: gettext(
            "Hello {customer}, thank you for writing to {shop}. A person answers by {answer_by}."
        ),
        AutoReply.Kind.AWAY.value: gettext(
            "Hello {customer}, we are closed right now and open again {opens}. We answer by {answer_by}."
        ),
        AutoReply.Kind.HOLIDAY.value: gettext(
            "Hello {customer}, we are on holiday and back {back}. Your message waits for us."
        ),
    }


@login_required
@require_http_methods(["GET", "POST"])
def replies(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET lists the texts, POST adds one."""
    posted = request.method == "POST"
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS if posted else Capability.READ_MESSAGES)
    if posted:
        return _save(request, shop, AutoReplyForm(request.POST), None)
    kind = request.GET.get("kind", "")
    initial = {"kind": kind, "body": suggestions().get(kind, ""), "is_enabled": True}
    return _page(request, shop, AutoReplyForm(initial=initial))


@login_required
@require_http_methods(["GET", "POST"])
def reply(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Change one text."""
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    found = AutoReply.objects.filter(shop=shop, pk=pk).first()
    if found is None:
        return redirect("seller:automatic", slug=shop.slug)
    if request.method == "POST":
        return _save(request, shop, AutoReplyForm(request.POST), found)
    zone = _zone(shop)
    initial = {
        "kind": found.kind,
        "language": found.language,
        "body": found.body,
        "is_enabled": found.is_enabled,
        "enabled_from": _wall(found.enabled_from, zone),
        "enabled_until": _wall(found.enabled_until, zone),
    }
    return _page(request, shop, AutoReplyForm(initial=initial), editing=found)


@login_required
@require_POST
def remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    remove_auto_reply(shop=shop, reply_id=pk, actor=request.user)
    flash.success(request, gettext("Removed."))
    return redirect("seller:automatic", slug=shop.slug)


def _save(request: SignedInRequest, shop: Shop, form: AutoReplyForm, found: AutoReply | None) -> HttpResponse:
    is_kept, hint = kept(form, shop, lambda: _save_text(request, shop, form, found))
    if not is_kept:
        return _page(request, shop, form, editing=found, hint=hint)
    flash.success(request, gettext("Saved. It is sent once in a conversation, marked as automatic."))
    return redirect("seller:automatic", slug=shop.slug)


def _save_text(
    request: SignedInRequest, shop: Shop, form: AutoReplyForm, found: AutoReply | None
) -> AutoReply:
    zone = _zone(shop)
    values = form.cleaned_data
    text = ReplyText(
        kind=values["kind"],
        language=values["language"],
        body=values["body"],
        is_enabled=values["is_enabled"],
        enabled_from=_instant(values["enabled_from"], zone),
        enabled_until=_instant(values["enabled_until"], zone),
    )
    return save_auto_reply(shop=shop, text=text, actor=request.user, reply_id=found.pk if found else None)


def _page(
    request: SignedInRequest,
    shop: Shop,
    form: AutoReplyForm,
    *,
    editing: AutoReply | None = None,
    hint: dict[str, Any] | None = None,
) -> HttpResponse:
    texts = list(AutoReply.objects.filter(shop=shop).order_by("kind", "language"))
    sent = dict(
        AutoReplySent.objects.filter(shop=shop).values_list("kind").annotate(number=Count("pk")).order_by()
    )
    context = {
        "shop": shop,
        "form": form,
        "editing": editing,
        "hint": hint,
        "kinds": [
            {
                "code": kind.value,
                "words": words,
                "texts": [text for text in texts if text.kind == kind],
                "sent": sent.get(kind.value, 0),
            }
            for kind, words in KIND_WORDS.items()
        ],
        "zone": _zone(shop).key,
        "may_change": may(request.user, shop, Capability.MANAGE_SETTINGS),
    }
    return render(request, "seller/automatic.html", context, status=400 if form.errors else 200)


def _zone(shop: Shop) -> ZoneInfo:
    return calendar_of(shop).hours_at(timezone.now()).zone


def _instant(wall: datetime | None, zone: ZoneInfo) -> datetime | None:
    return instant_of(wall.date(), wall.hour * 60 + wall.minute, zone=zone) if wall else None


def _wall(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone).replace(tzinfo=None) if at else None
