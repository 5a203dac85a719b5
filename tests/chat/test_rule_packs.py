from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from chat.models import RulePackVersion, ShopRulePack
from chat.services.shop_rules import timeline_of
from tests.factories import ShopFactory

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def sync():
    out = StringIO()
    call_command("sync_rule_packs", stdout=out)
    return out.getvalue().strip()


def new_version(code="us-domestic", version=2, effective_from=MONDAY, **clock):
    return RulePackVersion.objects.create(
        code=code, version=version, effective_from=effective_from, title="", clock=clock, judging={}
    )


def test_synchronising_twice_adds_the_packs_once():
    assert sync() == "6 rule pack versions added"
    assert sync() == "0 rule pack versions added"


def test_a_version_that_was_in_force_is_not_edited():
    sync()
    RulePackVersion.objects.filter(code="sea-12h").update(clock={"window_s": 1})

    with pytest.raises(CommandError, match="sea-12h 1 was in force already"):
        sync()

    assert RulePackVersion.objects.get(code="sea-12h").clock == {"window_s": 1}


@pytest.mark.parametrize("kind, code", [("us", "us-domestic"), ("cross_border", "us-cross-border")])
def test_a_shop_follows_the_pack_of_its_kind_also_before_the_first_synchronisation(kind, code):
    shop = ShopFactory(kind=kind)
    assert timeline_of(shop).in_force(MONDAY).code == code
    sync()
    assert timeline_of(shop).in_force(MONDAY).code == code


def test_the_version_in_force_when_the_week_began_counts():
    sync()
    shop = ShopFactory(time_zone="UTC")
    new_version(effective_from=datetime(2026, 3, 4, tzinfo=UTC), window_s=100)
    timeline = timeline_of(shop)

    assert timeline.in_force(datetime(2026, 3, 8, 23, tzinfo=UTC)).version == 1
    assert timeline.in_force(datetime(2026, 3, 9, tzinfo=UTC)).rules.window_s == 100


def test_a_shop_may_be_put_on_another_pack_from_a_day_on():
    sync()
    shop = ShopFactory(time_zone="UTC")
    ShopRulePack.objects.create(shop=shop, code="walmart-like", effective_from=MONDAY)
    timeline = timeline_of(shop)

    assert timeline.in_force(datetime(2026, 3, 1, 23, tzinfo=UTC)).code == "us-domestic"
    assert timeline.in_force(MONDAY).code == "walmart-like"
