"""A customer reports one message of the shop; a person looks at it and the customer hears what came of it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest
from chat.access import Side
from web import message_reports
from web.customer.own_chat import own_chat


@login_required
@require_http_methods(["GET", "POST"])
def report_message(request: SignedInRequest, pk: int) -> HttpResponse:
    """Choose a message, then say why (``?message=ID``), then the receipt. A second report changes nothing."""
    conversation = own_chat(request, pk)
    return message_reports.report_page(
        request,
        conversation,
        side=Side.CUSTOMER,
        template="customer/report.html",
        here=reverse("customer:report", args=[pk]),
        context={"shop": conversation.shop},
    )
