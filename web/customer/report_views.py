"""A customer reports one message of the shop; a person looks at it and the customer hears what came of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest
from chat.access import get_conversation, viewer_of
from chat.models import Conversation, Message
from chat.selectors import is_hidden_from, message_text_for
from chat.services.scanning import subject_of
from compliance.services.reports import report
from core.errors import DomainError, NotFound
from web.customer.report_forms import ReportForm


@login_required
@require_http_methods(["GET", "POST"])
def report_message(request: SignedInRequest, pk: int) -> HttpResponse:
    """The form for ``?message=ID``, and sending it. Reporting the same message again changes nothing."""
    conversation = get_conversation(request.user, pk)
    if conversation.customer_id != request.user.pk:
        raise NotFound(_("No such conversation."))
    message = _message(request, conversation)
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            report(
                subject=subject_of(message),
                reporter=request.user,
                policy_code=form.cleaned_data["policy"],
                text=form.cleaned_data["text"],
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(
                request, _("Thank you. A person looks at it, and you will hear what came of it.")
            )
            return redirect("customer:chat", pk=pk)
    seen = message_text_for(message, viewer_of(request.user, conversation))
    context = {"form": form, "conversation": conversation, "shop": conversation.shop, "message": message}
    return render(
        request,
        "customer/report.html",
        context | {"words": seen.body},
        status=422 if form.errors else 200,
    )


def _message(request: SignedInRequest, conversation: Conversation) -> Message:
    """The shop's message that was named, if this customer may read it."""
    number = request.GET.get("message", "")
    rows = Message.objects.select_related("conversation__shop", "author").filter(conversation=conversation)
    message = rows.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
    if message is None or message.author_kind == Message.AuthorKind.CUSTOMER:
        raise NotFound(_("No such message."))
    if is_hidden_from(viewer_of(request.user, conversation), message):
        raise NotFound(_("No such message."))
    return message
