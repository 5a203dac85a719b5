"""Which shops a person may act for, and how."""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Forbidden, NotFound
from shops.capabilities import CAPABILITIES, Capability, Role, roles_with
from shops.models import Order, Shop, ShopMember


def membership_of(user: User | AnonymousUser, shop: Shop) -> ShopMember | None:
    if not user.is_authenticated or not user.is_active:
        return None
    return ShopMember.objects.filter(shop=shop, user_id=user.pk, is_active=True).first()


def may(user: User | AnonymousUser, shop: Shop, capability: Capability) -> bool:
    membership = membership_of(user, shop)
    return membership is not None and capability in CAPABILITIES[Role(membership.role)]


def memberships_of(user: User | AnonymousUser) -> list[ShopMember]:
    """All shops this person works for, each with the shop, by name: one query."""
    if not user.is_authenticated or not user.is_active:
        return []
    rows = ShopMember.objects.filter(user_id=user.pk, is_active=True)
    return list(rows.select_related("shop").order_by("shop__name"))


def member_among(memberships: Sequence[ShopMember], slug: str, capability: Capability) -> ShopMember:
    """The membership of one shop; refuses like ``get_shop``."""
    member = next((each for each in memberships if each.shop.slug == slug), None)
    if member is None:
        raise NotFound(_("No such shop."))
    if capability not in CAPABILITIES[Role(member.role)]:
        raise Forbidden(_("Your role in this shop does not open this page. Ask an owner or a manager."))
    return member


def shop_ids_where(user: User | AnonymousUser, capability: Capability) -> list[int]:
    """The shops in which this person has this right."""
    if not user.is_authenticated or not user.is_active:
        return []
    return list(
        ShopMember.objects.filter(
            user_id=user.pk, is_active=True, role__in=roles_with(capability)
        ).values_list("shop_id", flat=True)
    )


def shops_where(user: User | AnonymousUser, capability: Capability) -> QuerySet[Shop]:
    return Shop.objects.filter(pk__in=shop_ids_where(user, capability)).order_by("name")


def get_shop(user: User | AnonymousUser, slug: str, capability: Capability) -> Shop:
    """The shop; ``NotFound`` for whoever is no member, ``Forbidden`` for a member without the right."""
    if not user.is_authenticated:
        raise NotFound(_("No such shop."))
    membership = (
        ShopMember.objects.filter(shop__slug=slug, user_id=user.pk, is_active=True)
        .select_related("shop")
        .first()
    )
    if membership is None:
        raise NotFound(_("No such shop."))
    if capability not in CAPABILITIES[Role(membership.role)]:
        raise Forbidden(_("Your role in this shop does not open this page. Ask an owner or a manager."))
    return membership.shop


def visible_orders(user: User | AnonymousUser) -> QuerySet[Order]:
    """A customer's own orders."""
    if not user.is_authenticated:
        return Order.objects.none()
    return Order.objects.filter(customer_id=user.pk).select_related("shop").order_by("-placed_at", "-pk")


def get_order(user: User | AnonymousUser, number: str) -> Order:
    try:
        return visible_orders(user).get(number=number)
    except Order.DoesNotExist:
        raise NotFound(_("No such order.")) from None
