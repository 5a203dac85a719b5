"""Compares what a seller says with the product card: price and warranty."""

import re
from collections.abc import Iterator

from compliance.engine.context import Context, ProductFacts
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER

_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?")
_PRICE_WORDS = re.compile(
    r"(?:price|costs?|sells? for|precio|cuesta|preco|custa|prix|coute|preis|kostet|prezzo|价格|价钱|価格|가격"
    r"|gia"
    r"|harga|presyo|ราคา|цена|стоит|السعر|कीमत|fiyat)\D{0,25}$"
)
_DURATION = re.compile(
    r"(\d{1,2}|one|two|three|five|ten|lifetime|life time)[\s-]?"
    r"(years?|yrs?|months?|days?|年|个月|か月|ヶ月|년|개월|anos?|meses|dias|ans?|mois|jahre?|monate?|anni|mesi|nam"
    r"|thang|tahun|bulan|taon|buwan|ปี|เดือน|лет|год\w*|месяц\w*|سن\w*|شهر|yil|ay)?"
)
_WARRANTY_WORDS = re.compile(
    r"warrant|guarante|garant|保修|质保|保証|보증|bao hanh|รับประกัน|гарант|ضمان|वारंटी|waranti"
)
_WORDS = {"one": 1, "two": 2, "three": 3, "five": 5, "ten": 10, "lifetime": 99, "life time": 99}
_MONTHS_PER_UNIT = (
    ("mo", 1), ("me", 1), ("ms", 1), ("个月", 1), ("か月", 1), ("ヶ月", 1), ("개월", 1),
    ("thang", 1), ("bulan", 1),
    ("buwan", 1), ("เดือน", 1), ("мес", 1), ("شهر", 1), ("ay", 1), ("day", 1 / 30), ("dia", 1 / 30),
)  # fmt: skip


class ClaimDetector:
    """A price above the listed one, or a warranty that differs from the listed one."""

    name = "claims"
    version = 1

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        product = context.product
        if product is None or context.sender not in SELLER:
            return
        yield from self._prices(reading, product)
        yield from self._warranties(reading, product)

    def _prices(self, reading: Reading, product: ProductFacts) -> Iterator[Finding]:
        if product.price_cents is None:
            return
        text = reading.folded.text
        for hit in reading.hits.get("money", ()):
            cents = _cents(text[hit.start : hit.end])
            if (
                cents
                and cents > product.price_cents
                and _PRICE_WORDS.search(text[max(0, hit.start - 50) : hit.start])
            ):
                yield make_finding(
                    self,
                    reading,
                    policy="misleading_offer",
                    rule="price_above_listing",
                    confidence=0.8,
                    start=hit.start,
                    end=hit.end,
                    explanation=f"The listing says {product.price_cents / 100:.2f} {product.currency}.",
                )

    def _warranties(self, reading: Reading, product: ProductFacts) -> Iterator[Finding]:
        listed = _months(product.warranty.lower())
        text = reading.folded.text
        said = _WARRANTY_WORDS.search(text)
        if listed is None or said is None:
            return
        near = text[max(0, said.start() - 30) : said.end() + 40]
        months = _months(near)
        if months is not None and abs(months - listed) > 0.5:
            yield make_finding(
                self,
                reading,
                policy="misleading_offer",
                rule="warranty_differs",
                confidence=0.8,
                start=said.start(),
                end=said.end(),
                explanation=f"The listing says: {product.warranty}",
            )


def _cents(text: str) -> int | None:
    match = _AMOUNT.search(text)
    if match is None:
        return None
    number = match.group()
    if "," in number and "." not in number and len(number.rsplit(",", 1)[1]) <= 2:
        number = number.replace(",", ".")
    return round(float(number.replace(",", "")) * 100)


def _months(text: str) -> float | None:
    """The first duration in a text, in months; ``None`` if there is none."""
    for match in _DURATION.finditer(text):
        count, unit = match.group(1), match.group(2) or ""
        if count in ("lifetime", "life time"):
            return 1_200.0
        if unit:
            value = _WORDS.get(count) or int(count)
            scale = next((months for start, months in _MONTHS_PER_UNIT if unit.startswith(start)), 12)
            return value * scale
    return None
