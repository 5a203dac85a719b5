"""Texts that stand somewhere for long: what a shop and its products say of themselves.

Whoever saves one calls ``scan_text``. A sweep compares every text with its newest scan, so a text that was
changed some other way, or a new ruleset, is seen to as well; apps above add their own kinds to it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import transaction
from django.utils import timezone

from compliance.models import TextScan
from compliance.services.cases import Subject
from compliance.services.findings import record_findings
from compliance.services.screening import ScanItem, current_ruleset, scan_texts
from shops.models import Product, Shop

SHOP, PRODUCT = "shop_text", "product_text"
BATCH = 100


@dataclass(frozen=True, slots=True)
class StandingText:
    """One text with whom it belongs to. ``product``: the card that its claims are compared with."""

    kind: str
    id: int
    shop: Shop
    text: str
    author_id: int | None = None
    product: Product | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()


def shop_text(shop: Shop) -> StandingText:
    return StandingText(SHOP, shop.pk, shop, "\n".join([shop.name, shop.description]).strip())


def product_text(product: Product) -> StandingText:
    words = "\n".join([product.title, product.description, product.warranty]).strip()
    return StandingText(PRODUCT, product.pk, product.shop, words, product=product)


def scan_text(text: StandingText) -> int:
    """Scan one text now, as it is saved; how many findings it has."""
    return sum(_scan([text]))


_sources: list[Callable[[], Iterable[StandingText]]] = []


def add_source(source: Callable[[], Iterable[StandingText]]) -> None:
    """Let the sweep see another app's texts too."""
    _sources.append(source)


def sweep(*, limit: int = 1_000) -> int:
    """Scan the texts that are new, changed, or were scanned under another ruleset; how many were."""
    due = islice(_due(), limit)
    done = 0
    while batch := list(islice(due, BATCH)):
        _scan(batch)
        done += len(batch)
    return done


def _own() -> Iterator[StandingText]:
    for shop in Shop.objects.filter(status=Shop.Status.OPEN).order_by("pk").iterator():
        yield shop_text(shop)
    for product in Product.objects.filter(is_active=True).select_related("shop").order_by("pk").iterator():
        yield product_text(product)


def _due() -> Iterator[StandingText]:
    ruleset = current_ruleset()
    known = {
        (kind, key): digest
        for kind, key, digest in TextScan.objects.filter(ruleset=ruleset).values_list(
            "subject_kind", "subject_id", "digest"
        )
    }
    for source in [_own, *_sources]:
        for text in source():
            if text.text and known.get((text.kind, text.id)) != text.digest:
                yield text


def _scan(texts: list[StandingText]) -> list[int]:
    items = [ScanItem(text.text, "seller", shop=text.shop, product=text.product) for text in texts]
    counts = []
    for text, screening in zip(texts, scan_texts(items), strict=True):
        with transaction.atomic():
            if screening.findings:
                # Nothing is hidden by a machine here: the text stands until a person has decided.
                subject = Subject(
                    kind=text.kind,
                    id=text.id,
                    shop_id=text.shop.pk,
                    author_id=text.author_id,
                    author_kind="member",
                    text=text.text,
                    occurred_at=timezone.now(),
                )
                record_findings(
                    subject=subject,
                    screening=screening,
                    evidence={"must_withhold": False, "mask_spans": []},
                )
            TextScan.objects.update_or_create(
                subject_kind=text.kind,
                subject_id=text.id,
                defaults={
                    "digest": text.digest,
                    "ruleset": screening.ruleset,
                    "findings": len(screening.findings),
                },
            )
        counts.append(len(screening.findings))
    return counts
