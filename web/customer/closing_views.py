"""Being left alone by a shop: stopping it, letting it write again, and silencing its notices."""

from django import forms
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest
from chat.access import Side
from chat.models import Block
from chat.models.blocks import NOTE_CHARS
from chat.services import blocks
from web.customer.own_chat import own_chat


class StopForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why?"), choices=Block.Reason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Anything Parley should know"),
        max_length=NOTE_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The shop does not read this."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def stop(request: SignedInRequest, pk: int) -> HttpResponse:
    """What stopping means, why, and doing it."""
    conversation = own_chat(request, pk)
    form = StopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        blocks.block(conversation=conversation, side=Side.CUSTOMER, actor=request.user, **form.cleaned_data)
        flash.success(request, gettext("This shop can’t write to you any more."))
        return redirect("customer:chat", pk=pk)
    context = {"form": form, "conversation": conversation, "shop": conversation.shop}
    return render(request, "customer/stop.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def start_again(request: SignedInRequest, pk: int) -> HttpResponse:
    """The shop may write again."""
    conversation = own_chat(request, pk)
    blocks.unblock(conversation=conversation, side=Side.CUSTOMER, actor=request.user)
    flash.success(request, gettext("The shop can write to you again."))
    return redirect("customer:chat", pk=pk)


@login_required
@require_POST
def mute(request: SignedInRequest, pk: int) -> HttpResponse:
    """No notices about this chat (``muted=1``), or notices again."""
    conversation = own_chat(request, pk)
    is_muted = request.POST.get("muted") == "1"
    blocks.set_mute(conversation=conversation, user=request.user, is_muted=is_muted)
    flash.success(
        request,
        gettext("Muted: no notices about this chat.") if is_muted else gettext("You get notices again."),
    )
    return redirect("customer:chat", pk=pk)
