"""Search pages for both sides, without scripts: words, results with the places marked, a way there."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from accounts.models import User
from chat.access import Side, Viewer
from chat.models import Conversation, Message
from chat.selectors import message_text_for
from chat.selectors.search import found_messages
from chat.services import rate_limits
from core.errors import DomainError
from web.chat_pages import Piece, split

LEAST, MOST = 2, 100
RATE = rate_limits.Rate(per_second=2, burst=10)
AROUND = 25  # A thread that opens at a hit shows so many messages after it.
SNIPPET = 220


@dataclass(frozen=True, slots=True)
class Hit:
    message: Message
    pieces: list[Piece]
    before: int  # The thread's page that ends a little after the message.


@dataclass(frozen=True, slots=True)
class Results:
    query: str
    hits: list[Hit] | None  # None: nothing was asked.
    error: str


def search(request: HttpRequest, rows: QuerySet[Conversation], *, user: User) -> Results:
    """What ``?q=`` finds in these conversations."""
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:MOST]
    if not query:
        return Results("", None, "")
    if len(query) < LEAST:
        return Results(query, None, gettext("Two letters at least."))
    try:
        rate_limits.take("search", user.pk, RATE)
    except DomainError:
        return Results(query, None, gettext("You are searching very fast. Wait a moment."))
    found = found_messages(rows, user_id=user.pk, query=query)
    return Results(query, [_hit(each.message, each.spans, user) for each in found], "")


def _hit(message: Message, spans: list[list[int]], user: User) -> Hit:
    is_customer = message.conversation.customer_id == user.pk
    body = message_text_for(message, Viewer(user.pk, Side.CUSTOMER if is_customer else Side.SHOP)).body
    start = max(0, (spans[0][0] if spans else 0) - 60)
    shown = body[start : start + SNIPPET]
    inside = [[max(0, a - start), b - start] for a, b in spans if a >= start and b - start <= len(shown)]
    pieces = split(shown, inside)
    if start:
        pieces.insert(0, Piece("… ", False))
    return Hit(message, pieces, message.seq + AROUND)
