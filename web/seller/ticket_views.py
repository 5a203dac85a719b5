"""Tickets in the Seller Center: the shop's own, and messages that wait for the shop as tickets."""

from functools import partial
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from core.errors import DomainError, NotFound
from files.selectors import uploads_of
from files.services import signed_path, store_upload
from shops.access import get_shop
from shops.capabilities import Capability
from shops.models import Shop
from tickets.access import get_ticket, own_tickets
from tickets.models import Ticket
from tickets.selectors import shop_thread, texts_by_slugs, waiting_before
from tickets.services import conversation

HELPFUL = ["report-a-customer", "how-to-appeal-a-decision", "how-the-response-rate-is-counted"]


def _open(request: HttpRequest, slug: str) -> tuple[User, Shop]:
    shop = get_shop(request.user, slug, Capability.MANAGE_TICKETS)
    assert isinstance(request.user, User)
    return request.user, shop


def _ticket_of(user: User, shop: Shop, number: str) -> Ticket:
    ticket = get_ticket(user, number)
    if ticket.shop_id != shop.pk:
        raise NotFound(_("No such ticket."))
    return ticket


@require_GET
def ticket_list(request: HttpRequest, slug: str) -> HttpResponse:
    """What waits for the shop first, then what the shop asked the platform."""
    user, shop = _open(request, slug)
    rows = own_tickets(user).filter(shop=shop).select_related("category", "team", "requester")
    state = request.GET.get("state", "")
    closed = [Ticket.State.SOLVED, Ticket.State.CLOSED]
    if state:
        rows = rows.filter(state__in=closed) if state == "done" else rows.exclude(state__in=closed)
    for_shop = rows.filter(handled_by=Ticket.HandledBy.SHOP).exclude(state__in=closed)
    page = Paginator(rows.exclude(pk__in=for_shop.values("pk")).order_by("-changed_at"), 25).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "seller/tickets.html",
        {
            "shop": shop,
            "page": page,
            "for_shop": list(for_shop.order_by("answer_due_at")[:50]),
            "state": state,
            "texts": texts_by_slugs(HELPFUL, request.LANGUAGE_CODE),
        },
    )


@require_GET
def ticket_detail(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    user, shop = _open(request, slug)
    ticket = _ticket_of(user, shop, number)
    events = shop_thread(ticket, user)
    return render(
        request,
        "seller/ticket.html",
        {
            "shop": shop,
            "ticket": ticket,
            "events": events,
            "files": uploads_of("ticket_event", [event.pk for event in events]),
            "path_of": partial(signed_path, user=user),
            "before": waiting_before(ticket) if ticket.first_answered_at is None else None,
            "reopens_until": conversation.reopens_until(ticket),
            "client_ref": uuid4(),
        },
    )


@require_POST
def ticket_add(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """Add words or files to a ticket of the shop; the hidden reference makes a second click harmless."""
    user, shop = _open(request, slug)
    ticket = _ticket_of(user, shop, number)
    if ticket.side != Ticket.Side.SELLER:
        raise NotFound(_("No such ticket."))
    try:
        uploads = [
            store_upload(file=file, purpose="ticket", user=user)
            for file in request.FILES.getlist("files")[:6]
        ]
        conversation.add_information(
            ticket=ticket,
            author=user,
            body=request.POST.get("body", ""),
            uploads=uploads,
            client_ref=UUID(request.POST["client_ref"]) if request.POST.get("client_ref") else None,
            via="seller",
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
    except ValueError:
        messages.error(request, _("Something went wrong with this form. Try once more."))
    return redirect(reverse("seller:ticket", args=[shop.slug, ticket.number]) + "#latest")


@require_POST
def ticket_solved(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    user, shop = _open(request, slug)
    ticket = _ticket_of(user, shop, number)
    conversation.solve(ticket=ticket, by=user, by_requester=ticket.side == Ticket.Side.SELLER)
    return redirect("seller:ticket", slug=shop.slug, number=ticket.number)
