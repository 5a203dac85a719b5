"""REST for conversations and messages: the truth that sockets only hint at. Shapes: ``docs/websocket.md``."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import SignedInApiRequest
from accounts.models import User
from chat import selectors
from chat.access import (
    Side,
    Viewer,
    get_conversation,
    require_writer,
    viewer_of,
    visible_conversations,
)
from chat.models import Conversation
from chat.selectors import people
from chat.selectors.search import found_messages
from chat.serializers import (
    BlockInput,
    ChangesQuery,
    MessagesQuery,
    MuteInput,
    OpenConversationInput,
    RatingInput,
    ScreenInput,
    SearchQuery,
    SeqInput,
    change_json,
    draft_from,
    inbox_json,
    message_json,
    screening_json,
    time_json,
)
from chat.services import blocks, conversations, messages, rate_limits, ratings, transcripts
from chat.services.announcements import current_epoch
from core.errors import Invalid, NotFound
from shops.access import get_order
from shops.models import Product, Shop

CHANGES_LIMIT = 200  # More than that: the client loads the messages again instead.
PAGE = 50
SYNC_LIMIT = 200
OPENINGS = rate_limits.Rate(per_second=20 / 86_400, burst=20)


class Conversations(APIView):
    """GET lists the caller's conversations, newest message first; POST opens one with a shop."""

    def get(self, request: SignedInApiRequest) -> Response:
        rows = visible_conversations(request.user)
        if slug := request.query_params.get("shop"):
            rows = rows.filter(shop__slug=slug)
        before = _moment(request.query_params.get("before"))
        if before:
            rows = rows.filter(last_message_at__lt=before)
        found = list(selectors.inbox(rows)[: PAGE + 1])
        entries = selectors.inbox_entries(found[:PAGE], user_id=request.user.pk)
        return Response(
            {
                "conversations": [_line(entry, request.user) for entry in entries],
                "has_more": len(found) > PAGE,
                "epoch": current_epoch(),
            }
        )

    def post(self, request: SignedInApiRequest) -> Response:
        asked = _checked(OpenConversationInput, request.data)
        rate_limits.take("open", request.user.pk, OPENINGS)
        shop = Shop.objects.filter(slug=asked["shop"]).first()
        if shop is None:
            raise NotFound(_("No such shop."))
        order = get_order(request.user, asked["order"]) if asked["order"] else None
        if order and order.shop_id != shop.pk:
            raise Invalid(_("This order is from another shop."), code="other_shop")
        product = None
        if asked["product"]:
            product = Product.objects.filter(shop=shop, slug=asked["product"]).first()
        conversation = conversations.open_conversation(
            customer=request.user, shop=shop, order=order, product=product
        )
        return Response(_one(request, conversation), status=201)


