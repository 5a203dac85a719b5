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
    """The product card as the customer sees it, or as it stood when the order was placed.

    Empty fields mean unknown; ``price_cents`` is in ``currency``. ``fees`` is what the card says of costs,
    ``description`` the rest of its text: both are read for what they promise.
    """

    title: str = ""
    price_cents: int | None = None
    currency: str = "USD"
    warranty: str = ""
    fees: str = ""
    description: str = ""


Consent = Literal["", "given", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Outreach:
    """What the shop's other conversations and the customer's wishes say about one message of the shop.

    Only for messages that answer nobody: the customer wrote nothing lately. ``customers`` got nearly the
    same text around the same time, ``not_written`` of them without having written; ``minutes`` lie between
    the first and the last. ``has_written``: ever, in this conversation. ``consent``: to the shop's offers.
    """

    customers: int = 1
    not_written: int = 1
    minutes: int = 0
    has_written: bool = False
    consent: Consent = ""
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Who speaks, to whom, and what was said before (``history``: oldest first)."""

    sender: Sender = "seller"
    history: tuple[Turn, ...] = ()
    platform_hosts: frozenset[str] = frozenset({"parley.example"})
    product: ProductFacts | None = None
    outreach: Outreach | None = None
    customer_name: str = ""
    shop_name: str = ""
