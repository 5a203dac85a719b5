"""Seller Center: Customer Messages. Reading, sending and every action work without scripts."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest
from accounts.models import User
from chat.access import Side, get_conversation, require_writer, viewer_of
from chat.models import Conversation, SavedReply, Session
from chat.response_clock import EventKind
from chat.selectors import InboxEntry, due_first, inbox_entries, view_counts
from chat.services import handling, sessions
from chat.services.conversations import move_receipt
from chat.services.messages import send_message
from chat.services.shop_rules import calendar_of
from core.errors import DomainError, Invalid, NotFound
from shops.access import get_shop, may, shops_where
from shops.capabilities import Capability
from shops.models import Shop
from shops.selectors import members_of, orders_between
from web import chat_pages
from web.seller.forms import MessageForm
from web.templatetags.clock_strip import Strip

SOON = timedelta(hours=2)
VIEWS = {
    "all": _("All"),
    "mine": _("Mine"),
    "unassigned": _("Unassigned"),
    "resolved": _("Resolved"),
    "spam": _("Spam"),
}
MAIN_VIEWS = ("mine", "unassigned", "all")
ENDED = (Conversation.Status.RESOLVED, Conversation.Status.SPAM)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of the list under one heading, as ``static/js/lists.js`` groups them."""

    title: str
    entries: list[InboxEntry]


@login_required
@require_GET
def front(request: SignedInRequest) -> HttpResponse:
    """To the person's first shop; a page of explanation for those without one."""
    first = shops_where(request.user, Capability.READ_MESSAGES).first()
    if first is None:
        raise NotFound("You do not work for a shop yet. Ask an owner to invite you.")
    return redirect("seller:messages", slug=first.slug)


def _rows(shop: Shop, *, view: str, user: User) -> QuerySet[Conversation]:
    rows = Conversation.objects.filter(shop=shop)
    if view in ENDED:
        return rows.filter(status=view)
    rows = rows.filter(status=Conversation.Status.OPEN, last_seq__gt=0)
    if view == "mine":
        return rows.filter(assigned_to=user)
    return rows.filter(assigned_to=None) if view == "unassigned" else rows


def _group_title(entry: InboxEntry, now: datetime) -> str:
    row = entry.conversation
    if row.due_at is None:
        return gettext("Waiting, no clock running") if entry.awaits_reply else gettext("No clock running")
    left = row.due_at - now
    if left < timedelta():
        return gettext("Deadline passed")
    if left < SOON:
        return gettext("Due in under 2 hours")
    days = (timezone.localtime(row.due_at).date() - timezone.localtime(now).date()).days
    return {0: gettext("Later today"), 1: gettext("Tomorrow")}.get(days, gettext("Later"))


def _groups(entries: list[InboxEntry], now: datetime) -> list[Group]:
    groups: list[Group] = []
    # A stable sort: unanswered customers stand above answered ones, each part in its order of time.
    for entry in sorted(entries, key=lambda each: each.conversation.due_at is None and not each.awaits_reply):
        title = _group_title(entry, now)
        if not groups or groups[-1].title != title:
            groups.append(Group(title, []))
        groups[-1].entries.append(entry)
    return groups


def _view_of(request: SignedInRequest) -> str:
    view = request.GET.get("view", "all")
    return view if view in VIEWS else "all"


def _page_of(rows: QuerySet[Conversation], cursor: str) -> list[Conversation]:
    """One page: the first in order of due time, or what follows the cursor of the page before."""
    kind, _colon, text = cursor.partition(":")
    moment = parse_datetime(text.replace(" ", "+")) if kind in ("due", "last") else None
    if moment is None:
        return due_first(rows, limit=chat_pages.LIST_PAGE)
    if kind == "due":
        return due_first(rows.exclude(due_at__lte=moment), limit=chat_pages.LIST_PAGE)
    return due_first(rows.filter(due_at=None, last_message_at__lt=moment), limit=chat_pages.LIST_PAGE)


def _cursor_after(rows: list[Conversation]) -> str:
    """Where the next page goes on; empty after the last page."""
    if len(rows) < chat_pages.LIST_PAGE:
        return ""
    last = rows[-1]
    if last.due_at:
        return f"due:{last.due_at.isoformat()}"
    return f"last:{last.last_message_at.isoformat()}" if last.last_message_at else ""


