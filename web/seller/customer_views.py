"""What a shop may do about one customer: block, unblock, mute, report a message, keep a record."""

from django import forms
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest
from chat.access import Side, get_conversation
from chat.models import Block, Conversation
from chat.models.blocks import NOTE_CHARS
from chat.selectors.people import usual_answer, usual_words
from chat.selectors.ratings import ratings_of
from chat.services import blocks
from core.errors import NotFound
from shops.access import get_shop, may
from shops.capabilities import Capability
from shops.models import Shop
from web import message_reports
from web.found_messages import search
from web.transcripts import transcript_file


class BlockForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why?"), choices=Block.Reason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Note for your shop and Parley"),
        max_length=NOTE_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The customer does not read this."),
    )


def _chat_of(
    request: SignedInRequest, slug: str, pk: int, capability: Capability
) -> tuple[Shop, Conversation]:
    shop = get_shop(request.user, slug, capability)
    conversation = get_conversation(request.user, pk)
    if conversation.shop_id != shop.pk:
        raise NotFound(gettext("No such conversation."))
    return shop, conversation


@login_required
@require_http_methods(["GET", "POST"])
def block_customer(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """What blocking means, why, and doing it."""
    shop, conversation = _chat_of(request, slug, pk, Capability.REPLY_TO_CUSTOMERS)
    form = BlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        blocks.block(conversation=conversation, side=Side.SHOP, actor=request.user, **form.cleaned_data)
        flash.success(request, gettext("Blocked. The customer is told, and can open a ticket with Parley."))
        return redirect("seller:conversation", slug=slug, pk=pk)
    context = {"shop": shop, "conversation": conversation, "customer": conversation.customer, "form": form}
    return render(request, "seller/block.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def unblock_customer(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    _shop, conversation = _chat_of(request, slug, pk, Capability.REPLY_TO_CUSTOMERS)
    blocks.unblock(conversation=conversation, side=Side.SHOP, actor=request.user)
    flash.success(request, gettext("The customer can write again."))
    return redirect("seller:conversation", slug=slug, pk=pk)


@login_required
@require_POST
def mute_customer(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """No notices about this conversation for this member (``muted=1``), or notices again."""
    _shop, conversation = _chat_of(request, slug, pk, Capability.READ_MESSAGES)
    is_muted = request.POST.get("muted") == "1"
    blocks.set_mute(conversation=conversation, user=request.user, is_muted=is_muted)
    flash.success(
        request,
        gettext("Muted: no notices about this chat.") if is_muted else gettext("You get notices again."),
    )
    return redirect("seller:conversation", slug=slug, pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def report_message(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Choose a message, then say why (``?message=ID``), then the receipt. A second report changes nothing."""
    shop, conversation = _chat_of(request, slug, pk, Capability.REPLY_TO_CUSTOMERS)
    return message_reports.report_page(
        request,
        conversation,
        side=Side.SHOP,
        template="seller/report.html",
        here=reverse("seller:report_message", args=[slug, pk]),
        context={"shop": shop, "customer": conversation.customer},
    )


@login_required
@require_GET
def transcript(request: SignedInRequest, slug: str, pk: int, ending: str) -> HttpResponse:
    _shop, conversation = _chat_of(request, slug, pk, Capability.READ_MESSAGES)
    return transcript_file(conversation, user=request.user, ending=ending)


@login_required
@require_GET
def search_messages(request: SignedInRequest, slug: str) -> HttpResponse:
    """In all conversations of the shop, or in one with ``?in=ID``."""
    shop = get_shop(request.user, slug, Capability.READ_MESSAGES)
    rows = Conversation.objects.filter(shop=shop)
    place = request.GET.get("in", "")
    conversation = None
    if place.isascii() and place.isdigit():
        _shop, conversation = _chat_of(request, slug, int(place), Capability.READ_MESSAGES)
        rows = rows.filter(pk=conversation.pk)
    results = search(request, rows, user=request.user)
    context = {"shop": shop, "results": results, "conversation": conversation}
    return render(request, "seller/search.html", context)


@login_required
@require_GET
def ratings(request: SignedInRequest, slug: str) -> HttpResponse:
    """What customers said about finished chats, in sum."""
    shop = get_shop(request.user, slug, Capability.READ_PERFORMANCE)
    usual = usual_answer(shop.pk)
    context = {
        "shop": shop,
        "ratings": ratings_of(shop.pk, now=timezone.now()),
        "usual": usual,
        "usual_words": usual_words(usual),
        "blocked": Block.objects.filter(shop=shop, side=Block.Side.SHOP, lifted_at=None)
        .select_related("customer", "made_by")
        .order_by("-made_at")[:50],
        "may_reply": may(request.user, shop, Capability.REPLY_TO_CUSTOMERS),
    }
    return render(request, "seller/ratings.html", context)
