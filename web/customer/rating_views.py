"""Rating a chat that is over: one to five stars, tags, words if one likes."""

from django import forms
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest
from chat.models import Rating
from chat.models.ratings import WORDS_CHARS
from chat.services import ratings
from core.errors import DomainError, NotFound
from web.customer.own_chat import own_chat

STARS = [
    (5, _("5, very good")),
    (4, _("4, good")),
    (3, _("3, all right")),
    (2, _("2, bad")),
    (1, _("1, very bad")),
]


class RatingForm(forms.Form):
    score = forms.TypedChoiceField(
        label=_("How was this chat?"), choices=STARS, coerce=int, widget=forms.RadioSelect
    )
    tags = forms.MultipleChoiceField(
        label=_("What stood out?"),
        choices=Rating.Tag.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    words = forms.CharField(
        label=_("In your words"),
        max_length=WORDS_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The shop reads them without your name."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def rate(request: SignedInRequest, pk: int) -> HttpResponse:
    conversation = own_chat(request, pk)
    offer = ratings.offer(conversation, now=timezone.now())
    if offer.session_seq is None:
        raise NotFound(gettext("There is no chat to rate here now."))
    row = offer.rating
    first = {"score": request.GET.get("score", "")}
    initial = {"score": row.score, "tags": row.tags, "words": row.words} if row else first
    form = RatingForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            ratings.rate(
                conversation=conversation,
                customer=request.user,
                session_seq=offer.session_seq,
                **form.cleaned_data,
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            flash.success(request, gettext("Thank you. You can change your rating for a day."))
            return redirect("customer:chat", pk=pk)
    context = {"form": form, "conversation": conversation, "shop": conversation.shop, "rating": row}
    return render(request, "customer/rate.html", context, status=422 if form.errors else 200)