class OneConversation(APIView):
    def get(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        return Response(_one(request, get_conversation(request.user, conversation_id)))


class Messages(APIView):
    """GET reads on from a sequence number, or back from one; POST sends one message."""

    def get(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        query = _checked(MessagesQuery, request.query_params)
        conversation = get_conversation(request.user, conversation_id)
        viewer = viewer_of(request.user, conversation)
        read: Callable[..., selectors.MessagePage]
        if "after_seq" in query:
            read, seq = selectors.messages_after, query["after_seq"]
        else:
            read, seq = selectors.messages_before, query.get("before_seq", conversation.last_seq + 1)
        page = read(conversation, seq, viewer=viewer, limit=query["limit"])
        return Response(
            {
                "messages": [message_json(message, viewer) for message in page.messages],
                "last_seq": conversation.last_seq,
                # Read before the messages, so a change in between comes again rather than never.
                "change_no": conversation.change_no,
                "epoch": current_epoch(),
                "has_more": page.has_more,
            }
        )

    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        draft = draft_from(conversation_id, request.user.pk, request.data)
        sent = messages.store_alone(draft)
        shown = message_json(sent.message, sent.viewer)
        status = 200 if sent.duplicate else 201
        return Response({"message": shown, "duplicate": sent.duplicate}, status=status)


class Changes(APIView):
    """What happened after a change number, with each message as it is now."""

    def get(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        after = _checked(ChangesQuery, request.query_params)["after"]
        conversation = get_conversation(request.user, conversation_id)
        viewer = viewer_of(request.user, conversation)
        epoch = current_epoch()
        rows = selectors.changes_after(conversation, after, limit=CHANGES_LIMIT)
        limited = len(rows) > CHANGES_LIMIT
        shown = [] if limited else [change_json(change, viewer, epoch=epoch) for change in rows]
        newest = rows[-1].change_no if rows and not limited else conversation.change_no
        return Response({"changes": shown, "change_no": newest, "epoch": epoch, "limited": limited})


class Read(APIView):
    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        seq = _checked(SeqInput, request.data)["seq"]
        conversation = get_conversation(request.user, conversation_id)
        side = viewer_of(request.user, conversation).side
        conversations.move_receipt(conversation=conversation, user=request.user, side=side, read_seq=seq)
        return Response({"read_seq": min(seq, conversation.last_seq)})


class Screen(APIView):
    """What the rules say to a text before it is sent. Nothing is stored."""

    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        body = _checked(ScreenInput, request.data)["body"]
        conversation = get_conversation(request.user, conversation_id)
        side = require_writer(request.user, conversation)
        rate_limits.take("screen", request.user.pk, rate_limits.Rate(per_second=5, burst=20))
        screening = messages.screen_draft(conversation=conversation, side=side, body=body)
        return Response(screening_json(screening))


class Search(APIView):
    """Messages with these words, in all of the caller's conversations or in one."""

    def get(self, request: SignedInApiRequest, conversation_id: int | None = None) -> Response:
        query = _checked(SearchQuery, request.query_params)["q"]
        rows = visible_conversations(request.user)
        if conversation_id is not None:
            rows = rows.filter(pk=get_conversation(request.user, conversation_id).pk)
        elif slug := request.query_params.get("shop"):
            rows = rows.filter(shop__slug=slug)
        rate_limits.take("search", request.user.pk, rate_limits.Rate(per_second=2, burst=10))
        found = []
        for hit in found_messages(rows, user_id=request.user.pk, query=query):
            message = hit.message
            is_customer = message.conversation.customer_id == request.user.pk
            viewer = Viewer(request.user.pk, Side.CUSTOMER if is_customer else Side.SHOP)
            found.append(
                {
                    "message": message_json(message, viewer),
                    "spans": hit.spans,
                    "with": _names(message.conversation),
                }
            )
        return Response({"results": found})


def _names(conversation: Conversation) -> dict[str, str]:
    return {"shop": conversation.shop.name, "customer": str(conversation.customer)}


class Sync(APIView):
    """The caller's inbox rows that changed since a token; without a token, where to start from."""

    def get(self, request: SignedInApiRequest) -> Response:
        since = _moment(request.query_params.get("since"))
        rows = visible_conversations(request.user)
        if since is None:
            # The first page of the inbox is the state; the token says when it was read.
            start = selectors.database_now()
            found = list(selectors.inbox(rows)[:PAGE])
            following = start
        else:
            start = selectors.database_now()
            found = list(selectors.changed_since(rows, since)[:SYNC_LIMIT])
            following = found[-1].changed_at if len(found) == SYNC_LIMIT else start
        entries = selectors.inbox_entries(found, user_id=request.user.pk)
        return Response(
            {
                "conversations": [_line(entry, request.user) for entry in entries],
                "next": time_json(following),
                "epoch": current_epoch(),
            }
        )


def _line(entry: selectors.InboxEntry, user: User) -> dict[str, Any]:
    """One of ``visible_conversations``: whoever is not its customer works for its shop."""
    is_customer = entry.conversation.customer_id == user.pk
    return inbox_json(entry, side=Side.CUSTOMER if is_customer else Side.SHOP)


def _one(request: SignedInApiRequest, conversation: Conversation) -> dict[str, Any]:
    entry = selectors.inbox_entries([conversation], user_id=request.user.pk)[0]
    marks = selectors.marks_of_sides(conversation)
    side = viewer_of(request.user, conversation).side
    return inbox_json(entry, side=side) | {
        "epoch": current_epoch(),
        "receipts": {
            side: {"delivered_seq": mark.delivered_seq, "read_seq": mark.read_seq}
            for side, mark in marks.items()
        },
    }


def _checked(serializer: type, data: Any) -> dict[str, Any]:
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    found: dict[str, Any] = checked.validated_data
    return found


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(_("Give a time such as 2026-03-02T09:15:00Z."), code="invalid_time")
    return moment


class Presence(APIView):
    """Whether the other side is there, and how fast the shop usually answers."""

    def get(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        conversation = get_conversation(request.user, conversation_id)
        viewer = viewer_of(request.user, conversation)
        usual = people.usual_answer(conversation.shop_id)
        return Response(
            {
                "is_there": people.is_other_side_there(conversation, viewer),
                "usually_s": int(usual.median.total_seconds()) if usual.median is not None else None,
                "sessions": usual.sessions,
                "words": people.usual_words(usual),
            }
        )


class Block(APIView):
    """POST closes the conversation from the caller's side, DELETE opens it again."""

    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        asked = _checked(BlockInput, request.data)
        conversation = get_conversation(request.user, conversation_id)
        side = viewer_of(request.user, conversation).side
        blocks.block(conversation=conversation, side=side, actor=request.user, **asked)
        return Response(_one(request, get_conversation(request.user, conversation_id)))

    def delete(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        conversation = get_conversation(request.user, conversation_id)
        side = viewer_of(request.user, conversation).side
        blocks.unblock(conversation=conversation, side=side, actor=request.user)
        return Response(_one(request, get_conversation(request.user, conversation_id)))


class MuteOne(APIView):
    """No notices about this conversation for the caller, or notices again."""

    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        is_muted = _checked(MuteInput, request.data)["muted"]
        conversation = get_conversation(request.user, conversation_id)
        blocks.set_mute(conversation=conversation, user=request.user, is_muted=is_muted)
        return Response({"muted": is_muted})


class RateOne(APIView):
    """GET names the session that may be rated now, with an earlier rating; POST stores the rating."""

    def get(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        return Response(_rating_json(self._own(request, conversation_id)))

    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        asked = _checked(RatingInput, request.data)
        conversation = self._own(request, conversation_id)
        ratings.rate(conversation=conversation, customer=request.user, **asked)
        return Response(_rating_json(conversation), status=201)

    def _own(self, request: SignedInApiRequest, conversation_id: int) -> Conversation:
        conversation = get_conversation(request.user, conversation_id)
        if conversation.customer_id != request.user.pk:
            raise NotFound(_("No such conversation."))
        return conversation


def _rating_json(conversation: Conversation) -> dict[str, Any]:
    offer = ratings.offer(conversation, now=timezone.now())
    row = offer.rating
    return {
        "session_seq": offer.session_seq,
        "is_open": offer.is_open,
        "rating": {"score": row.score, "tags": row.tags, "words": row.words} if row else None,
    }


class Transcript(APIView):
    """The conversation as the caller may see it, signed (docs/transcripts.md)."""

    def get(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        conversation = get_conversation(request.user, conversation_id)
        viewer = viewer_of(request.user, conversation)
        rate_limits.take("transcript", request.user.pk, rate_limits.Rate(per_second=0.2, burst=10))
        return Response(transcripts.signed_transcript(conversation, viewer, now=timezone.now()))
