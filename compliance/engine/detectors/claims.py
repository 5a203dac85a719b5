"""Compares what a seller says with the product card: price, warranty, condition, and costs that it excludes.

Silent where the card says nothing, where the words deny it, and where they speak of something else: other
goods, quantities, coupons, refunds, postage.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from compliance.engine.card import FEES, Card, Places, is_denied, months_near, read_card, sentence_of, wording
from compliance.engine.context import Context, ProductFacts
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.money import Amount, amounts
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER

# What the card says follows.
LISTED = gettext_noop("The product card says:")
_MISLEADING, _ON_TOP = "misleading_offer", "additional_payments"
_CONFIDENCE = 0.85
# How far the word for a price may stand before its sum, "each" behind it, and a sum from the cost it is for.
_PRICE_BEFORE, _EACH_AFTER, _FEE_NEAR = 30, 12, 40
# Currencies that are quoted without hundredths keep them in ``price_cents`` all the same.
_CENTS = 100
_SAME = 0.5  # months


class ClaimDetector:
    """A price above the listed one, another warranty or condition, a cost that the card says is none."""

    name = "claims"
    version = 2

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        product = context.product
        if product is None or context.sender not in SELLER:
            return
        places = wording().find(reading.folded.text)
        if not places:
            return
        card = read_card(product)
        sums = (
            list(amounts(reading.folded.text)) if "price" in places or "each" in places or card.free else []
        )
        yield from self._prices(reading, product, places, sums)
        yield from self._fees(reading, card, places, sums)
        if "warranty" in places and card.months is not None:
            yield from self._warranties(reading, product, card.months, places)
        yield from self._conditions(reading, card, places)

    def _prices(
        self, reading: Reading, product: ProductFacts, places: Places, sums: list[Amount]
    ) -> Iterator[Finding]:
        if product.price_cents is None:
            return
        listed = Decimal(product.price_cents) / _CENTS
        ours = [one for one in sums if product.currency in one.currencies]
        if any(listed in (one.value, one.last_group) for one in ours):
            return
        text = reading.folded.text
        for one in ours:
            if one.value > listed and _is_price(text, places, one) and not _is_other_sum(text, places, one):
                reason = f"{LISTED} {listed:.2f} {product.currency}"
                yield self._finding(reading, _MISLEADING, "price_above_listing", one.start, one.end, reason)

    def _fees(self, reading: Reading, card: Card, places: Places, sums: list[Amount]) -> Iterator[Finding]:
        text = reading.folded.text
        for kind in FEES:
            if kind not in card.free:
                continue
            for start, end in places.get(kind, ()):
                near = next((one for one in sums if _distance(one, start, end) <= _FEE_NEAR), None)
                first, last = sentence_of(text, start, end)
                cleared = any(
                    first <= at < last
                    for word in ("free", "not_it", "refund")
                    for at, _ in places.get(word, ())
                )
                if near is not None and near.value > 0 and not cleared:
                    low, high = min(start, near.start), max(end, near.end)
                    reason = _FREE[kind]
                    yield self._finding(reading, _ON_TOP, "fee_card_excludes", low, high, reason)
                    break

    def _warranties(
        self, reading: Reading, product: ProductFacts, listed: float, places: Places
    ) -> Iterator[Finding]:
        text = reading.folded.text
        reason = f"{LISTED} {product.warranty}"
        for start, end in places.get("no_warranty", ()):
            if _TROUBLE.match(text, end):
                continue
            yield self._finding(reading, _MISLEADING, "warranty_denied", start, end, reason)
            return
        for start, end in places["warranty"]:
            first, last = sentence_of(text, start, end)
            if any(first <= at < last for at, _ in places.get("remaining", ())):
                continue
            said = months_near(text, places, start, end)
            if said is None:
                continue
            months, low, high = said
            place = min(start, low), max(end, high)
            if abs(months - listed) > _SAME and not is_denied(text, places, *place):
                rule = "warranty_shorter" if months < listed else "warranty_longer"
                yield self._finding(reading, _MISLEADING, rule, *place, reason)
                return

    def _conditions(self, reading: Reading, card: Card, places: Places) -> Iterator[Finding]:
        text = reading.folded.text
        if "?" in text or "？" in text:
            return
        for kind, differs, reason in (
            ("used", card.is_new, gettext_noop("The product card says that it is new.")),
            ("new", card.is_used, gettext_noop("The product card says that it is used or refurbished.")),
        ):
            for start, end in places.get(kind, ()) if differs else ():
                if kind == "new" and "used" in places:
                    continue
                if not is_denied(text, places, start, end):
                    yield self._finding(reading, _MISLEADING, "condition_differs", start, end, reason)
                    return

    def _finding(
        self, reading: Reading, policy: str, rule: str, start: int, end: int, explanation: str
    ) -> Finding:
        return make_finding(
            self,
            reading,
            policy=policy,
            rule=rule,
            confidence=_CONFIDENCE,
            start=start,
            end=end,
            explanation=explanation,
        )


# "No warranty problems so far" denies no warranty.
_TROUBLE = re.compile(r"\s*(?:problem|issue|claim|question|trouble|case|concern|worr)")
_FREE = {
    "shipping": gettext_noop("The product card says that shipping costs nothing."),
    "return": gettext_noop("The product card says that returns cost nothing."),
    "customs": gettext_noop("The product card says that customs and import cost nothing more."),
    "assembly": gettext_noop("The product card says that assembly costs nothing."),
    "packaging": gettext_noop("The product card says that packaging costs nothing."),
}


def _distance(one: Amount, start: int, end: int) -> int:
    return max(one.start - end, start - one.end, 0)


def _is_price(text: str, places: Places, one: Amount) -> bool:
    """Whether the words around a sum call it the price."""
    first, last = sentence_of(text, one.start, one.end)
    before = any(
        first <= start and 0 <= one.start - end <= _PRICE_BEFORE for start, end in places.get("price", ())
    )
    behind = any(
        start < last and 0 <= start - one.end <= _EACH_AFTER
        for kind in ("each", "price")
        for start, _ in places.get(kind, ())
    )
    return before or behind


def _is_other_sum(text: str, places: Places, one: Amount) -> bool:
    """Whether its sentence speaks of something that the card's price does not cover."""
    first, last = sentence_of(text, one.start, one.end)
    return any(
        first <= start < last and not (start < one.end and end > one.start)
        for kind in ("other_sum", "not_it", *FEES)
        for start, end in places.get(kind, ())
    )
