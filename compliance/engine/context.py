"""What the engine may know besides the text."""

from dataclasses import dataclass
from typing import Literal

Sender = Literal["customer", "seller", "auto", "platform"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the same conversation."""

    sender: Sender
    text: str


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """The product card as the customer sees it. Empty fields mean unknown; ``price_cents`` is in
    ``currency``."""

    title: str = ""
    price_cents: int | None = None
    currency: str = "USD"
    warranty: str = ""
    fees: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """Who speaks, to whom, and what was said before (``history``: oldest first)."""

    sender: Sender = "seller"
    history: tuple[Turn, ...] = ()
    platform_hosts: frozenset[str] = frozenset({"parley.example"})
    product: ProductFacts | None = None
    customer_name: str = ""
    shop_name: str = ""
