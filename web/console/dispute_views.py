"""Disputes of single sessions, and shops' spam marks: what waits, and answering it."""

from datetime import datetime

from django import forms
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import REVIEWERS, SENIOR_REVIEWERS, SignedInRequest, is_staff_as, require_staff
from chat.models import Message, Session, SessionMark
from chat.services.shop_rules import calendar_of
from core.errors import DomainError
from metrics.access import get_staff_dispute
from metrics.models import Dispute
from metrics.models.disputes import EVIDENCE_CHARS
from metrics.selectors import verdict_at
from metrics.services import disputes as service
from metrics.services import spam_marks

PAGE = 40
MOST_LINES = 40
LINES_OF_A_MARK = 6


class AnswerForm(forms.Form):
    """``act`` says which button was pressed; ``answer`` is what the shop will read."""

    act = forms.ChoiceField(choices=[("uphold", ""), ("reject", ""), ("reopen", "")])
    answer = forms.CharField(
        max_length=EVIDENCE_CHARS, error_messages={"required": _("Write what the shop will read.")}
    )


@login_required
@require_GET
def dispute_list(request: SignedInRequest) -> HttpResponse:
    """What waits, the first promised answer on top; ``?done=1`` shows the answered ones."""
    require_staff(request.user, *REVIEWERS)
    is_open = request.GET.get("done") != "1"
    rows = Dispute.objects.select_related("shop", "conversation__customer")
    if is_open:
        rows = rows.filter(status=Dispute.Status.OPEN).order_by("due_at", "pk")
    else:
        rows = rows.exclude(status=Dispute.Status.OPEN).order_by("-answered_at", "-pk")
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "is_open": is_open,
        "reasons": _titles(),
        "now": timezone.now(),
        "marks_waiting": _waiting_marks().count(),
        "query": "" if is_open else "&done=1",
    }
    return render(request, "console/disputes.html", context)


@login_required
@require_GET
def dispute(request: SignedInRequest, reference: str) -> HttpResponse:
    return _desk(request, get_staff_dispute(request.user, reference), AnswerForm())


@login_required
@require_POST
def answer(request: SignedInRequest, reference: str) -> HttpResponse:
    """Uphold, reject, or take an answer back. A refused answer changes nothing and says why."""
    row = get_staff_dispute(request.user, reference)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _desk(request, row, form, status=422)
    words, now = form.cleaned_data["answer"], timezone.now()
    try:
        if form.cleaned_data["act"] == "reopen":
            service.reopen(dispute_id=row.pk, by=request.user, words=words, now=now)
        else:
            is_upheld = form.cleaned_data["act"] == "uphold"
            service.answer(dispute_id=row.pk, by=request.user, is_upheld=is_upheld, words=words, now=now)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return _desk(request, get_staff_dispute(request.user, reference), form, status=refusal.status)
    flash.success(request, _DONE[form.cleaned_data["act"]])
    return redirect("console:dispute", reference)


_DONE = {
    "uphold": _("The session does not count any more, and the shop has your reasons."),
    "reject": _("The session goes on counting. The shop has your reasons."),
    "reopen": _("The dispute is open again."),
}


@login_required
@require_GET
def marks(request: SignedInRequest) -> HttpResponse:
    """Spam marks that wait, oldest first, each with the words it covers."""
    require_staff(request.user, *REVIEWERS)
    page = Paginator(_waiting_marks(), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "marks": [_with_words(mark) for mark in page], "query": ""}
    return render(request, "console/spam_marks.html", context)


@login_required
@require_POST
def settle_mark(request: SignedInRequest, mark_id: int) -> HttpResponse:
    require_staff(request.user, *REVIEWERS)
    is_spam = request.POST.get("act") == "confirm"
    words = request.POST.get("answer", "")[:EVIDENCE_CHARS]
    try:
        spam_marks.settle(mark_id=mark_id, by=request.user, is_spam=is_spam, words=words, now=timezone.now())
    except DomainError as refusal:
        flash.error(request, refusal.message)
    else:
        flash.success(
            request,
            gettext("Confirmed: it stays out of the rate.")
            if is_spam
            else gettext("Rejected: the messages count again."),
        )
    return redirect("console:spam_marks")


def _waiting_marks() -> QuerySet[SessionMark]:
    return (
        SessionMark.objects.filter(kind=SessionMark.Kind.SPAM, is_provisional=True, lifted_at=None)
        .select_related("conversation__shop", "conversation__customer", "made_by")
        .order_by("at", "pk")
    )


def _with_words(mark: SessionMark) -> dict[str, object]:
    """The mark, the newest customer messages it covers, and how often this shop marks."""
    rows = Message.objects.filter(
        conversation_id=mark.conversation_id,
        seq__gte=mark.seq,
        author_kind=Message.AuthorKind.CUSTOMER,
    )
    shops = SessionMark.objects.filter(
        conversation__shop_id=mark.conversation.shop_id, kind=SessionMark.Kind.SPAM
    )
    rejected = Q(lifted_at__isnull=False, settled_at__isnull=False)
    figures = shops.aggregate(all=Count("pk"), rejected=Count("pk", filter=rejected))
    return {"mark": mark, "lines": rows.order_by("seq")[:LINES_OF_A_MARK], **figures}


def _desk(request: SignedInRequest, row: Dispute, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    session = Session.objects.filter(conversation=row.conversation, first_seq=row.session_seq).first()
    known = service.rules().reasons.get(row.reason)
    context = {
        "dispute": row,
        "reason": known.title if known else row.reason,
        "filed_as": {name: _moment(row.session.get(name)) for name in _TIMES}
        | {"verdict": row.session.get("verdict")},
        "session": session,
        "verdict": verdict_at(session, now).value if session else "",
        "was_open": calendar_of(row.shop).availability(session.opened_at).value if session else "",
        "lines": _lines(row, session),
        "form": form,
        "now": now,
        "may_reopen": row.status in (Dispute.Status.UPHELD, Dispute.Status.REJECTED)
        and is_staff_as(request.user, *SENIOR_REVIEWERS),
    }
    return render(request, "console/dispute.html", context, status=status)


_TIMES = ("opened_at", "clock_started_at", "deadline", "answered_at")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _lines(row: Dispute, session: Session | None) -> list[Message]:
    """The session's messages, whole: reviewers see what is withheld."""
    messages = Message.objects.filter(conversation_id=row.conversation_id, seq__gte=row.session_seq)
    if session is not None:
        messages = messages.filter(seq__lte=session.last_seq)
    return list(messages.select_related("author").order_by("seq")[:MOST_LINES])


def _titles() -> dict[str, str]:
    return {known.code: known.title for known in service.rules().reasons.values()}
