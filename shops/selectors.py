"""Questions about shops and what they sell."""

from django.db.models import QuerySet

from shops.capabilities import Capability, roles_with
from shops.models import Order, Product, Shop, ShopMember


def open_shops() -> QuerySet[Shop]:
    """Shops that a visitor may browse; shops that only hold imported history sell nothing and stay out."""
    return Shop.objects.filter(status=Shop.Status.OPEN, products__is_active=True).distinct().order_by("name")


def products_of(shop: Shop) -> QuerySet[Product]:
    return shop.products.filter(is_active=True).order_by("title")


def member_ids_with(shop_id: int, capability: Capability) -> list[int]:
    """The active members of a shop who have a right: whom to tell."""
    return list(
        ShopMember.objects.filter(
            shop_id=shop_id, is_active=True, role__in=roles_with(capability)
        ).values_list("user_id", flat=True)
    )


def members_of(shop: Shop) -> QuerySet[ShopMember]:
    return shop.members.filter(is_active=True).select_related("user").order_by("joined_at", "pk")


def orders_between(*, customer_id: int, shop_id: int) -> QuerySet[Order]:
    """What this customer bought in this shop, newest first."""
    return (
        Order.objects.filter(customer_id=customer_id, shop_id=shop_id)
        .prefetch_related("lines__product")
        .order_by("-placed_at", "-pk")
    )
