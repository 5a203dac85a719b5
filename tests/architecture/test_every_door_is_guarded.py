"""Walks every address with real ids of the demo marketplace: as nobody, and as somebody without a part."""

import io
import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from chat.models import Conversation
from compliance.models import Appeal, Case, Decision
from notifications.models import Notice
from shops.models import Order, Product, Shop
from tests.factories import UserFactory
from tickets.models import Ticket
from web.demo import history as demo_history

# What strangers may see: the way in, the shops' windows and the public help pages. Kept by hand.
PUBLIC = re.compile(
    r"""
    livez | readyz | favicon.ico | $ | welcome/ | styleguide/ | admin/logout/
    | \.well-known/parley-transcript-keys\.json | verify/ | account/notices/chat/stop/.*
    | accounts/(login|logout|signup|inactive|password/reset|confirm-email|\^confirm-email|\^password).*
    | accounts/(login/code/confirm|2fa/authenticate)/
    | shop/<slug:slug>/(p/.*)?
    | help/(shops|search|sitemap.xml|topics|a|feedback|language|report|new|check|drafts)/?.*
    | help/(tickets/)?$
    | api/v1/help/.* | api/v1/tickets/(similar|categories|inbound-mail)/
    """,
    re.VERBOSE,
)
# Lists of one's own things, and forms that make something new: everybody with a login has them.
FOR_EVERY_PERSON = re.compile(
    r"""
    accounts/.* | account/.* | orders/$ | chats/(search/)?$ | chats/start/<slug:slug>/ | seller/$
    | help/tickets/open/ | api/v1/(conversations|conversations/search|sync|tickets/|files/)$
    """,
    re.VERBOSE,
)


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern, route)


ROUTES = sorted(set(routes(get_resolver())))


@pytest.fixture
def marketplace(db, settings, tmp_path, monkeypatch) -> dict[str, object]:
    """The demo, and for each kind of argument in an address one that exists where the demo has one."""
    settings.STATE_DIR = tmp_path
    monkeypatch.setattr(demo_history, "WEEKS", 1)
    for command in ("sync_rule_packs", "sync_policies", "sync_ticket_categories", "load_demo"):
        call_command(command, stdout=io.StringIO(), stderr=io.StringIO())
    shop = Shop.objects.order_by("pk").first()
    conversation = Conversation.objects.filter(shop=shop).order_by("pk").first()
    return {
        "shop": shop.slug,
        "product": getattr(Product.objects.filter(shop=shop).first(), "slug", "none"),
        "order": getattr(Order.objects.filter(shop=shop).first(), "number", "none"),
        "conversation": conversation.pk,
        "case": getattr(Case.objects.first(), "reference", "none"),
        "decision": getattr(Decision.objects.first(), "pk", 1),
        "appeal": getattr(Appeal.objects.first(), "reference", "none"),
        "ticket": getattr(Ticket.objects.first(), "number", "none"),
        "notice": getattr(Notice.objects.first(), "pk", 1),
    }


def address(route: str, known: dict[str, object]) -> str:
    def value(match: re.Match[str]) -> str:
        kind, name = match.groups()
        if kind == "uuid":
            return str(uuid4())
        before = route[: match.start()]
        if name in ("slug", "code") and ("shop" in before or "seller" in before or "start" in before):
            return str(known["shop"])
        for word, key in (
            ("product", "product"),
            ("orders", "order"),
            ("appeals", "appeal"),
            ("cases", "case"),
            ("decision", "decision"),
            ("violations", "decision"),
            ("tickets", "ticket"),
            ("support", "ticket"),
            ("notices", "notice"),
        ):
            if word in name or word in before.rsplit("/", 2)[-2:][0]:
                return str(known[key])
        return str(known["conversation"]) if kind == "int" else "none"

    return "/" + re.sub(r"<(\w+):(\w+)>", value, route)


def given_away(client: Client, allowed: list[re.Pattern[str]], known: dict[str, object]) -> list[str]:
    """Every address that answers with something else than a refusal, a login page or "no such thing"."""
    open_doors = []
    for route in ROUTES:
        if any(pattern.fullmatch(route) for pattern in allowed):
            continue
        for method in (client.get, client.post):
            response = method(address(route, known))
            to_login = response.status_code == 302 and "/login" in response["Location"]
            # 400: endpoints look at what was sent before they look for the row; it tells nothing about it.
            refusals = {400, 401, 403, 404, 405} if route.startswith("api/") else {401, 403, 404, 405}
            if response.status_code not in refusals and not to_login:
                where = f"{method.__name__.upper()} {address(route, known)}"
                open_doors.append(f"{where} -> {response.status_code}")
    return open_doors


def test_nobody_comes_in_without_a_login_except_where_everybody_may(marketplace):
    assert given_away(Client(), [PUBLIC], marketplace) == []


def test_a_stranger_with_a_login_sees_nothing_of_others(marketplace):
    client = Client()
    client.force_login(UserFactory(email="newcomer@example.com"))

    assert given_away(client, [PUBLIC, FOR_EVERY_PERSON], marketplace) == []
    assert User.objects.filter(email="newcomer@example.com").exists()
