"""Writes about shops and their teams."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import Conflict, Forbidden, Invalid, NotFound
from shops.access import may
from shops.capabilities import Capability, Role
from shops.models import Order, Shop, ShopMember
from shops.signals import access_revoked, shop_closed


def _check_role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise Invalid(_("There is no role %(role)s in a shop.") % {"role": f"{role!r}"}) from None


def _require_team_right(shop: Shop, by: User) -> None:
    if not may(by, shop, Capability.MANAGE_TEAM):
        raise Forbidden(_("Only an owner changes the team."))


def _keep_an_owner(shop: Shop, leaving: ShopMember) -> None:
    """A shop without an owner could never be managed again."""
    others = shop.members.filter(role=Role.OWNER, is_active=True).exclude(pk=leaving.pk)
    if leaving.role == Role.OWNER and not others.exists():
        raise Conflict(_("A shop needs at least one owner."), code="last_owner")


@transaction.atomic
def add_member(*, shop: Shop, user: User, role: str, by: User | None = None) -> ShopMember:
    """Let a person act for the shop; one removed earlier comes back. ``by``: None for set-up commands."""
    role = _check_role(role)
    if by is not None:
        _require_team_right(shop, by)
    member, created = ShopMember.objects.select_for_update().get_or_create(
        shop=shop, user=user, defaults={"role": role}
    )
    if created:
        _record_member("added", member, by)
        return member
    if member.is_active and member.role != role:
        raise Conflict(_("This person is already in the team."), code="already_member")
    was_away = not member.is_active
    member.role, member.is_active, member.removed_at = role, True, None
    member.save(update_fields=["role", "is_active", "removed_at"])
    if was_away:
        _record_member("added", member, by)
    return member


@transaction.atomic
def close_shop(*, shop_id: int) -> bool:
    """Close a shop: no new conversations, no shop front. Returns whether it was open until now."""
    shop = Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
    if shop.status == Shop.Status.CLOSED:
        return False
    shop.status = Shop.Status.CLOSED
    shop.save(update_fields=["status"])
    shop_closed.send(sender=Shop, shop_id=shop.pk)
    return True


@transaction.atomic
def reopen_shop(*, shop_id: int) -> bool:
    """Open a closed shop again. Returns whether it was closed until now."""
    return bool(Shop.objects.filter(pk=shop_id, status=Shop.Status.CLOSED).update(status=Shop.Status.OPEN))


def _locked_member(shop: Shop, member_id: int) -> ShopMember:
    # The shop's row is the team's lock: two owners demoting each other at once would leave none.
    Shop.objects.select_for_update().get(pk=shop.pk)
    member = ShopMember.objects.filter(shop=shop, pk=member_id, is_active=True).first()
    if member is None:
        raise NotFound(_("No such member."))
    return member


@transaction.atomic
def change_role(*, shop: Shop, member_id: int, role: str, by: User) -> ShopMember:
    role = _check_role(role)
    _require_team_right(shop, by)
    member = _locked_member(shop, member_id)
    if role != Role.OWNER:
        _keep_an_owner(shop, member)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    # Rights may have shrunk: sockets reconnect and join what the new role allows.
    access_revoked.send(sender=ShopMember, user_id=member.user_id, shop_id=shop.pk)
    _record_member("role_changed", member, by, before=before)
    return member


@transaction.atomic
def remove_member(*, shop: Shop, member_id: int, by: User) -> None:
    """Take a person's access to the shop away; their open sockets close."""
    _require_team_right(shop, by)
    member = _locked_member(shop, member_id)
    _keep_an_owner(shop, member)
    member.is_active, member.removed_at = False, timezone.now()
    member.save(update_fields=["is_active", "removed_at"])
    access_revoked.send(sender=ShopMember, user_id=member.user_id, shop_id=shop.pk)
    _record_member("removed", member, by)


def _record_member(what: str, member: ShopMember, by: User | None, **more: object) -> None:
    """Who changed the team, in the audit trail. Set-up commands act for nobody and leave nothing."""
    if by is not None:
        facts = {"user": member.user_id, "role": str(member.role)} | more
        record_of_shop(f"shop.member_{what}", member.shop, by, facts)


def reasons_to_keep(*, user_id: int) -> list[str]:
    """Why a person cannot be erased now: the last owner of an open shop, or an order on its way."""
    reasons = []
    owned = ShopMember.objects.filter(user=user_id, role=Role.OWNER.value, is_active=True)
    for shop_id in owned.filter(shop__status=Shop.Status.OPEN).values_list("shop", flat=True):
        others = ShopMember.objects.filter(shop=shop_id, role=Role.OWNER.value, is_active=True)
        if not others.exclude(user=user_id).exists():
            reasons.append("open_shop")
    under_way = [Order.Status.PLACED, Order.Status.SHIPPED]
    if Order.objects.filter(customer=user_id, status__in=under_way).exists():
        reasons.append("open_order")
    return reasons


@transaction.atomic
def leave_every_shop(*, user_id: int) -> None:
    """An erased person works nowhere any more; what they did for a shop stays the shop's."""
    now = timezone.now()
    rows = ShopMember.objects.filter(user=user_id, is_active=True)
    shop_ids = list(rows.values_list("shop", flat=True))
    rows.update(is_active=False, removed_at=now)
    for shop_id in shop_ids:
        access_revoked.send(sender=ShopMember, user_id=user_id, shop_id=shop_id)


def forget_addresses(*, user_id: int) -> None:
    """Where an erased person's orders went is nobody's business any more; the orders stay."""
    Order.objects.filter(customer=user_id).update(ship_to={})


def record_of_shop(action: str, shop: Shop, actor: User, changes: Mapping[str, object]) -> None:
    """An audit entry about the shop itself, in the caller's transaction."""
    record(
        action=action,
        actor=actor,
        target_type="shop",
        target_id=str(shop.pk),
        target_label=shop.slug,
        changes=changes,
    )
