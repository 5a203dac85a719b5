"""What the customer's and the shop's chat pages share: rows for the template and the snapshot for the client.

A page is complete without scripts; the snapshot lets the client go on from exactly what the page shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.access import Side, Viewer
from chat.models import Conversation, Message, Note
from chat.response_clock import Reason
from chat.selectors import (
    InboxEntry,
    Marks,
    file_state_for,
    inbox_entries,
    marks_of_sides,
    message_text_for,
    messages_before,
    people,
    side_of,
    uploads_of_message,
)

# The client continues in the same shapes that REST and the socket use.
from chat.serializers import inbox_json, message_json
from chat.services.announcements import current_epoch
from files.models import Upload
from files.services import signed_path
from shops.models import Shop
from shops.selectors import orders_between, products_of
from web.chat_words import extra_words
from web.templatetags.parley import day, money, product_picture, shop_picture, words_for

PAGE = 50
LIST_PAGE = 50
MOST_ORDERS = 5
MOST_PRODUCTS = 12
OTHER_SIDE = {Side.CUSTOMER: Side.SHOP, Side.SHOP: Side.CUSTOMER, Side.STAFF: Side.CUSTOMER}


# Why a session runs no clock, as its row in the inbox says it.
NOT_COUNTED = {
    Reason.OUTSIDE_HOURS: _("Not counted: outside hours"),
    Reason.HOLIDAY_MODE: _("Not counted: holiday mode"),
    Reason.PUBLIC_HOLIDAY: _("Not counted: public holiday"),
    Reason.SPAM: _("Not counted: spam"),
    Reason.PLATFORM_HANDLED: _("Not counted: Parley handles it"),
    Reason.SELLER_INITIATED: _("Not counted: you wrote first"),
    Reason.BOT_ONLY: _("Not counted: answered automatically"),
    Reason.COURTESY: _("Not counted: only thanks"),
    Reason.CUSTOMER_ABUSE_UPHELD: _("Not counted: abuse"),
    Reason.DISPUTE_UPHELD: _("Not counted: dispute upheld"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_masked: bool


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as the template draws it for one viewer."""

    message: Message
    pieces: list[Piece]
    is_ours: bool
    is_mine: bool
    tick: str
    starts_day: bool
    reply_name: str
    reply_snippet: str
    files: list[tuple[Upload, str, str]]  # Each with its state for this reader, and a link if it is clean.
    notes: list[Note]  # Private notes that stand before it.


@dataclass(frozen=True, slots=True)
class Thread:
    bubbles: list[Bubble]
    page: dict[str, Any]
    receipts: dict[str, dict[str, int]]
    has_older: bool
    oldest_seq: int | None
    notes: list[Note]  # All private notes of the conversation, for members of the shop.
    last_notes: list[Note]  # Those that stand at the end.


def thread_of(
    conversation: Conversation, viewer: Viewer, *, before: int | None = None, notes: Sequence[Note] = ()
) -> Thread:
    """The newest page of messages, or the one before a sequence number.

    ``notes``: private ones, in order of writing; only a member of the shop may be given any.
    """
    change_no = conversation.change_no
    found = messages_before(conversation, before or conversation.last_seq + 1, viewer=viewer, limit=PAGE)
    marks = marks_of_sides(conversation)
    upto = found.messages[-1].seq if found.messages else 0
    from_seq = found.messages[0].seq if found.messages and found.has_more else 0
    here = [
        note for note in notes if note.after_seq >= from_seq and (before is None or note.after_seq < upto)
    ]
    newest = found
    if before:  # The live client always goes on from the newest page, whatever the page itself shows.
        newest = messages_before(conversation, conversation.last_seq + 1, viewer=viewer, limit=PAGE)
    shown = [message_json(message, viewer) for message in newest.messages]
    return Thread(
        bubbles=_bubbles(found.messages, viewer, marks[OTHER_SIDE[viewer.side]], here),
        page={
            "messages": shown,
            "last_seq": conversation.last_seq,
            "change_no": change_no,
            "epoch": current_epoch(),
            "has_more": newest.has_more,
        },
        receipts={
            side: {"delivered_seq": mark.delivered_seq, "read_seq": mark.read_seq}
            for side, mark in marks.items()
        },
        has_older=found.has_more,
        oldest_seq=found.messages[0].seq if found.messages else None,
        notes=list(notes),
        last_notes=[note for note in here if note.after_seq >= upto],
    )