def _list_context(
    request: SignedInRequest,
    shop: Shop,
    *,
    conversation: Conversation | None = None,
    thread: chat_pages.Thread | None = None,
) -> dict[str, object]:
    view = _view_of(request)
    now = timezone.now()
    rows = _page_of(_rows(shop, view=view, user=request.user), request.GET.get("after", ""))
    entries = inbox_entries(rows, user_id=request.user.pk)
    counts = asdict(view_counts(shop.pk, user_id=request.user.pk))
    query = f"?{urlencode({'view': view})}" if view != "all" else ""
    known = {entry.conversation.pk for entry in entries}
    extra = []
    if conversation and conversation.pk not in known:
        extra = [chat_pages.fresh_row(conversation, user_id=request.user.pk)]
    return {
        "shop": shop,
        "now": now,
        "soon_at": now + SOON,
        "groups": _groups(entries, now),
        "entries": entries,
        "view": view,
        "views": [(key, VIEWS[key], counts[key]) for key in MAIN_VIEWS],
        "more_views": [(key, title) for key, title in VIEWS.items() if key not in MAIN_VIEWS],
        "view_title": VIEWS[view],
        "query": query,
        "next_page": urlencode({"view": view, "after": after}) if (after := _cursor_after(rows)) else "",
        "unread_count": sum(1 for entry in entries if entry.unread),
        "conversation": conversation,
        "thread": thread,
        "snapshot": chat_pages.snapshot(
            request,
            side=Side.SHOP,
            entries=entries + extra,
            conversation=conversation,
            thread=thread,
            conversation_url=reverse("seller:conversation", args=[shop.slug, 0]),
            shop=shop.slug,
            view=view,
            query=query,
            replies=_saved_replies(shop) if conversation else [],
            fill_ins=_fill_ins(conversation, request.user) if conversation else {},
        ),
        "words": chat_pages.client_words(),
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
    shop = get_shop(request.user, slug, Capability.READ_MESSAGES)
    return render(request, "seller/messages.html", _list_context(request, shop))


def _own_conversation(user: User, shop: Shop, pk: int) -> Conversation:
    conversation = get_conversation(user, pk)
    if conversation.shop_id != shop.pk:
        raise NotFound("No such conversation.")
    return conversation


@login_required
@require_http_methods(["GET", "POST"])
def conversation_page(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """GET shows the thread between the list and the side bar, POST sends one message."""
    shop = get_shop(request.user, slug, Capability.READ_MESSAGES)
    conversation = _own_conversation(request.user, shop, pk)
    viewer = viewer_of(request.user, conversation)
    form = MessageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            require_writer(request.user, conversation)
            send_message(conversation=conversation, author=request.user, **form.cleaned_data)
            return redirect(f"{request.get_full_path()}#end")
        except DomainError as error:
            form.add_error("body", error.message)
    before = request.GET.get("before", "")
    thread = chat_pages.thread_of(
        conversation, viewer, before=int(before) if before.isascii() and before.isdigit() else None
    )
    move_receipt(
        conversation=conversation, user=request.user, side=Side.SHOP, delivered_seq=conversation.last_seq
    )
    context = _list_context(request, shop, conversation=conversation, thread=thread)
    context |= _side_context(conversation, now=timezone.now())
    context |= {
        "form": form,
        "client_ref": uuid.uuid4(),
        "may_reply": may(request.user, shop, Capability.REPLY_TO_CUSTOMERS),
        "may_assign": may(request.user, shop, Capability.ASSIGN),
        "members": members_of(shop),
        "clock": _clock(conversation, now=timezone.now()),
        "cards": chat_pages.cards_for(customer_id=conversation.customer_id, shop=shop),
    }
    return render(request, "seller/conversation.html", context, status=400 if form.errors else 200)


def _side_context(conversation: Conversation, *, now: datetime) -> dict[str, object]:
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
    shop = get_shop(request.user, slug, Capability.READ_MESSAGES)
    conversation = _own_conversation(request.user, shop, pk)
    context = {"clock": _clock(conversation, now=timezone.now()), "conversation": conversation}
    return render(request, "seller/_clock.html", context)


@login_required
@require_POST
def change_status(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Resolve, reopen or mark as spam."""
    shop = get_shop(request.user, slug, Capability.REPLY_TO_CUSTOMERS)
    conversation = _own_conversation(request.user, shop, pk)
    status = request.POST.get("status", "")
    if status not in Conversation.Status.values:
        raise Invalid("There is no such state of a conversation.")
    _apply_status(conversation, status, actor=request.user)
    words = {
        Conversation.Status.RESOLVED: gettext("Resolved. It opens again when the customer writes."),
        Conversation.Status.OPEN: gettext("Open again."),
        Conversation.Status.SPAM: gettext("Marked as spam."),
    }
    flash.success(request, words[Conversation.Status(status)])
    return redirect("seller:conversation", slug=shop.slug, pk=pk)


def _apply_status(conversation: Conversation, status: str, *, actor: User) -> None:
    """The state of the conversation, and what the ledger must know about it."""
    was_spam = conversation.status == Conversation.Status.SPAM
    handling.set_status(conversation=conversation, status=status)
    if status == Conversation.Status.SPAM:
        sessions.mark_spam(conversation=conversation, actor=actor)
    elif was_spam:
        sessions.unmark_spam(conversation=conversation)
    if status == Conversation.Status.RESOLVED:
        sessions.record_event(conversation=conversation, kind=EventKind.RESOLVED, actor=actor)


@login_required
@require_POST
def change_assignee(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """To one member, or to nobody with an empty ``member``."""
    shop = get_shop(request.user, slug, Capability.ASSIGN)
    conversation = _own_conversation(request.user, shop, pk)
    asked = request.POST.get("member", "")
    member = members_of(shop).filter(Q(user_id=int(asked))).first() if asked.isdigit() else None
    if asked and member is None:
        raise Invalid("This person does not work for the shop.")
    handling.assign(conversation=conversation, to=member.user if member else None)
    word = gettext("Assigned to %(name)s.") % {"name": member.user} if member else gettext("Not assigned.")
    flash.success(request, word)
    return redirect("seller:conversation", slug=shop.slug, pk=pk)
