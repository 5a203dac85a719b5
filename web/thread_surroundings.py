"""What stands around a thread on both sides' pages: who is there, what is closed, the terms pinned on top."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from chat.access import Side, Viewer
from chat.models import Block, Conversation
from chat.selectors import message_text_for, messages_before, people
from web.templatetags.parley import money


@dataclass(frozen=True, slots=True)
class Closed:
    """A conversation that one side closed, as one viewer sees it."""

    is_by_us: bool
    reason: str  # In general words, as its maker chose it; empty when the maker's row is gone.
    may_answer: bool  # The shop, while a question waits.


def around_thread(request: HttpRequest, conversation: Conversation, viewer: Viewer) -> dict[str, Any]:
    """What stands around a thread: who is there, how fast answers come, what is closed, what is answered."""
    reply_to = request.GET.get("reply_to", "")
    answered = None
    if reply_to.isascii() and reply_to.isdigit():
        page = messages_before(conversation, int(reply_to) + 1, viewer=viewer, limit=1).messages
        answered = page[0] if page and page[0].seq == int(reply_to) else None
    return {
        "is_there": people.is_other_side_there(conversation, viewer),
        "usual_words": people.usual_words(people.usual_answer(conversation.shop_id)),
        "is_muted": people.is_muted(conversation, viewer.user_id),
        "closed": closed_for(conversation, viewer),
        "pinned": pinned_terms(conversation),
        "answered": answered,
        "answered_text": message_text_for(answered, viewer).body[:80] if answered else "",
    }


def closed_for(conversation: Conversation, viewer: Viewer) -> Closed | None:
    if not conversation.blocked_by:
        return None
    ours = "customer" if viewer.side == Side.CUSTOMER else "shop"
    # Of two blocks a viewer first hears of the other side's if they are the customer, else of the own one.
    by = conversation.blocked_by if conversation.blocked_by != "both" else "shop"
    row = Block.objects.filter(
        shop=conversation.shop_id, customer=conversation.customer_id, side=by, lifted_at=None
    ).first()
    may_answer = viewer.side == Side.SHOP and conversation.waiting_since is not None
    return Closed(by == ours, row.get_reason_display() if row else "", may_answer)


def pinned_terms(conversation: Conversation) -> list[dict[str, Any]]:
    """The order's lines with the terms as they stood when it was placed, for the card at the top."""
    if conversation.order is None:
        return []
    return [
        {
            "title": line.title,
            "quantity": line.quantity,
            "price": money(line.price_cents, conversation.order.currency),
            "warranty": line.terms.get("warranty", ""),
            "description": line.terms.get("description", ""),
        }
        for line in conversation.order.lines.all()
    ]
