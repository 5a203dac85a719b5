"""A shop that is open but silent is noticed and told, once; operators hear of it later."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import StaffRole
from accounts.services import grant_staff_role
from chat.models import Conversation, ShopSilence
from chat.services import reachability, sessions
from chat.services.hours import set_hours
from core.business_hours import Period
from notifications.models import Notice
from tests.chat.ledger_rows import MONDAY, store
from tests.factories import ConversationFactory, ShopMemberFactory, UserFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def conversation(shop, customer):
    shop.time_zone = "UTC"
    shop.save()
    return ConversationFactory(shop=shop, customer=customer)


@pytest.fixture
def operator(db):
    user = UserFactory()
    grant_staff_role(user=user, role=StaffRole.OPERATOR)
    return user


def write(conversation, hours, author="customer", text="Where is my parcel?"):
    message = store(conversation, hours, author, text)
    conversation.last_message_at = message.created_at
    conversation.save(update_fields=["last_message_at"])
    sessions.rebuild_sessions(conversation)
    return message


def test_after_two_open_hours_owners_and_managers_are_told_once_with_the_list(
    conversation, owner, agent, shop
):
    manager = ShopMemberFactory(shop=shop, role="manager").user
    write(conversation, 0)

    assert reachability.watch(MONDAY + 2 * HOUR - timedelta(seconds=1)) == 0
    assert reachability.watch(MONDAY + 2 * HOUR) == 1
    assert reachability.watch(MONDAY + 2 * HOUR) == 0

    notices = Notice.objects.filter(kind="shop_silent")
    assert set(notices.values_list("user_id", flat=True)) == {owner.pk, manager.pk}
    assert notices.first().context["customers"][0]["name"] == "Priya"
    silence = ShopSilence.objects.get()
    assert (silence.waiting, silence.open_seconds, silence.rules_version) == (1, 7200, 1)


def test_closed_hours_do_not_count_and_a_closed_shop_is_not_told(conversation, owner, shop):
    """Asked on Monday at 10:00, closed from 11:00 on: the second open hour ends on Tuesday at 10:00."""
    set_hours(
        shop=shop,
        actor=owner,
        time_zone="UTC",
        weekly=[(Period(9 * 60, 11 * 60), Period(14 * 60, 17 * 60))] * 7,
        exceptions={},
        now=MONDAY - timedelta(days=3),
    )
    write(conversation, 0)

    assert reachability.watch(MONDAY + 3 * HOUR) == 0, "closed for lunch"
    assert reachability.watch(MONDAY + 4.5 * HOUR) == 0, "an hour and a half of opening hours"
    assert reachability.watch(MONDAY + 5 * HOUR) == 1


def test_a_shop_that_answers_others_is_not_silent(conversation, owner, agent, shop):
    write(conversation, 0)
    write(ConversationFactory(shop=shop), 1.5, "member", "Your parcel left today.")

    assert reachability.watch(MONDAY + 3 * HOUR) == 0
    assert reachability.watch(MONDAY + 3.5 * HOUR) == 1


def test_operators_hear_of_it_after_eight_open_hours_once(conversation, owner, operator):
    write(conversation, 0)
    reachability.watch(MONDAY + 2 * HOUR)
    assert not Notice.objects.filter(user=operator).exists()

    for hours in (8, 9):
        reachability.watch(MONDAY + hours * HOUR)

    notice = Notice.objects.get(user=operator)
    assert notice.kind == "shop_silent_escalated"
    assert ShopSilence.objects.get().escalated_at == MONDAY + 8 * HOUR


def test_the_spell_ends_when_somebody_writes_and_the_next_one_is_told_anew(conversation, owner):
    write(conversation, 0)
    reachability.watch(MONDAY + 2 * HOUR)
    write(conversation, 3, "member", "It is on its way, sorry.")
    reachability.watch(MONDAY + 3 * HOUR)
    assert ShopSilence.objects.get().ended_at == MONDAY + 3 * HOUR

    write(conversation, 4, text="It has not come. Where is it now?")
    other = ConversationFactory(shop=conversation.shop)
    write(other, 30)
    assert reachability.watch(MONDAY + 33 * HOUR) == 1
    assert Notice.objects.filter(kind="shop_silent", user=owner).count() == 2


@pytest.mark.parametrize("change", [{"handled_by": "platform"}, {"status": "spam"}, {"origin": "import"}])
def test_conversations_that_are_not_the_shops_do_not_count(conversation, owner, change):
    write(conversation, 0)
    Conversation.objects.update(**change)

    assert reachability.watch(datetime(2026, 3, 3, tzinfo=UTC)) == 0
