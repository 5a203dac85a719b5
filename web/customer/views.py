"""The customer's conversations. Reading and sending work without scripts."""

import uuid
from datetime import datetime

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import SignedInRequest
from accounts.models import User
from chat.access import Side, get_conversation, viewer_of, visible_conversations
from chat.models import Conversation
from chat.selectors import InboxEntry, inbox, inbox_entries
from chat.services.conversations import move_receipt, open_conversation
from chat.services.ratings import offer
from core.errors import DomainError, NotFound
from shops.access import get_order
from shops.models import Product, Shop
from web import chat_pages
from web.customer.faq_views import before_typing
from web.posted_messages import MessageForm, message_form, send_posted
from web.thread_surroundings import around_thread


def _entries(user: User, *, before: datetime | None = None) -> list[InboxEntry]:
    rows = inbox(visible_conversations(user).filter(customer=user))
    if before:
        rows = rows.filter(last_message_at__lt=before)
    return inbox_entries(list(rows[: chat_pages.LIST_PAGE]), user_id=user.pk)


def _context(
    request: SignedInRequest, conversation: Conversation | None, thread: chat_pages.Thread | None
) -> dict[str, object]:
    before = parse_datetime(request.GET.get("older", "")) if request.GET.get("older") else None
    entries = _entries(request.user, before=before)
    if conversation and conversation.pk not in {entry.conversation.pk for entry in entries}:
        entries.insert(0, chat_pages.fresh_row(conversation, user_id=request.user.pk))
    return {
        "entries": entries,
        "older_list": chat_pages.next_list_page([entry.conversation for entry in entries]),
        "unread_count": sum(1 for entry in entries if entry.unread),
        "conversation": conversation,
        "thread": thread,
        "snapshot": chat_pages.snapshot(
            request,
            side=Side.CUSTOMER,
            entries=entries,
            conversation=conversation,
            thread=thread,
            conversation_url=reverse("customer:chat", args=[0]),
        ),
        "words": chat_pages.client_words(),
    }


@login_required
@require_GET
def chats(request: SignedInRequest) -> HttpResponse:
    return render(request, "customer/chats.html", _context(request, None, None))


@login_required
@require_http_methods(["GET", "POST"])
def chat(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET shows the thread, POST sends one message and comes back to it."""
    conversation = get_conversation(request.user, pk)
    if conversation.customer_id != request.user.pk:
        raise NotFound(_("No such conversation."))
    viewer = viewer_of(request.user, conversation)
    form = message_form(request, MessageForm)
    is_ready = request.method == "POST" and form.is_valid()
    if is_ready and send_posted(request=request, conversation=conversation, form=form):
        return redirect(f"{reverse('customer:chat', args=[pk])}#end")
    before = request.GET.get("before", "")
    thread = chat_pages.thread_of(
        conversation, viewer, before=int(before) if before.isascii() and before.isdigit() else None
    )
    move_receipt(
        conversation=conversation, user=request.user, side=Side.CUSTOMER, delivered_seq=conversation.last_seq
    )
    return render(
        request,
        "customer/chat.html",
        _context(request, conversation, thread)
        | {
            "form": form,
            "client_ref": uuid.uuid4(),
            "shop": conversation.shop,
            **before_typing(request, conversation),
            "order": conversation.order,
            "product": conversation.product,
            "cards": chat_pages.cards_for(customer_id=request.user.pk, shop=conversation.shop),
            **around_thread(request, conversation, viewer),
            "offer": offer(conversation, now=timezone.now()),
        },
        status=400 if form.errors else 200,
    )


@login_required
@require_http_methods(["GET", "POST"])
def start(request: SignedInRequest, slug: str) -> HttpResponse:
    """Open the conversation with a shop, about a product or an order if one is named in the address."""
    shop = get_object_or_404(Shop, slug=slug, status=Shop.Status.OPEN)
    number, product_slug = request.GET.get("order"), request.GET.get("product")
    order = get_order(request.user, number) if number else None
    if order and order.shop_id != shop.pk:
        raise NotFound(_("No such order."))
    product = Product.objects.filter(shop=shop, slug=product_slug, is_active=True).first()
    if request.method == "GET":
        return render(request, "customer/start.html", {"shop": shop, "order": order, "product": product})
    try:
        conversation = open_conversation(customer=request.user, shop=shop, order=order, product=product)
    except DomainError as error:
        flash.error(request, error.message or gettext("This conversation could not be opened."))
        return redirect("storefront:shop", slug=shop.slug)
    return redirect("customer:chat", pk=conversation.pk)
