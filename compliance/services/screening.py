"""The only door to the engine for other apps."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

from compliance.engine import pipeline
from compliance.engine.context import Context, ProductFacts, Sender, Turn
from compliance.engine.findings import Finding
from compliance.services.sms_rule import with_sms_rule
from shops.models import Product, Shop

__all__ = ["Finding", "ScanItem", "Screening", "current_ruleset", "scan_texts", "screen_text", "warm_up"]

Screening = pipeline.Result
"""``findings``, ``must_withhold``, ``mask_spans`` ((start, end) in code points), ``ruleset``."""


@dataclass(frozen=True, slots=True)
class ScanItem:
    """One text for the full scan and what the engine may know; ``history``: (sender, text), oldest first."""

    text: str
    sender: Sender
    history: Sequence[tuple[Sender, str]] = ()
    shop: Shop | None = None
    customer_name: str = ""
    product: Product | None = None
    has_sms_consent: bool = False


def screen_text(
    *,
    text: str,
    sender: Sender,
    history: Sequence[tuple[Sender, str]] = (),
    shop: Shop | None = None,
    customer_name: str = "",
    product: Product | None = None,
) -> Screening:
    """The cheap pass, in bounded time and without a query: before a commit and behind the composer."""
    item = ScanItem(text, sender, history, shop, customer_name, product)
    return pipeline.screen(text, _context(item))


def scan_texts(items: Sequence[ScanItem]) -> list[Screening]:
    """The full scan, one result per item in the same order. Slow parts included: for the worker."""
    results = pipeline.scan_batch([(item.text, _context(item)) for item in items])
    return [
        with_sms_rule(result, item.text, sender=item.sender, has_consent=item.has_sms_consent)
        for result, item in zip(results, items, strict=True)
    ]


def warm_up() -> None:
    """Load tables and models now (one to two seconds) rather than with the first message."""
    scan_texts([ScanItem("Is the walnut board still there?", "seller")])


def current_ruleset() -> str:
    """Names the rules, tables and models in force; a message is scanned once per ruleset."""
    return pipeline.ruleset_version()


@lru_cache(maxsize=1)
def _platform_hosts() -> frozenset[str]:
    """Links to these break no rule."""
    own = urlsplit(settings.PUBLIC_URL).hostname or ""
    return frozenset({"parley.example", own, *(host for host in settings.ALLOWED_HOSTS if host != "*")}) - {
        ""
    }


def _context(item: ScanItem) -> Context:
    return Context(
        sender=item.sender,
        history=tuple(Turn(sender, text) for sender, text in item.history),
        platform_hosts=_platform_hosts(),
        product=_facts(item.product),
        customer_name=item.customer_name,
        shop_name=item.shop.name if item.shop else "",
    )


def _facts(product: Product | None) -> ProductFacts | None:
    if product is None:
        return None
    return ProductFacts(
        title=product.title,
        price_cents=product.price_cents,
        currency=product.currency,
        warranty=product.warranty,
    )
