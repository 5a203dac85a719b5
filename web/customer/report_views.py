"""A customer reports one message of the shop; a person looks at it and the customer hears what came of it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest
from chat.access import Side, viewer_of
from chat.services.scanning import subject_of
from compliance.services.reports import report
from core.errors import DomainError
from web import message_reports
from web.customer.own_chat import own_chat


@login_required
@require_http_methods(["GET", "POST"])
def report_message(request: SignedInRequest, pk: int) -> HttpResponse:
    """Choose a message, then say why (``?message=ID``), then the receipt. A second report changes nothing."""
    conversation = own_chat(request, pk)
    viewer = viewer_of(request.user, conversation)
    message = message_reports.message_to_report(request, conversation, viewer)
    context: dict[str, object] = {"conversation": conversation, "shop": conversation.shop, "message": message}
    if message is None:
        lines = message_reports.lines_to_choose(conversation, viewer, reporter=request.user)
        return render(request, "customer/report.html", context | {"choices": lines})
    here = f"{reverse('customer:report', args=[pk])}?message={message.pk}"
    if receipt := message_reports.report_of(message, reporter=request.user):
        return render(request, "customer/report.html", context | {"receipt": receipt})
    form = message_reports.ReportForm(request.POST or None, side=Side.CUSTOMER)
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
            return redirect(here)
    context |= {"form": form, "lines": message_reports.lines_around(message, viewer)}
    return render(request, "customer/report.html", context, status=422 if form.errors else 200)
