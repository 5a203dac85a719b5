"""A person's notices, what was also sent by e-mail, and the statements they lead to."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest
from compliance.access import get_own_statement
from notifications.selectors import lines, notices_of, unread_count
from notifications.services import mark_read

PAGE = 30


@login_required
@require_GET
def notices(request: SignedInRequest) -> HttpResponse:
    """The newest first; unread ones are marked as such."""
    page = Paginator(notices_of(request.user.pk), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": lines(page),
        "unread": unread_count(request.user.pk),
        "query": "",
    }
    return render(request, "account/notices.html", context)


@login_required
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    mark_read(user_id=request.user.pk)
    return redirect("account:notices")


@login_required
@require_POST
def read_one(request: SignedInRequest, notice_id: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    mark_read(user_id=request.user.pk, notice_ids=[notice_id])
    notice = notices_of(request.user.pk).filter(pk=notice_id).first()
    return redirect(notice.url if notice and notice.url else "account:notices")


@login_required
@require_GET
def statement(request: SignedInRequest, reference: str) -> HttpResponse:
    """The statement of reasons about a message of one's own."""
    row = get_own_statement(request.user, reference)
    return render(request, "account/statement.html", {"statement": row, "decision": row.decision})
