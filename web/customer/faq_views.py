"""What a customer sees before typing, and the shop's questions with an answer ready."""

import uuid
from typing import Any

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest
from chat.access import get_conversation
from chat.models import Conversation
from chat.services import auto_replies
from core.errors import DomainError, NotFound
from web.customer.forms import FaqForm
from web.shop_hours import shop_hours


def before_typing(request: SignedInRequest, conversation: Conversation) -> dict[str, Any]:
    """The context of ``customer/_before_typing.html``."""
    now = timezone.now()
    hours = shop_hours(conversation.shop, now=now)
    return {
        "conversation": conversation,
        "hours": hours,
        "faq_ref": uuid.uuid4(),
        "before": auto_replies.before_typing(
            conversation, customer=request.user, promise=hours.known, now=now
        ),
        "open_answer": auto_replies.open_answer(conversation),
    }


@login_required
@require_GET
def before(request: SignedInRequest, pk: int) -> HttpResponse:
    """The part over the composer, for the client to put in place after a change."""
    conversation = _own_conversation(request, pk)
    return render(request, "customer/_before_typing.html", before_typing(request, conversation))


@login_required
@require_POST
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """The customer presses one of the questions."""
    conversation = _own_conversation(request, pk)
    form = FaqForm(request.POST)
    if not form.is_valid():
        raise NotFound(gettext("No such question."))
    try:
        message = auto_replies.ask(
            conversation=conversation,
            customer=request.user,
            faq_id=form.cleaned_data["faq"],
            client_ref=form.cleaned_data["client_ref"],
        )
    except DomainError as error:
        flash.error(request, error.message)
    else:
        if message is None:
            flash.info(request, gettext("This answer is in the chat already."))
    return _to_thread(pk)


@login_required
@require_POST
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whether the automatic answer solved it. Saying it twice changes nothing."""
    conversation = _own_conversation(request, pk)
    is_solved = request.POST.get("solved") == "yes"
    if auto_replies.settle_answer(conversation=conversation, customer=request.user, is_solved=is_solved):
        flash.success(
            request,
            gettext("Good to hear. Write at any time if something is left.")
            if is_solved
            else gettext("The shop has your question and will answer it."),
        )
    return _to_thread(pk)


def _own_conversation(request: SignedInRequest, pk: int) -> Conversation:
    conversation = get_conversation(request.user, pk)
    if conversation.customer_id != request.user.pk:
        raise NotFound(_("No such conversation."))
    return conversation


def _to_thread(pk: int) -> HttpResponse:
    return redirect(f"{reverse('customer:chat', args=[pk])}#end")
