"""The desk's views: what stands in each, in which order, page by page, and what the counts say."""

from datetime import time, timedelta

from django.test import Client
from django.utils import timezone

from chat.models import Conversation, Message, Mute, NoticeSettings, Receipt
from chat.selectors import people
from chat.selectors.desk import COUNT_CAP, View, head_of, page_of, rows_of
from chat.services.snoozing import wake_due
from tests.factories import ConversationFactory, ShopFactory, UserFactory

NOW = timezone.now()


def make(shop, *, due_h=None, last_h=1, **fields) -> Conversation:
    """One conversation with one customer's message ``last_h`` hours ago, due in ``due_h`` hours."""
    at = NOW - timedelta(hours=last_h)
    due = NOW + timedelta(hours=due_h) if due_h is not None else None
    row = ConversationFactory(
        shop=shop, last_seq=1, change_no=1, last_message_at=at, due_at=due, waiting_since=due and at, **fields
    )
    Message.objects.create(
        conversation=row,
        seq=1,
        change_no=1,
        author=row.customer,
        author_kind="customer",
        body="Hello?",
        body_hash=b"",
        created_at=at,
    )
    return row


def shown(view: View, shop, user, **more) -> list[int]:
    rows = rows_of(view, shop_id=shop.pk, user_id=user.pk, now=NOW, **more)
    return [entry.conversation.pk for entry in page_of(rows, user_id=user.pk).entries]


def test_each_view_holds_what_its_name_says_and_counts_it(shop, agent):
    late = make(shop, due_h=-1, assigned_to=agent)
    soon = make(shop, due_h=1)
    later = make(shop, due_h=20)
    quiet = make(shop, last_h=2, assigned_to=UserFactory())
    asleep = make(shop, due_h=3, snoozed_until=NOW + timedelta(days=1))
    closed = make(shop, status="resolved")
    spam = make(shop, status="spam")
    make(ShopFactory(), due_h=1)  # Another shop's.
    for row in (late, soon, later):
        Receipt.objects.create(conversation=row, user=agent, read_seq=1)
    expected = {
        View.MINE: [late],
        View.UNASSIGNED: [soon, later],
        View.ALL: [late, soon, later, quiet],
        View.SOON: [soon],
        View.OVERDUE: [late],
        View.UNREAD: [quiet],
        View.SNOOZED: [asleep],
        View.CLOSED: [closed],
        View.SPAM: [spam],
    }
    counts = head_of(shop.pk, user_id=agent.pk, now=NOW).counts
    for view, rows in expected.items():
        assert shown(view, shop, agent) == [row.pk for row in rows], view
        assert counts[view] == len(rows), view


def test_running_clocks_come_by_deadline_then_the_newest_message(shop, agent):
    old, new = make(shop, last_h=9), make(shop, last_h=1)
    second, first = make(shop, due_h=5), make(shop, due_h=2)
    assert shown(View.ALL, shop, agent) == [first.pk, second.pk, new.pk, old.pk]


def test_pages_follow_each_other_without_gaps_or_repeats_even_at_equal_times(shop, agent):
    rows = [make(shop, due_h=2) for _ in range(5)] + [make(shop, last_h=3) for _ in range(5)]
    wanted = [row.pk for row in rows]
    for size in (1, 2, 3, 4, 5, 7, 10):
        seen, after = [], ""
        for _ in range(30):
            all_rows = rows_of(View.ALL, shop_id=shop.pk, user_id=agent.pk, now=NOW)
            page = page_of(all_rows, user_id=agent.pk, after=after, limit=size)
            seen += [entry.conversation.pk for entry in page.entries]
            after = page.after
            if not after:
                break
        assert sorted(seen) == sorted(wanted), size
        assert len(seen) == len(wanted), size


def test_counts_stop_at_their_cap(shop, agent):
    customer = UserFactory()
    Conversation.objects.bulk_create(
        Conversation(shop=shop, customer=customer, external_id=f"x{n}", last_seq=1, last_message_at=NOW)
        for n in range(COUNT_CAP + 20)
    )
    counts = head_of(shop.pk, user_id=agent.pk, now=NOW).counts
    assert (counts[View.ALL], counts[View.UNASSIGNED], counts[View.MINE]) == (COUNT_CAP, COUNT_CAP, 0)


def test_a_snooze_that_is_over_is_seen_and_ended_once(shop, agent):
    row = make(shop, due_h=1, snoozed_until=NOW - timedelta(minutes=1))
    assert head_of(shop.pk, user_id=agent.pk, now=NOW).must_wake
    assert (wake_due(shop_id=shop.pk), wake_due(shop_id=shop.pk)) == (1, 0)
    assert shown(View.ALL, shop, agent) == [row.pk]


def test_the_api_gives_members_a_view_and_nobody_else(shop, agent, other_agent, customer):
    row = make(shop, due_h=1)
    client = Client()
    for user, status in ((agent, 200), (other_agent, 404), (customer, 404)):
        client.force_login(user)
        answer = client.get(f"/api/v1/shops/{shop.slug}/desk?view=soon")
        assert answer.status_code == status
        if status == 200:
            body = answer.json()
            assert [each["id"] for each in body["conversations"]] == [row.pk]
            assert body["counts"]["soon"] == 1
            assert client.get(f"/api/v1/shops/{shop.slug}/desk?view=nothing").status_code == 400
            assert client.get(f"/api/v1/shops/{shop.slug}/desk?after=due+x+1").status_code == 400


def test_the_head_knows_the_readers_notices_and_muted_conversations(shop, agent):
    head = head_of(shop.pk, user_id=agent.pk, now=NOW)
    assert people.notices_of(head.notices) == people.notices_json(agent.pk)
    row = make(shop, due_h=1)
    Mute.objects.create(conversation=row, user=agent)
    NoticeSettings.objects.create(user=agent, browser=True, quiet_from=time(21, 30), quiet_to=time(6))
    head = head_of(shop.pk, user_id=agent.pk, now=NOW)
    assert head.muted == [row.pk]
    assert people.notices_of(head.notices) == people.notices_json(agent.pk)
    assert people.notices_of(head.notices)["quiet"] == ["21:30", "06:00"]
