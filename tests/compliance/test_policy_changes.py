"""A new version of a policy: shops are told, see what changed word by word, and confirm that they read it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from compliance import taxonomy
from compliance.models import PolicyAcknowledgement, PolicyVersion
from compliance.services import policies
from compliance.services.policy_changes import acknowledge, change_of, diff, shops_without
from notifications.models import Notice
from tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_version(shop, monkeypatch):
    """Spam costs more from today on and says so; the shop is older."""
    type(shop).objects.update(created_at=timezone.now() - timedelta(days=9))
    call_command("sync_policies", verbosity=0)
    changed = tuple(
        replace(policy, clause="Send no advertising at all.", points=3, points_max=3)
        if policy.code == "spam"
        else policy
        for policy in taxonomy.all_policies()
    )

    def publish():
        with monkeypatch.context() as patched:
            patched.setattr(taxonomy, "all_policies", lambda: changed)
            policies.sync_policies()
        return PolicyVersion.objects.get(policy__code="spam", number=2)

    return publish


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("Send no spam.", "Send no spam.", [("same", "Send no spam.")]),
        (
            "Send no spam.",
            "Send no advertising.",
            [("same", "Send no "), ("removed", "spam"), ("added", "advertising"), ("same", ".")],
        ),
        ("", "New.", [("added", "New.")]),
    ],
)
def test_texts_are_compared_word_by_word(old, new, words):
    found = diff(old, new)

    assert [(piece.kind, piece.text) for piece in found] == words
    assert "".join(piece.text for piece in found if piece.kind != "added") == old
    assert "".join(piece.text for piece in found if piece.kind != "removed") == new


def test_first_versions_tell_nobody_and_a_new_one_tells_owners_once(new_version, owner, agent):
    assert not Notice.objects.filter(kind="policy_changed").exists()

    version = new_version()
    new_version()

    notice = Notice.objects.get(kind="policy_changed")
    assert notice.user == owner
    assert notice.context["policy"] == version.title


def test_the_page_shows_the_difference_until_the_shop_has_read_it(client, new_version, shop, owner):
    version = new_version()
    client.force_login(owner)
    address = reverse("seller:policies", args=[shop.slug])

    shown = client.get(address).content.decode()
    assert "<ins>" in shown
    assert "<del>" in shown
    assert "advertising" in shown
    for _ in range(2):
        client.post(address, {"version": version.pk})

    assert "Nothing new" in client.get(address).content.decode()
    assert PolicyAcknowledgement.objects.get().user == owner
    assert AuditEntry.objects.filter(action="policy.acknowledged").count() == 1


def test_agents_read_it_and_confirm_nothing(client, new_version, shop, agent):
    version = new_version()
    client.force_login(agent)
    address = reverse("seller:policies", args=[shop.slug])

    assert "An owner or a manager confirms" in client.get(address).content.decode()
    assert client.post(address, {"version": version.pk}).status_code == 403
    assert acknowledge(shop=shop, user=agent, version_ids=[version.pk], now=timezone.now()) == 0


def test_a_shop_that_began_later_has_nothing_to_read(new_version):
    version = new_version()
    late = ShopFactory(created_at=version.effective_at + timedelta(days=1))

    assert late not in shops_without(version)


def test_staff_see_who_has_not_read_it(client, new_version, shop, owner, reviewer):
    version = new_version()
    other = ShopFactory(name="Quiet Corner", created_at=timezone.now() - timedelta(days=9))
    acknowledge(shop=shop, user=owner, version_ids=[version.pk], now=timezone.now())
    client.force_login(reviewer)

    shown = client.get(reverse("console:policy_readers", args=[version.pk])).content.decode()

    assert shops_without(version) == [other]
    assert "1 shop has not read it, 1 have" in shown
    assert "Quiet Corner" in shown
    assert shop.name not in shown
    assert {change.field for change in change_of(version).changes} == {"clause", "points", "points_max"}
