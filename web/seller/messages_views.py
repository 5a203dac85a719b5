"""Seller Center: Customer Messages. Reading, sending and every action work without scripts."""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import SignedInRequest
from accounts.models import User
from chat.access import Side, get_conversation, viewer_of
from chat.models import Conversation, Message, Note, SavedReply, Session
from chat.selectors import people
from chat.selectors.desk import SOON
from chat.serializers import label_json, note_json
from chat.services.assigning import answerers_of
from chat.services.attendance import seen_now
from chat.services.conversations import move_receipt
from chat.services.shop_rules import calendar_of
from core.errors import NotFound
from shops.access import member_among, memberships_of, shops_where
from shops.capabilities import CAPABILITIES, Capability, Role
from shops.models import Shop, ShopMember
from shops.selectors import orders_between
from web import chat_pages
from web.posted_messages import message_form, send_posted
from web.seller.customer_details import details_for
from web.seller.desk_words import desk_words
from web.seller.forms import MessageForm
from web.seller.inbox_list import listing_of, place_of
from web.seller.snooze_times import choices
from web.templatetags.clock_strip import Strip
from web.thread_surroundings import around_thread


@login_required
@require_GET
def front(request: SignedInRequest) -> HttpResponse:
    """To the person's first shop; a page of explanation for those without one."""
    first = shops_where(request.user, Capability.READ_MESSAGES).first()
    if first is None:
        raise NotFound(_("You do not work for a shop yet. Ask an owner to invite you."))
    return redirect("seller:messages", slug=first.slug)


def _list_context(
    request: SignedInRequest,
    member: ShopMember,
    *,
    conversation: Conversation | None = None,
    thread: chat_pages.Thread | None = None,
) -> dict[str, object]:
    shop, held = member.shop, CAPABILITIES[Role(member.role)]
    listing = listing_of(place_of(request), shop=shop, user=request.user)
    entries = listing.entries
    extra = []
    if conversation and all(entry.conversation.pk != conversation.pk for entry in entries):
        extra = [chat_pages.fresh_row(conversation, user_id=request.user.pk)]
    return {
        "shop": shop,
        "listing": listing,
        "now": listing.now,
        "query": listing.query,
        "unread_count": listing.unread_count,
        "conversation": conversation,
        "thread": thread,
        "may_reply": Capability.REPLY_TO_CUSTOMERS in held,
        "may_assign": Capability.ASSIGN in held,
        "may_manage": Capability.MANAGE_SETTINGS in held,
        "snoozes": choices(listing.now),
        "members": answerers_of(shop) if listing.place.is_selecting or conversation else [],
        "snapshot": chat_pages.snapshot(
            request,
            side=Side.SHOP,
            entries=entries + extra,
            conversation=conversation,
            thread=thread,
            conversation_url=reverse("seller:conversation", args=[shop.slug, 0]),
            shop=shop.slug,
            view=listing.place.view,
            label=listing.place.label_id,
            labels=[label_json(label) for label in listing.labels],
            is_selecting=listing.place.is_selecting,
            notices=people.notices_of(listing.head.notices),
            muted=listing.head.muted,
            query=listing.query,
            replies=_saved_replies(shop) if conversation else [],
            fill_ins=_fill_ins(conversation, request.user) if conversation else {},
            notes=[note_json(note) for note in thread.notes] if thread else [],
        ),
        "words": chat_pages.client_words() | desk_words(),
    }


def _saved_replies(shop: Shop) -> list[dict[str, str]]:
    rows = SavedReply.objects.filter(shop=shop).order_by("shortcut")
    return [{"shortcut": row.shortcut, "title": row.title, "body": row.body} for row in rows]


def _fill_ins(conversation: Conversation, user: User) -> dict[str, str]:
    """What stands for the placeholders of a saved reply in this conversation."""
    line = conversation.order.lines.first() if conversation.order else None
    product = line.title if line else conversation.product.title if conversation.product else ""
    return {
        "customer": conversation.customer.short_name,
        "product": product,
        "order": conversation.order.number if conversation.order else "",
        "shop": conversation.shop.name,
        "me": user.short_name,
    }


