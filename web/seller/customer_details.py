"""What the side bar says about a customer and an order, by the member's role. See ``docs/desk.md``."""

from dataclasses import dataclass, field

from accounts.models import User
from shops.capabilities import CAPABILITIES, Capability, Role
from shops.models import Order

DOT = "•"


@dataclass(frozen=True, slots=True)
class Details:
    """Empty text: the role does not see it at all."""

    email: str = ""
    address: list[str] = field(default_factory=list)
    is_masked: bool = True
    sees_amounts: bool = False


def details_for(role: str, *, customer: User, order: Order | None) -> Details:
    """Owners and managers ship, so they see the address; agents see where it is; analysts the country."""
    held = CAPABILITIES[Role(role)]
    ship_to = order.ship_to if order else {}
    if Capability.SEE_CUSTOMER_DETAILS in held:
        return Details(masked_email(customer.email), _lines(ship_to), is_masked=False, sees_amounts=True)
    if Capability.REPLY_TO_CUSTOMERS in held:
        return Details(masked_email(customer.email), _area(ship_to), sees_amounts=True)
    return Details(address=[ship_to["country"]] if ship_to.get("country") else [])


def masked_email(address: str) -> str:
    """``p•••@e•••.com``: enough to recognise, too little to write to. Contact stays on Parley."""
    name, _at, host = address.partition("@")
    domain, dot, end = host.rpartition(".")
    return f"{name[:1]}{DOT * 3}@{domain[:1]}{DOT * 3}{dot}{end}"


def _lines(ship_to: dict[str, str]) -> list[str]:
    town = " ".join(filter(None, [ship_to.get("postcode", ""), ship_to.get("city", "")]))
    lines = (ship_to.get("name", ""), ship_to.get("street", ""), town, _country(ship_to))
    return [line for line in lines if line]


def _area(ship_to: dict[str, str]) -> list[str]:
    """The town and the beginning of the postcode: what a question about the post needs."""
    code = ship_to.get("postcode", "")
    masked = code[:2] + DOT * max(0, len(code) - 2)
    town = " ".join(filter(None, [masked, ship_to.get("city", "")]))
    return [line for line in (town, _country(ship_to)) if line]


def _country(ship_to: dict[str, str]) -> str:
    return ", ".join(filter(None, [ship_to.get("region", ""), ship_to.get("country", "")]))