def _bubbles(messages: list[Message], viewer: Viewer, mark: Marks, notes: Sequence[Note]) -> list[Bubble]:
    bubbles = []
    last_day = None
    last_seq = -1
    reader = User(pk=viewer.user_id)
    for message in messages:
        day = timezone.localtime(message.created_at).date()
        seen = message_text_for(message, viewer)
        is_ours = side_of(message.author_kind) == viewer.side
        reply = message.reply_to
        bubbles.append(
            Bubble(
                message=message,
                pieces=split(seen.body, seen.spans),
                is_ours=is_ours,
                is_mine=is_ours and message.author_id == viewer.user_id,
                tick=_tick(message.seq, mark) if is_ours else "",
                starts_day=day != last_day,
                reply_name=reply.author.short_name if reply and reply.author else "",
                reply_snippet=message_text_for(reply, viewer).body[:80] if reply else "",
                files=[
                    (upload, state, signed_path(upload, user=reader) if state == "clean" else "")
                    for upload in uploads_of_message(message)
                    for state in [file_state_for(upload, message, viewer)]
                ],
                notes=[note for note in notes if last_seq <= note.after_seq < message.seq],
            )
        )
        last_day, last_seq = day, message.seq
    return bubbles


def split(body: str, spans: list[list[int]]) -> list[Piece]:
    pieces = []
    position = 0
    for start, end in spans:
        if start > position:
            pieces.append(Piece(body[position:start], False))
        pieces.append(Piece(body[start:end], True))
        position = end
    if position < len(body):
        pieces.append(Piece(body[position:], False))
    return pieces


def _tick(seq: int, mark: Marks) -> str:
    if seq <= mark.read_seq:
        return "read"
    return "delivered" if seq <= mark.delivered_seq else "sent"


def optional_url(name: str, *args: object) -> str:
    """An address of an area that an installation may have switched off; empty without it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def snapshot(
    request: HttpRequest,
    *,
    side: Side,
    entries: list[InboxEntry],
    conversation: Conversation | None,
    thread: Thread | None,
    conversation_url: str,
    notices: dict[str, Any] | None = None,
    muted: list[int] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """What the client starts from. ``conversation_url`` has 0 in the place of the id.

    ``notices`` and ``muted`` (of ``chat.selectors.people``) are read here unless the caller has them.
    """
    shop = conversation.shop if conversation else None
    user_id = request.user.pk or 0
    if muted is None:
        muted = people.muted_among([entry.conversation.pk for entry in entries], user_id=user_id)
    return {
        "side": side,
        "me": {"id": request.user.pk, "name": str(request.user)},
        "zone": timezone.get_current_timezone_name(),
        "rows": [inbox_json(entry, side=side) for entry in entries],
        "conversation": {"id": conversation.pk} if conversation else None,
        "page": thread.page if thread else None,
        "receipts": thread.receipts if thread else None,
        "logos": {
            entry.conversation.shop.slug: shop_picture(entry.conversation.shop.logo_key) for entry in entries
        },
        "pictures": {
            "shop": shop_picture(shop.logo_key if shop else ""),
            "shopName": shop.name if shop else "",
            "customer": str(conversation.customer) if conversation else "",
            "store": shop_picture("store"),
            "favicon": static("img/favicon.svg"),
            "favicon_unread": static("img/favicon-unread.svg"),
        },
        "urls": {"conversation": conversation_url},
        "report_url": _report_url(side, conversation),
        "notices": people.notices_json(user_id) if notices is None else notices,
        "muted": muted,
        **extra,
    }


def cards_for(*, customer_id: int, shop: Shop) -> list[dict[str, str]]:
    """What can be sent as a card here: the customer's latest orders with the shop, then its products."""
    cards = []
    for order in orders_between(customer_id=customer_id, shop_id=shop.pk)[:MOST_ORDERS]:
        lines = list(order.lines.all())
        first = lines[0].product.image_key if lines and lines[0].product else "box"
        cards.append(
            {
                "kind": "order",
                "number": order.number,
                "title": gettext("Order %(number)s") % {"number": order.number},
                "text": f"{day(order.placed_at)} · {money(order.total_cents, order.currency)}",
                "picture": product_picture(first),
            }
        )
    for product in products_of(shop)[:MOST_PRODUCTS]:
        cards.append(
            {
                "kind": "product",
                "slug": product.slug,
                "title": product.title,
                "text": money(product.price_cents, product.currency),
                "picture": product_picture(product.image_key),
            }
        )
    return cards


def state_words(entry: InboxEntry) -> str:
    """What a row without a running clock says under its text."""
    row = entry.conversation
    if entry.reason:
        return str(NOT_COUNTED.get(Reason(entry.reason), ""))
    if entry.answered_after is not None:
        return gettext("Answered in %(time)s") % {"time": words_for(entry.answered_after.total_seconds())}
    return gettext("Answered") if row.last_seq else ""


def _report_url(side: Side, conversation: Conversation | None) -> str:
    """Where one message of the conversation is reported."""
    if conversation is None:
        return ""
    if side == Side.CUSTOMER:
        return reverse("customer:report", args=[conversation.pk])
    return reverse("seller:report_message", args=[conversation.shop.slug, conversation.pk])


def fresh_row(conversation: Conversation, *, user_id: int) -> InboxEntry:
    return inbox_entries([conversation], user_id=user_id)[0]


