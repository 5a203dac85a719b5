"""Following a ticket: receipt, the talk, adding to it, solved and opened again, rating, the guest's link."""

from functools import partial
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, NotFound
from files.selectors import uploads_of
from files.services import signed_path, store_upload
from tickets.access import get_ticket, own_tickets, ticket_by_guest_key
from tickets.models import Ticket
from tickets.selectors import public_thread, waiting_before
from tickets.services import conversation, guests
from web.helpcenter.forms import AddForm, LinkRequestForm, RatingForm
from web.helpcenter.visitor import guest_token, known_guest, member, remember_guest


def my_tickets(request: HttpRequest) -> HttpResponse:
    """A member's tickets, newest change first. A guest can have the link to theirs sent again."""
    user, guest = member(request), known_guest(request)
    rows = own_tickets(user, guest).select_related("category", "team").order_by("-changed_at")
    if state := request.GET.get("state"):
        closed = [Ticket.State.SOLVED, Ticket.State.CLOSED]
        rows = rows.exclude(state__in=closed) if state == "open" else rows.filter(state__in=closed)
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    form = LinkRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        guests.send_link_again(**form.cleaned_data)
        return redirect(reverse("helpcenter:tickets") + "?asked=1")
    return render(
        request,
        "helpcenter/tickets.html",
        {"page": page, "form": form, "asked": request.GET.get("asked") == "1", "state": state or ""},
    )


@require_GET
def track(request: HttpRequest) -> HttpResponse:
    """Open a ticket by its number, however it was typed."""
    number = request.GET.get("number", "")
    try:
        ticket = get_ticket(member(request), number, known_guest(request))
    except NotFound as refusal:
        form = LinkRequestForm(initial={"number": number})
        return render(
            request,
            "helpcenter/tickets.html",
            {"form": form, "refusal": refusal.message, "page": None},
            status=404,
        )
    return redirect("helpcenter:ticket", number=ticket.number)


def _let_in(request: HttpRequest, number: str) -> HttpResponse | None:
    """A guest who comes by the signed link gets a pass, and a clean address without the key."""
    key = request.GET.get("k", "")
    if not key or member(request):
        return None
    ticket = ticket_by_guest_key(number, key)
    guests.let_in(ticket=ticket, guest=guest_token(request))
    return remember_guest(request, redirect("helpcenter:ticket", number=ticket.number))


@require_GET
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    ticket = get_ticket(member(request), number, known_guest(request))
    return render(
        request,
        "helpcenter/receipt.html",
        {"ticket": ticket, "before": waiting_before(ticket), "window": conversation.REOPEN_WINDOW.days},
    )


@require_GET
def ticket_page(request: HttpRequest, number: str) -> HttpResponse:
    if entering := _let_in(request, number):
        return entering
    ticket = get_ticket(member(request), number, known_guest(request))
    if ticket.merged_into:
        messages.info(request, _("%(old)s goes on here.") % {"old": ticket.number})
        return redirect("helpcenter:ticket", number=ticket.merged_into.number)
    return _page(request, ticket, AddForm(initial={"client_ref": uuid4()}))


def _page(request: HttpRequest, ticket: Ticket, form: AddForm, status: int = 200) -> HttpResponse:
    events = public_thread(ticket)
    now = timezone.now()
    return render(
        request,
        "helpcenter/ticket.html",
        {
            "ticket": ticket,
            "events": events,
            "files": uploads_of("ticket_event", [event.pk for event in events]),
            "path_of": partial(signed_path, user=member(request), guest=known_guest(request)),
            "form": form,
            "rating_form": RatingForm(),
            "rating": getattr(ticket, "rating", None),
            "reopens_until": conversation.reopens_until(ticket),
            "may_nudge": bool(
                ticket.is_open
                and not ticket.is_paused
                and ticket.answer_due_at
                and ticket.answer_due_at <= now
            ),
            "before": waiting_before(ticket) if ticket.first_answered_at is None else None,
        },
        status=status,
    )


@require_POST
def add(request: HttpRequest, number: str) -> HttpResponse:
    """Add words or files. The form's hidden reference makes a second click harmless."""
    user, guest = member(request), known_guest(request)
    ticket = get_ticket(user, number, guest)
    form = AddForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, ticket, form, 400)
    try:
        uploads = [
            store_upload(file=file, purpose="ticket", user=user, guest="" if user else guest)
            for file in form.cleaned_data["files"]
        ]
        conversation.add_information(
            ticket=ticket,
            author=user,
            body=form.cleaned_data["body"],
            uploads=uploads,
            client_ref=form.cleaned_data["client_ref"],
        )
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return _page(request, ticket, form, refusal.status)
    return redirect(reverse("helpcenter:ticket", args=[ticket.number]) + "#latest")


@require_POST
def act(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Solved, not solved after all, how far is it, rate: one button each."""
    user = member(request)
    ticket = get_ticket(user, number, known_guest(request))
    try:
        if what == "solve":
            conversation.solve(ticket=ticket, by=user, by_requester=True)
        elif what == "nudge":
            conversation.nudge(ticket=ticket, author=user)
            messages.success(request, _("The team has been told."))
        elif what == "rate":
            form = RatingForm(request.POST)
            if form.is_valid():
                conversation.rate(ticket=ticket, author=user, **form.cleaned_data)
                messages.success(request, _("Thank you. Your rating is kept."))
            else:
                messages.error(request, _("Choose one of the five."))
        else:
            raise NotFound(_("No such action."))
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, refusal.message)
    return redirect("helpcenter:ticket", number=ticket.number)


@require_GET
def as_text(request: HttpRequest, number: str) -> HttpResponse:
    """The whole ticket as a plain text file to keep."""
    ticket = get_ticket(member(request), number, known_guest(request))
    lines = [f"{settings.PLATFORM_NAME} · {ticket.number}", ticket.subject, f"SHA-256 {ticket.digest}", ""]
    for event in public_thread(ticket):
        at = timezone.localtime(event.created_at)
        lines += [f"{at:%Y-%m-%d %H:%M %Z} · {event.get_kind_display()}", event.body, ""]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{ticket.number}.txt"'
    return response
