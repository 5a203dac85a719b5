"""Who may change a shop's team, and what can never happen to it."""

import pytest

from audit.models import AuditEntry
from core.errors import Conflict, Forbidden, NotFound
from shops.access import get_shop, may, shop_ids_where
from shops.capabilities import Capability
from shops.models import ShopMember
from shops.services import add_member, change_role, remove_member
from shops.signals import access_revoked
from tests.factories import UserFactory


def membership(user, shop):
    return ShopMember.objects.get(user=user, shop=shop)


def test_an_owner_adds_a_member_and_the_member_may_reply(shop, owner):
    newcomer = UserFactory()

    add_member(shop=shop, user=newcomer, role="agent", by=owner)

    assert may(newcomer, shop, Capability.REPLY_TO_CUSTOMERS)
    assert not may(newcomer, shop, Capability.MANAGE_SETTINGS)


def test_an_agent_cannot_add_anybody(shop, agent):
    newcomer = UserFactory()

    with pytest.raises(Forbidden):
        add_member(shop=shop, user=newcomer, role="agent", by=agent)

    assert shop_ids_where(newcomer, Capability.READ_MESSAGES) == []


def test_a_removed_member_loses_access_and_it_is_announced(shop, owner, agent):
    heard = []

    def listen(sender, **facts):
        heard.append((facts["user_id"], facts["shop_id"]))

    access_revoked.connect(listen)
    try:
        remove_member(shop=shop, member_id=membership(agent, shop).pk, by=owner)
    finally:
        access_revoked.disconnect(listen)

    assert heard == [(agent.pk, shop.pk)]
    assert not may(agent, shop, Capability.READ_MESSAGES)


def test_every_change_of_the_team_is_in_the_audit_trail(shop, owner):
    newcomer = UserFactory()

    add_member(shop=shop, user=newcomer, role="agent", by=owner)
    change_role(shop=shop, member_id=membership(newcomer, shop).pk, role="manager", by=owner)
    remove_member(shop=shop, member_id=membership(newcomer, shop).pk, by=owner)
    add_member(shop=shop, user=newcomer, role="analyst", by=owner)

    entries = AuditEntry.objects.filter(target_type="shop", actor_id=owner.pk).order_by("number")
    assert [(entry.action, entry.changes) for entry in entries] == [
        ("shop.member_added", {"user": newcomer.pk, "role": "agent"}),
        ("shop.member_role_changed", {"user": newcomer.pk, "role": "manager", "before": "agent"}),
        ("shop.member_removed", {"user": newcomer.pk, "role": "manager"}),
        ("shop.member_added", {"user": newcomer.pk, "role": "analyst"}),
    ]


def test_the_last_owner_cannot_be_removed_or_demoted(shop, owner):
    with pytest.raises(Conflict):
        remove_member(shop=shop, member_id=membership(owner, shop).pk, by=owner)
    with pytest.raises(Conflict):
        change_role(shop=shop, member_id=membership(owner, shop).pk, role="agent", by=owner)

    assert may(owner, shop, Capability.MANAGE_TEAM)


def test_a_member_of_another_shop_is_told_the_shop_does_not_exist(shop, other_agent):
    with pytest.raises(NotFound):
        get_shop(other_agent, shop.slug, Capability.READ_MESSAGES)


def test_a_member_without_the_right_is_told_so(shop, agent):
    with pytest.raises(Forbidden):
        get_shop(agent, shop.slug, Capability.MANAGE_SETTINGS)


def test_a_suspended_person_keeps_no_right(shop, agent):
    agent.is_active = False
    agent.save()

    assert not may(agent, shop, Capability.READ_MESSAGES)
    assert shop_ids_where(agent, Capability.READ_MESSAGES) == []
