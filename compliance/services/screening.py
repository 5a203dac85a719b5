"""The only door to the engine for other apps."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from compliance.engine import models, pipeline
from compliance.engine.context import Context, Outreach, ProductFacts, Sender, Turn
from compliance.engine.detectors.claims import LISTED
from compliance.engine.findings import READS, Finding, parted
from compliance.engine.languages import likely_languages
from compliance.engine.window import TOGETHER
from compliance.services import scan_cache
from compliance.services.outreach import Sent, outreach_of
from compliance.services.sms_rule import with_sms_rule
from shops.models import Product, Shop

__all__ = [
    "Finding",
    "ScanItem",
    "Screening",
    "Sent",
    "current_ruleset",
    "in_words",
    "scan_texts",
    "screen_text",
    "warm_up",
]

# Scripts that name a language, the surest first: Japanese also writes with Chinese signs.
_LETTERS = tuple(
    (lang, re.compile(letters))
    for lang, letters in (
        ("ja", "[\u3040-\u30ff]"),
        ("ko", "[\uac00-\ud7a3\u1100-\u11ff]"),
        ("zh", "[\u4e00-\u9fff]"),
        ("th", "[\u0e00-\u0e7f]"),
        ("ar", "[\u0600-\u06ff]"),
        ("hi", "[\u0900-\u097f]"),
        ("ru", "[\u0400-\u04ff]{3}"),
    )
)
_FIRST = "Is the walnut board still there?"
Screening = pipeline.Result
"""``findings``, ``must_withhold``, ``mask_spans`` ((start, end) in code points), ``ruleset``."""


@dataclass(frozen=True, slots=True)
class ScanItem:
    """One text for the full scan and what the engine may know; ``history``: (sender, text), oldest first.

    ``sent``: for a shop's message, what it takes to see a round of advertising.
    """

    text: str
    sender: Sender
    history: Sequence[tuple[Sender, str]] = ()
    shop: Shop | None = None
    customer_name: str = ""
    product: Product | None = None
    has_sms_consent: bool = False
    sent: Sent | None = None


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
    """The full scan, one result per item in the same order. Slow parts included: for the worker.

    What was scanned in the last day under this ruleset with the same surroundings is remembered.
    """
    # White space at the end says nothing, and results are shared with the same text without it.
    rounds = outreach_of([item.sent for item in items if item.sent is not None])
    told = [
        (item.text.rstrip(), _context(item, rounds.get(item.sent.message_id) if item.sent else None))
        for item in items
    ]
    ruleset = current_ruleset()
    keys = [scan_cache.key_of(text, context, ruleset) for text, context in told]
    known = scan_cache.recall(keys)
    new = [at for at, key in enumerate(keys) if key not in known]
    results = dict(zip(new, pipeline.scan_batch([told[at] for at in new]), strict=True)) if new else {}
    scan_cache.remember({key: results[at] for at in new if (key := keys[at]) is not None})
    every = (results[at] if at in results else known[key or ""] for at, key in enumerate(keys))
    return [
        with_sms_rule(result, item.text, sender=item.sender, has_consent=item.has_sms_consent)
        for result, item in zip(every, items, strict=True)
    ]


def in_words(explanation: str) -> str:
    """A finding's explanation in the language of whoever reads it; figures stay as they are."""
    if explanation.startswith(f"{TOGETHER} "):
        return f"{gettext(TOGETHER)} {in_words(explanation.removeprefix(TOGETHER).strip())}"
    if explanation.startswith(f"{LISTED} "):
        return f"{gettext(LISTED)} {explanation.removeprefix(LISTED).strip()}"
    if read := parted(explanation):
        quoted = gettext(READS) % {"shown": read["shown"], "read": read["read"]}
        return f"{in_words(read['reason'])} {quoted}{read['rest']}"
    return gettext(explanation) if explanation else ""


def warm_up() -> None:
    """Load tables and models now (one to two seconds) rather than with the first message.

    Past the memory of results, and with a question that every model is asked.
    """
    context = _context(ScanItem("", "seller"))
    pipeline.scan_batch([(_FIRST, context)])
    with suppress(models.ModelUnavailable):
        models.score_batch([(_FIRST, context)])


def current_ruleset() -> str:
    """Names the rules, tables and models in force; a message is scanned once per ruleset."""
    return pipeline.ruleset_version()


def language_of(text: str) -> str:
    """The likeliest language of a text as a two-letter code; "" where it can't be told. For figures only."""
    for lang, letters in _LETTERS:
        if letters.search(text):
            return lang
    likely = likely_languages(text.casefold())
    return "en" if "en" in likely else min(likely, default="")


@lru_cache(maxsize=1)
def _platform_hosts() -> frozenset[str]:
    """Links to these break no rule."""
    own = urlsplit(settings.PUBLIC_URL).hostname or ""
    return frozenset({"parley.example", own, *(host for host in settings.ALLOWED_HOSTS if host != "*")}) - {
        ""
    }


def _context(item: ScanItem, outreach: Outreach | None = None) -> Context:
    return Context(
        sender=item.sender,
        history=tuple(Turn(sender, text) for sender, text in item.history),
        platform_hosts=_platform_hosts(),
        product=_facts(item.product),
        outreach=outreach,
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
        description=product.description,
    )
