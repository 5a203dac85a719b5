"""REST of tickets and of the Help Center."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import SignedInApiRequest
from accounts.models import User
from chat.access import get_conversation
from core.errors import Invalid, NotFound
from files.access import get_loose_uploads
from files.selectors import uploads_of
from shops.access import get_order, get_shop
from shops.capabilities import Capability
from tickets.access import get_ticket, own_tickets
from tickets.models import Category, Ticket
from tickets.selectors import (
    categories_for,
    current_text,
    get_category,
    look_alikes,
    public_thread,
    search_articles,
)
from tickets.serializers import (
    AddInput,
    ArticleOutput,
    CategoryOutput,
    EventOutput,
    RateInput,
    SearchHit,
    SubmitInput,
    TicketOutput,
)
from tickets.services import conversation
from tickets.services.inbound import receive_from_webhook
from tickets.services.submit import Submission, submit_ticket

PAGE = 50
DEVICE_KEYS = {"device", "os", "app"}


def _language() -> str:
    return (get_language() or "en").lower()


class Tickets(APIView):
    """GET lists one's own tickets, newest change first; POST sends one."""

    @extend_schema(responses=TicketOutput(many=True), parameters=[OpenApiParameter("before", int)])
    def get(self, request: SignedInApiRequest) -> Response:
        rows = own_tickets(request.user).select_related("category", "team", "merged_into")
        if before := request.query_params.get("before"):
            if not before.isdigit():
                raise Invalid(_("before is the id of a page's last ticket."))
            rows = rows.filter(pk__lt=int(before))
        page = list(rows.order_by("-pk")[:PAGE])
        following = page[-1].pk if len(page) == PAGE else None
        return Response({"tickets": TicketOutput(page, many=True).data, "next": following})

    @extend_schema(request=SubmitInput, responses={201: TicketOutput, 200: TicketOutput})
    def post(self, request: SignedInApiRequest) -> Response:
        payload = SubmitInput(data=request.data)
        payload.is_valid(raise_exception=True)
        result = submit_ticket(_submission(request.user, payload.validated_data))
        body = {"ticket": TicketOutput(result.ticket).data, "duplicate": result.duplicate}
        return Response(body, status=200 if result.duplicate else 201)


def _submission(user: User, data: dict[str, Any]) -> Submission:
    shop = get_shop(user, data["shop"], Capability.MANAGE_TICKETS) if data.get("shop") else None
    category = get_category(data["category"], "seller" if shop else "customer")
    details = dict(data.get("details", {}))
    if category.kind == Category.Kind.SELLER_APPEAL and shop:
        get_shop(user, shop.slug, Capability.LODGE_APPEAL)
    _check_required(category, details | {"order": data.get("order", "")})
    order = get_order(user, data["order"]) if data.get("order") else None
    return Submission(
        submit_ref=data["submit_ref"],
        category=category,
        subject=data["subject"],
        description=data["description"],
        user=user,
        shop=shop or (order.shop if order else None),
        side=Ticket.Side.SELLER if shop else Ticket.Side.CUSTOMER,
        channel=Ticket.Channel.API,
        language=_language(),
        time_zone=user.time_zone,
        impact=data.get("impact", ""),
        details=details,
        device={key: value for key, value in data.get("device", {}).items() if key in DEVICE_KEYS},
        order=order,
        conversation=get_conversation(user, data["conversation"]) if data.get("conversation") else None,
        follows=get_ticket(user, data["follows"]) if data.get("follows") else None,
        uploads=get_loose_uploads(user, data.get("files", [])),
    )


def _check_required(category: Category, details: dict[str, Any]) -> None:
    missing = [row["key"] for row in category.fields if row["required"] and not details.get(row["key"])]
    if missing:
        raise Invalid(_("Something is still missing."), code="fields_missing", fields=missing)


class OneTicket(APIView):
    """GET one ticket with its public history."""

    @extend_schema(responses=TicketOutput)
    def get(self, request: SignedInApiRequest, number: str) -> Response:
        ticket = get_ticket(request.user, number)
        events = public_thread(ticket)
        files = uploads_of("ticket_event", [event.pk for event in events])
        return Response(
            TicketOutput(ticket).data
            | {"events": EventOutput(events, many=True, context={"files": files, "user": request.user}).data}
        )