def client_words() -> dict[str, str]:
    """Every text that the client shows by itself, in the reader's language."""
    return {
        **extra_words(),
        "today": gettext("Today"),
        "yesterday": gettext("Yesterday"),
        "underMinute": gettext("under a minute"),
        "minutes": gettext("{n} min"),
        "hours": gettext("{n} h"),
        "days": gettext("{n} days"),
        "sending": gettext("Sending"),
        "waiting": gettext("Waiting to send"),
        "notSent": gettext("Not sent"),
        "retry": gettext("Try again"),
        "delete": gettext("Delete"),
        "typing": gettext("{name} is typing"),
        "somebody": gettext("Somebody"),
        "automatic": gettext("Automatic reply"),
        "fromParley": gettext("Parley"),
        "hiddenFromThem": gettext("Hidden from the other side"),
        "hiddenDetail": gettext("hidden contact detail"),
        "withheld": gettext("Not delivered: this message is held back while it is reviewed."),
        "masked": gettext("The marked part is hidden from the other side: contact details stay on Parley."),
        "reply": gettext("Reply"),
        "replyTo": gettext("Reply to: {text}"),
        "report": gettext("Report"),
        "read": gettext("Read"),
        "delivered": gettext("Delivered"),
        "sent": gettext("Sent"),
        "newMessages": gettext("{n} new"),
        "toNewest": gettext("To the newest"),
        "offlineTitle": gettext("You’re offline."),
        "offline": gettext(
            "Your messages are kept on this device and go out by themselves, in order, when you’re back."
        ),
        "nextTry": gettext("Next try in {n} s."),
        "tryingNow": gettext("Trying now."),
        "backOnline": gettext("Connected."),
        "noConnectionSince": gettext("No connection since {time}"),
        "polling": gettext("Slow connection: new messages every few seconds"),
        "loggedOutTitle": gettext("You were logged out."),
        "loggedOut": gettext("What you wrote is kept on this device. Log in to send it."),
        "revokedTitle": gettext("You no longer have access to this conversation."),
        "revoked": gettext("Somebody changed your rights. Reload the page to see what is open to you."),
        "noMessages": gettext("No messages yet"),
        "waitingToSend": gettext("{n} waiting to send"),
        "unread": gettext("Unread:"),
        "groupOverdue": gettext("Deadline passed"),
        "groupSoon": gettext("Due in under 2 hours"),
        "groupToday": gettext("Later today"),
        "groupTomorrow": gettext("Tomorrow"),
        "groupLater": gettext("Later"),
        "groupNone": gettext("No clock running"),
        "lateBy": gettext("{time} late"),
        "timeLeft": gettext("Time left:"),
        "unassigned": gettext("Unassigned"),
        "you": gettext("You"),
        "answered": gettext("Answered"),
        "answeredIn": gettext("Answered in {time}"),
        "waitsNoClock": gettext("Waiting, no clock running"),
        **{f"reason_{code}": str(title) for code, title in NOT_COUNTED.items()},
        "savedAll": gettext("Saved replies"),
        "savedFor": gettext("Saved replies for “{text}”"),
        "uploading": gettext("Uploading {name}"),
        "remove": gettext("Remove"),
        "fileFailed": gettext("Not uploaded. Try again."),
        "fileLabel": gettext("File from the chat: {name}"),
        "fileChecked": gettext("being checked"),
        "fileInfected": gettext("not shown: malware was found in it"),
        "fileGone": gettext("no longer there"),
        "fileHeld": gettext("held back: an automatic check or a reviewer keeps it from you"),
        "fileFailedCheck": gettext("could not be checked: a person looks at it"),
        "fileChecking": gettext("The other side sees it when it has been checked."),
        "fileMasked": gettext("The other side sees it with places covered. A person looks at it."),
        "fileWithheld": gettext("Kept from the other side until a person has looked at it."),
        "order": gettext("Order"),
        "searchFailed": gettext("The search did not answer. Try again."),
        "foundCount": gettext("{n} found"),
        "foundNone": gettext("Nothing found. Try fewer or other words."),
        "fixTitle": gettext("{what}: this would be hidden or sent to review."),
        "fixWithheld": gettext("{what}: this would not be delivered."),
        "fixList": gettext("This would be hidden or sent to review:"),
        "fixListWithheld": gettext("This would not be delivered:"),
        "fixRule": gettext("The rule: {clause}."),
        "fixPoints": gettext("It can cost {n} points."),
        "fixFree": gettext("Changing it now costs nothing."),
        "fixRemove": gettext("Remove the marked words"),
        "fixSend": gettext("Send as it is"),
    }


def next_list_page(rows: list[Conversation]) -> datetime | None:
    """Where the list goes on: the time of the last row of a full page."""
    return rows[-1].last_message_at if len(rows) == LIST_PAGE else None
