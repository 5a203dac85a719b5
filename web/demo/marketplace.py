"""The demo marketplace's people, shops, products and orders, as rows."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import User
from accounts.services import grant_staff_role
from shops.models import Order, OrderLine, Product, Shop
from shops.services import add_member

MARKETPLACE = Path(__file__).with_name("marketplace.yaml")
MAIL_DOMAIN = "demo.parley.example"


def load_marketplace() -> dict[str, Any]:
    return yaml.safe_load(MARKETPLACE.read_text(encoding="utf-8"))


def email_of(person: list[str]) -> str:
    return f"{person[1]}@{MAIL_DOMAIN}"


def ensure_people(data: dict[str, Any]) -> dict[str, User]:
    people = {}
    hashed = ""
    for key, person in data["people"].items():
        name, _, zone, language = person
        user = User.objects.filter(email=email_of(person)).first()
        if user is None:
            user = User.objects.create_user(
                email_of(person), display_name=name, time_zone=zone, language=language
            )
            # Hashing is dear on purpose, and everybody here has the same published password.
            user.password = hashed = hashed or make_password(data["password"])
            user.save(update_fields=["password"])
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        people[key] = user
    for key, roles in data["staff"].items():
        for role in roles:
            grant_staff_role(user=people[key], role=role)
    for key in data["superusers"]:
        if not people[key].is_superuser:
            people[key].is_superuser = True
            people[key].save(update_fields=["is_superuser"])
    return people


def ensure_shop(entry: dict[str, Any], people: dict[str, User]) -> Shop:
    fields = ["name", "kind", "time_zone", "country", "logo_key", "description"]
    shop, created = Shop.objects.get_or_create(
        slug=entry["slug"], defaults={field: entry[field] for field in fields}
    )
    if not created:
        return shop  # Whoever tries things out keeps what they changed.
    for key, role in entry["team"].items():
        add_member(shop=shop, user=people[key], role=role)
    for slug, title, cents, image, description, warranty in entry["products"]:
        Product.objects.create(
            shop=shop,
            slug=slug,
            title=title,
            price_cents=cents,
            image_key=image,
            description=description,
            warranty=warranty,
        )
    return shop


def _terms(product: Product) -> dict[str, Any]:
    return {
        "title": product.title,
        "price_cents": product.price_cents,
        "currency": product.currency,
        "warranty": product.warranty,
        "description": product.description,
    }


SHIP_TO = {
    "priya": {
        "name": "Priya Raman",
        "street": "2120 Alder Street, Apt 6",
        "postcode": "97214",
        "city": "Portland",
        "region": "OR",
        "country": "United States",
    },
    "tom": {
        "name": "Tom Okafor",
        "street": "4 Larch Court",
        "postcode": "N1 9XX",
        "city": "London",
        "country": "United Kingdom",
    },
    "lucia": {
        "name": "Lucía Fernández",
        "street": "Calle de los Tilos 18",
        "postcode": "06700",
        "city": "Ciudad de México",
        "region": "CDMX",
        "country": "México",
    },
}


def ensure_order(entry: list[Any], people: dict[str, User], now: datetime) -> Order:
    customer, shop_slug, number, status, days_ago, wanted = entry
    if order := Order.objects.filter(number=number).first():
        return order
    shop = Shop.objects.get(slug=shop_slug)
    placed = now - timedelta(days=days_ago, hours=2)
    lines = [(Product.objects.get(shop=shop, slug=slug), quantity) for slug, quantity in wanted]
    shipping = 540
    order = Order.objects.create(
        number=number,
        shop=shop,
        customer=people[customer],
        status=status,
        placed_at=placed,
        shipped_at=placed + timedelta(days=1) if status in ("shipped", "delivered") else None,
        delivered_at=placed + timedelta(days=4) if status == "delivered" else None,
        ship_to=SHIP_TO.get(customer, {}),
        shipping_cents=shipping,
        total_cents=shipping + sum(product.price_cents * quantity for product, quantity in lines),
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            product=product,
            title=product.title,
            quantity=quantity,
            price_cents=product.price_cents,
            terms=_terms(product),
        )
        for product, quantity in lines
    )
    return order


@transaction.atomic
def ensure_marketplace(data: dict[str, Any], now: datetime) -> tuple[dict[str, User], list[Shop]]:
    """Everything but the chats. Running it again adds only what is missing."""
    people = ensure_people(data)
    shops = [ensure_shop(entry, people) for entry in data["shops"]]
    for entry in data["orders"]:
        ensure_order(entry, people, now)
    return people, shops