class TicketAdditions(APIView):
    """POST adds words or files to a ticket; a solved one opens again."""

    @extend_schema(request=AddInput, responses=EventOutput)
    def post(self, request: SignedInApiRequest, number: str) -> Response:
        payload = AddInput(data=request.data)
        payload.is_valid(raise_exception=True)
        data = payload.validated_data
        event = conversation.add_information(
            ticket=get_ticket(request.user, number),
            author=request.user,
            body=data["body"],
            uploads=get_loose_uploads(request.user, data["files"]),
            client_ref=data["client_ref"],
            via="api",
        )
        files = uploads_of("ticket_event", [event.pk])
        return Response(EventOutput(event, context={"files": files, "user": request.user}).data, status=201)


class TicketSolved(APIView):
    """POST says that it is solved."""

    @extend_schema(request=None, responses=TicketOutput)
    def post(self, request: SignedInApiRequest, number: str) -> Response:
        ticket = get_ticket(request.user, number)
        conversation.solve(ticket=ticket, by=request.user, by_requester=True)
        return Response(TicketOutput(get_ticket(request.user, number)).data)


class TicketRating(APIView):
    @extend_schema(request=RateInput, responses=RateInput)
    def post(self, request: SignedInApiRequest, number: str) -> Response:
        payload = RateInput(data=request.data)
        payload.is_valid(raise_exception=True)
        ticket = get_ticket(request.user, number)
        conversation.rate(ticket=ticket, author=request.user, **payload.validated_data)
        return Response(payload.validated_data)


class Similar(APIView):
    """GET one's own open tickets that read like ``subject``: shown while typing."""

    permission_classes = [AllowAny]

    @extend_schema(responses=TicketOutput(many=True), parameters=[OpenApiParameter("subject", str)])
    def get(self, request: Request) -> Response:
        rows = look_alikes(
            user=request.user if isinstance(request.user, User) else None,
            guest=request.COOKIES.get("guest", ""),
            subject=request.query_params.get("subject", ""),
        )
        return Response(
            {"tickets": [{"number": r.number, "subject": r.subject, "state": r.state} for r in rows]}
        )


class Categories(APIView):
    """GET the tree of topics with their questions, for customers, guests or (``audience=seller``) shops."""

    permission_classes = [AllowAny]

    @extend_schema(responses=CategoryOutput(many=True))
    def get(self, request: Request) -> Response:
        audience = request.query_params.get("audience") or (
            "customer" if request.user.is_authenticated else "guest"
        )
        rows = [row for top in categories_for(audience) for row in (top, *top.shown_children)]  # type: ignore[attr-defined]
        return Response({"categories": CategoryOutput(rows, many=True).data})


class HelpSearch(APIView):
    """GET articles for ``q``, best first, misspellings mended."""

    permission_classes = [AllowAny]

    @extend_schema(responses=SearchHit(many=True), parameters=[OpenApiParameter("q", str)])
    def get(self, request: Request) -> Response:
        found = search_articles(request.query_params.get("q", ""), language=_language(), limit=20)
        return Response({"hits": SearchHit(found.hits, many=True).data, "corrected": found.corrected})


class HelpSuggest(APIView):
    """GET at most five titles for what is being typed."""

    permission_classes = [AllowAny]

    @extend_schema(responses=SearchHit(many=True), parameters=[OpenApiParameter("q", str)])
    def get(self, request: Request) -> Response:
        found = search_articles(request.query_params.get("q", ""), language=_language(), limit=5)
        return Response(
            {"hits": [{"slug": hit.text.article.slug, "title": hit.text.title} for hit in found.hits]}
        )


class HelpArticle(APIView):
    permission_classes = [AllowAny]

    @extend_schema(responses=ArticleOutput)
    def get(self, request: Request, slug: str) -> Response:
        text = current_text(slug, _language())
        if text is None:
            raise NotFound(_("No such article."))
        return Response(ArticleOutput(text).data)


class InboundMailHook(APIView):
    """POST one raw e-mail (RFC 5322) from the mail server, signed with the shared secret."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    parser_classes: list[Any] = []

    @extend_schema(request=bytes, responses={200: dict})
    def post(self, request: Request) -> Response:
        raw: HttpRequest = request._request
        outcome = receive_from_webhook(
            raw=raw.body,
            signature=raw.headers.get("X-Parley-Signature", ""),
            sent_at=raw.headers.get("X-Parley-Timestamp", ""),
        )
        return Response({"outcome": outcome})
