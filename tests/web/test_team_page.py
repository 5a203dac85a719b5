from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from shops.models import Shop, ShopMember
from tests.factories import UserFactory


def team_of(shop: Shop) -> str:
    return reverse("seller:team", args=[shop.slug])


def test_an_owner_invites_somebody_new_who_gets_a_link_by_mail(
    client: Client, owner: User, shop: Shop
) -> None:
    client.force_login(owner)
    answer = client.post(team_of(shop), {"email": "New@example.com", "role": "agent"})
    assert answer.status_code == 302
    member = ShopMember.objects.get(shop=shop, user__email="new@example.com")
    assert (member.role, member.is_active) == ("agent", True)
    assert [message.to for message in mail.outbox] == [["new@example.com"]]


def test_somebody_with_an_account_is_added_at_once(client: Client, owner: User, shop: Shop) -> None:
    known = UserFactory(email="known@example.com")
    client.force_login(owner)
    client.post(team_of(shop), {"email": "known@example.com", "role": "manager"})
    assert ShopMember.objects.get(shop=shop, user=known).role == "manager"
    assert not mail.outbox


def test_an_agent_sees_the_team_but_changes_nothing(
    client: Client, owner: User, agent: User, shop: Shop
) -> None:
    client.force_login(agent)
    assert client.get(team_of(shop)).status_code == 200
    assert client.post(team_of(shop), {"email": "a@example.com", "role": "owner"}).status_code == 403
    member = ShopMember.objects.get(shop=shop, user=owner)
    for name, data in (("team_role", {"role": "analyst"}), ("team_remove", {})):
        answer = client.post(reverse(f"seller:{name}", args=[shop.slug, member.pk]), data)
        assert answer.status_code == 403
    member.refresh_from_db()
    assert (member.role, member.is_active) == ("owner", True)


def test_the_last_owner_stays(client: Client, owner: User, shop: Shop) -> None:
    member = ShopMember.objects.get(shop=shop, user=owner)
    client.force_login(owner)
    client.post(reverse("seller:team_remove", args=[shop.slug, member.pk]))
    member.refresh_from_db()
    assert member.is_active


def test_a_removed_member_opens_no_page_any_more(
    client: Client, owner: User, agent: User, shop: Shop
) -> None:
    client.force_login(owner)
    member = ShopMember.objects.get(shop=shop, user=agent)
    client.post(reverse("seller:team_remove", args=[shop.slug, member.pk]))
    client.force_login(agent)
    assert client.get(reverse("seller:messages", args=[shop.slug])).status_code == 404
