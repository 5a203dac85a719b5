"""Seller Center, Performance: disputing one session of the ledger."""

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest
from chat.access import Side, Viewer
from chat.models import Conversation, Session
from chat.selectors import message_text_for, messages_after
from core.errors import DomainError, NotFound
from metrics.access import get_shop_dispute
from metrics.models import Dispute
from metrics.models.disputes import EVIDENCE_CHARS
from metrics.services import disputes as service
from shops.access import get_shop, may
from shops.capabilities import Capability
from shops.models import Shop

PAGE = 30
MOST_LINES = 12


class DisputeForm(forms.Form):
    """``conversation`` and ``session`` (any message's number in it) come from the address that led here."""

    conversation = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    session = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=_("Why should it not count?"), widget=forms.RadioSelect)
    evidence = forms.CharField(
        label=_("What happened"),
        required=False,
        max_length=EVIDENCE_CHARS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The platform’s reviewers see the chat itself; say what it does not show."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)
        reason.choices = [(known.code, known.title) for known in service.rules().reasons.values()]


@login_required
@require_http_methods(["GET", "POST"])
def dispute(request: SignedInRequest, slug: str) -> HttpResponse:
    """``?conversation=ID&session=SEQ`` (and ``reason=``) fill the form in; POST files the dispute."""
    shop = get_shop(request.user, slug, Capability.READ_PERFORMANCE)
    data = request.POST if request.method == "POST" else request.GET
    session = _session(shop, data.get("conversation", ""), data.get("session", ""))
    if (filed := service.dispute_of(session)) is not None:
        return redirect("seller:dispute_page", slug=shop.slug, reference=filed.reference)
    if request.method == "GET":
        initial = {
            "conversation": session.conversation_id,
            "session": session.first_seq,
            "reason": data.get("reason", ""),
        }
        return _form_page(request, shop, session, DisputeForm(initial=initial))
    form = DisputeForm(request.POST)
    if not form.is_valid():
        return _form_page(request, shop, session, form, status=400)
    try:
        filed = service.file_dispute(
            shop=shop,
            actor=request.user,
            conversation_id=session.conversation_id,
            seq=session.first_seq,
            reason=form.cleaned_data["reason"],
            evidence=form.cleaned_data["evidence"],
            now=timezone.now(),
        )
    except DomainError as error:
        form.add_error("evidence" if error.code in ("text_missing", "text_too_long") else None, error.message)
        return _form_page(request, shop, session, form, status=error.status)
    flash.success(request, gettext("Filed. You hear from us when it is answered."))
    return redirect("seller:dispute_page", slug=shop.slug, reference=filed.reference)


@login_required
@require_GET
def dispute_list(request: SignedInRequest, slug: str) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.READ_PERFORMANCE)
    rows = (
        Dispute.objects.filter(shop=shop)
        .select_related("conversation__customer")
        .order_by("-filed_at", "-pk")
    )
    context = {
        "shop": shop,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "reasons": _titles(),
        "query": "",
    }
    return render(request, "seller/disputes.html", context)


@login_required
@require_GET
def dispute_page(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    row = get_shop_dispute(request.user, slug, reference)
    context = {
        "shop": row.shop,
        "dispute": row,
        "reason": _titles().get(row.reason, row.reason),
        "may_withdraw": row.status == Dispute.Status.OPEN
        and may(request.user, row.shop, Capability.REPLY_TO_CUSTOMERS),
    }
    return render(request, "seller/dispute_page.html", context)


@login_required
@require_POST
def withdraw(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    row = get_shop_dispute(request.user, slug, reference)
    try:
        service.withdraw(dispute_id=row.pk, actor=request.user, now=timezone.now())
    except DomainError as error:
        flash.error(request, error.message)
    else:
        flash.success(request, gettext("Taken back."))
    return redirect("seller:dispute_page", slug=slug, reference=reference)


def _titles() -> dict[str, str]:
    return {known.code: known.title for known in service.rules().reasons.values()}


def _session(shop: Shop, conversation_id: str, seq: str) -> Session:
    if not conversation_id.isdecimal() or (seq and not seq.isdecimal()):
        raise NotFound(gettext("There is no such session."))
    conversation = Conversation.objects.filter(pk=int(conversation_id), shop=shop).first()
    session = service.session_with(conversation, int(seq) if seq else None) if conversation else None
    if session is None:
        raise NotFound(gettext("There is no such session."))
    return session


def _form_page(
    request: SignedInRequest, shop: Shop, session: Session, form: DisputeForm, *, status: int = 200
) -> HttpResponse:
    viewer = Viewer(request.user.pk, Side.SHOP)
    conversation = session.conversation
    rows = messages_after(conversation, session.first_seq - 1, viewer=viewer, limit=MOST_LINES).messages
    context = {
        "shop": shop,
        "session": session,
        "conversation": conversation,
        "customer": conversation.customer,
        "lines": [
            (message, message_text_for(message, viewer).body)
            for message in rows
            if message.seq <= session.last_seq
        ],
        "form": form,
        "refusal": service.refusal_of(session, timezone.now()),
        "hints": [(known.title, known.hint) for known in service.rules().reasons.values()],
        "days": service.rules().file_within.days,
        "hours": int(service.rules().answer_within.total_seconds() // 3600),
        "may_file": may(request.user, shop, Capability.REPLY_TO_CUSTOMERS),
    }
    return render(request, "seller/dispute.html", context, status=status)