@login_required
@require_GET
def inbox_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """At most six queries, whatever the size of the shop (``make bench-inbox``)."""
    memberships = memberships_of(request.user)
    member = member_among(memberships, slug, Capability.READ_MESSAGES)
    context = _list_context(request, member)
    context |= {"own_shops": [each.shop for each in memberships], "undo_step": _step_of(request)}
    return render(request, "seller/messages.html", context)


def _step_of(request: SignedInRequest) -> uuid.UUID | None:
    """The step that has just been made, from the address: the page offers to take it back."""
    try:
        return uuid.UUID(request.GET.get("undo", ""))
    except ValueError:
        return None


def own_conversation(user: User, shop: Shop, pk: int) -> Conversation:
    """A conversation of this shop, for one of its members."""
    conversation = get_conversation(user, pk)
    if conversation.shop_id != shop.pk:
        raise NotFound(_("No such conversation."))
    return conversation


@login_required
@require_http_methods(["GET", "POST"])
def conversation_page(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """GET shows the thread between the list and the side bar, POST sends one message."""
    member = member_among(memberships_of(request.user), slug, Capability.READ_MESSAGES)
    shop = member.shop
    conversation = own_conversation(request.user, shop, pk)
    seen_now([request.user.pk])
    form = message_form(request, MessageForm)
    overtaken = None
    if request.method == "POST" and form.is_valid():
        overtaken = _answered_since(conversation, request.user, form.cleaned_data)
        if overtaken is None and send_posted(request=request, conversation=conversation, form=form):
            return redirect(f"{request.get_full_path()}#end")
    thread = _thread(request, conversation)
    move_receipt(
        conversation=conversation, user=request.user, side=Side.SHOP, delivered_seq=conversation.last_seq
    )
    now = timezone.now()
    context = _list_context(request, member, conversation=conversation, thread=thread)
    context |= _side_context(conversation, member, now=now)
    context |= {
        "form": form,
        "client_ref": uuid.uuid4(),
        "overtaken": overtaken,
        "clock": _clock(conversation, now=now),
        "cards": chat_pages.cards_for(customer_id=conversation.customer_id, shop=shop),
        "handed_over": _handed_over(conversation, request.user),
        "is_asleep": conversation.snoozed_until is not None and conversation.snoozed_until > now,
        "is_answer_needless": conversation.no_answer_seq == conversation.last_seq,
        "dispute_url": _dispute_url(conversation),
        "label_ids": list(conversation.conversation_labels.values_list("label_id", flat=True)),
        "edited_note": _note_in_hand(request, thread.notes),
        **around_thread(request, conversation, viewer_of(request.user, conversation)),
    }
    status = 400 if form.errors else 409 if overtaken else 200
    return render(request, "seller/conversation.html", context, status=status)


def _answered_since(conversation: Conversation, user: User, data: dict[str, object]) -> Message | None:
    """A colleague's answer that came while this one was being written and has not been read over."""
    began_at = data["seen_seq"]
    if not isinstance(began_at, int) or data["is_sure"]:
        return None
    answers = Message.objects.filter(
        conversation=conversation, seq__gt=began_at, author_kind=Message.AuthorKind.MEMBER
    )
    own_ref = uuid.UUID(str(data["client_ref"]))
    if answers.filter(author=user, client_ref=own_ref).exists():
        return None  # The same form again: it is stored already.
    return answers.exclude(author=user).select_related("author").order_by("-seq").first()


def _thread(request: SignedInRequest, conversation: Conversation) -> chat_pages.Thread:
    before = request.GET.get("before", "")
    return chat_pages.thread_of(
        conversation,
        viewer_of(request.user, conversation),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None,
        notes=list(
            Note.objects.filter(conversation=conversation).select_related("author", "to").order_by("pk")
        ),
    )


def _note_in_hand(request: SignedInRequest, notes: list[Note]) -> Note | None:
    """The person's own note that ``?note=`` asks to change."""
    asked = request.GET.get("note", "")
    return next((each for each in notes if str(each.pk) == asked and each.author == request.user), None)


def _handed_over(conversation: Conversation, user: User) -> Note | None:
    """The note that came with the conversation, until whoever got it has answered."""
    if conversation.assigned_to_id != user.pk:
        return None
    note = (
        Note.objects.filter(conversation=conversation, to__isnull=False)
        .select_related("author")
        .order_by("-pk")
        .first()
    )
    if note is None or note.to_id != user.pk:
        return None
    answered = Message.objects.filter(conversation=conversation, seq__gt=note.after_seq, author=user).exists()
    return None if answered else note


def _dispute_url(conversation: Conversation) -> str:
    """Where the latest session is disputed, filled in beforehand."""
    latest = Session.objects.filter(conversation=conversation).order_by("-first_seq").first()
    slug = conversation.shop.slug
    address = chat_pages.optional_url("seller:dispute", slug)
    if not address or latest is None:
        return reverse("seller:performance", args=[slug])
    return f"{address}?conversation={conversation.pk}&session={latest.first_seq}&reason=no_answer_needed"


def _side_context(conversation: Conversation, member: ShopMember, *, now: datetime) -> dict[str, object]:
    orders = orders_between(customer_id=conversation.customer_id, shop_id=conversation.shop_id)
    chosen = conversation.order or orders.first()
    earlier = Session.objects.filter(conversation=conversation).order_by("-opened_at")[1:4]
    return {
        "order": chosen,
        "order_lines": chosen.lines.select_related("product") if chosen else [],
        "order_count": len(orders),
        "product": conversation.product,
        "customer": conversation.customer,
        "customer_name": str(conversation.customer),
        "customer_now": now.astimezone(ZoneInfo(conversation.customer.time_zone or "UTC")),
        "details": details_for(member.role, customer=conversation.customer, order=chosen),
        "earlier": [
            {"opened_at": session.opened_at, "took": _took(session), "reason": session.reason}
            for session in earlier
        ],
    }


def _took(session: Session) -> timedelta | None:
    if session.answered_at is None or session.clock_started_at is None:
        return None
    return session.answered_at - session.clock_started_at


def _clock(conversation: Conversation, *, now: datetime) -> dict[str, object] | None:
    """The strip over a thread; None while no clock runs. The ledger uses the same two times."""
    if conversation.due_at is None or conversation.waiting_since is None:
        return None
    left = conversation.due_at - now
    closed = _closed_spans(conversation.shop, conversation.waiting_since, conversation.due_at)
    state = "missed" if left < timedelta() else "soon" if left < SOON else "running"
    return {
        "left": left,
        "is_late": left < timedelta(),
        "is_soon": left < SOON,
        "due_at": conversation.due_at,
        "has_closed_hours": bool(closed),
        "strip": Strip(
            received=conversation.waiting_since,
            now=now,
            state=state,
            deadline=conversation.due_at,
            closed=closed,
            end=max(conversation.due_at, now),
        ),
    }


def _closed_spans(shop: Shop, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    spans = []
    position = start
    for opens, closes in calendar_of(shop).open_intervals(start, end):
        if opens > position:
            spans.append((position, opens))
        position = closes
    if position < end:
        spans.append((position, end))
    return spans


@login_required
@require_GET
def clock_fragment(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """The clock over the thread, for the client to put in place after a change."""
    member = member_among(memberships_of(request.user), slug, Capability.READ_MESSAGES)
    conversation = own_conversation(request.user, member.shop, pk)
    context = {"clock": _clock(conversation, now=timezone.now()), "conversation": conversation}
    return render(request, "seller/_clock.html", context)
