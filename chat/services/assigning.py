"""Who answers a conversation: by hand, with a note for whoever takes over, and automatically.

Automatic: conversations that nobody has and in which a customer waits go to members who may answer and are at
the desk. The desk's row lock lets one run at a time choose for a shop, and a conversation is taken only while
nobody has it, so the work may run twice and beside itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import Conversation, Desk, LastSeen, Message, Note
from chat.services import handling, notes
from core.errors import Forbidden, Invalid
from shops.access import may
from shops.capabilities import Capability, roles_with
from shops.models import Shop, ShopMember

AT_DESK = timedelta(minutes=5)  # A member counts as present for so long after the last sign of life.
RECENT = timedelta(days=7)  # What was written to longer ago stays as it is.
BATCH = 200
# The conversations first: from the desks on it would be all that these shops ever talked.
_WAITING_SHOPS = """
SELECT DISTINCT c.shop_id FROM chat_conversation c JOIN chat_desk d ON d.shop_id = c.shop_id
WHERE c.id = ANY (ARRAY(SELECT conversation_id FROM chat_message WHERE id = ANY(%s)))
  AND c.assigned_to_id IS NULL AND c.status = 'open' AND d.auto_assign <> 'off'
"""


@transaction.atomic
def assign_by_hand(*, conversation: Conversation, to_id: int | None, by: User, note: str = "") -> Note | None:
    """Give the conversation to a member who may answer, or to nobody; a note goes along and is kept.

    Returns the note. ``Invalid`` for somebody who cannot take it.
    """
    member = None
    if to_id is not None:
        member = answerers_of(conversation.shop).filter(user_id=to_id).first()
        if member is None:
            raise Invalid(_("This person does not answer customers for the shop."), code="no_member")
    if note.strip() and member is None:
        raise Invalid(_("A note goes to somebody: choose who takes over."), code="no_member")
    handling.assign(conversation=conversation, to=member.user if member else None)
    if not note.strip() or member is None:
        return None
    return notes.write_note(conversation=conversation, author=by, body=note, to=member.user)


@transaction.atomic
def set_auto_assign(*, shop: Shop, by: User, how: str) -> Desk:
    """Switch the automatic assignment; what waits is handed out at the next run."""
    if not may(by, shop, Capability.MANAGE_SETTINGS):
        raise Forbidden(_("Only an owner or a manager changes this."))
    if how not in Desk.AutoAssign.values:
        raise Invalid(_("There is no such way to assign."))
    desk, _is_new = Desk.objects.select_for_update().get_or_create(shop=shop)
    desk.auto_assign = how
    desk.save(update_fields=["auto_assign"])
    return desk


def assign_waiting(*, shop_ids: Sequence[int] | None = None, now: datetime | None = None) -> int:
    """Hand out what waits in shops that want it, one transaction a shop; returns how many were handed out."""
    desks = Desk.objects.exclude(auto_assign=Desk.AutoAssign.OFF)
    if shop_ids is not None:
        desks = desks.filter(shop__in=shop_ids)
    now = now or timezone.now()
    return sum(_assign_shop(shop_id, now) for shop_id in desks.values_list("shop_id", flat=True))


def assign_after_messages(message_ids: Sequence[int]) -> int:
    """The fast path: look at the shops of these messages now. The sweep is the certain one."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING_SHOPS, [list(message_ids)])
        found = [row[0] for row in cursor.fetchall()]
    return assign_waiting(shop_ids=found) if found else 0


@transaction.atomic
def release(*, user_id: int, shop_id: int) -> None:
    """Take open conversations from somebody who may no longer answer in the shop."""
    if _answerers(shop_id).filter(user_id=user_id).exists():
        return
    held = Conversation.objects.filter(
        shop=shop_id, assigned_to=user_id, status=Conversation.Status.OPEN
    ).order_by("pk")
    for conversation in held:
        handling.assign(conversation=conversation, to=None)


@transaction.atomic
def _assign_shop(shop_id: int, now: datetime) -> int:
    desk = Desk.objects.select_for_update().get(shop=shop_id)
    waiting = list(
        Conversation.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(
            shop=shop_id,
            status=Conversation.Status.OPEN,
            last_seq__gt=0,
            snoozed_until=None,
            assigned_to=None,
            handled_by=Conversation.HandledBy.SHOP,
            origin=Conversation.Origin.LIVE,
            last_message_at__gte=now - RECENT,
        )
        .annotate(said_by=Subquery(_latest_words()))
        .filter(Q(waiting_since__isnull=False) | Q(said_by=Message.AuthorKind.CUSTOMER))
        .select_related("shop", "customer")
        .order_by("due_at", "pk")[:BATCH]
    )
    if desk.auto_assign == Desk.AutoAssign.OFF or not waiting:
        return 0
    turns = _Turns(desk, _present(shop_id, now))
    for conversation in waiting:
        taker = turns.next()
        if taker is None:
            return 0
        handling.assign(conversation=conversation, to=taker)
    if desk.auto_assign == Desk.AutoAssign.ROUND_ROBIN:
        desk.save(update_fields=["last_assigned"])
    return len(waiting)


def answerers_of(shop: Shop) -> QuerySet[ShopMember]:
    """The members who may answer customers: to whom a conversation can be given."""
    return _answerers(shop.pk).order_by("joined_at", "pk")


def _latest_words() -> QuerySet[Message, Any]:
    """Who spoke last, machines aside: outside hours no clock runs, and the customer waits all the same."""
    return (
        Message.objects.filter(
            conversation=OuterRef("pk"),
            author_kind__in=(Message.AuthorKind.CUSTOMER, Message.AuthorKind.MEMBER),
        )
        .exclude(state=Message.State.WITHHELD)
        .order_by("-seq")
        .values("author_kind")[:1]
    )


def _answerers(shop_id: int) -> QuerySet[ShopMember]:
    return ShopMember.objects.filter(
        shop=shop_id,
        is_active=True,
        user__is_active=True,
        role__in=roles_with(Capability.REPLY_TO_CUSTOMERS),
    ).select_related("user")


def _present(shop_id: int, now: datetime) -> list[User]:
    """Members who may answer and are at the desk, in a fixed order."""
    there = LastSeen.objects.filter(seen_at__gte=now - AT_DESK).values("user")
    return [member.user for member in _answerers(shop_id).filter(user__in=there).order_by("user")]


class _Turns:
    """Whose turn it is, one conversation after the other."""

    def __init__(self, desk: Desk, people: Sequence[User]) -> None:
        self.desk = desk
        self.people = people
        self.open = dict.fromkeys((person.pk for person in people), 0)
        if desk.auto_assign == Desk.AutoAssign.LEAST_OPEN:
            self.open |= dict(
                Conversation.objects.filter(
                    Q(assigned_to__in=people), shop=desk.shop_id, status=Conversation.Status.OPEN
                )
                .values_list("assigned_to")
                .annotate(Count("pk"))
            )

    def next(self) -> User | None:
        if not self.people:
            return None
        if self.desk.auto_assign == Desk.AutoAssign.LEAST_OPEN:
            person = min(self.people, key=lambda each: (self.open[each.pk], each.pk))
            self.open[person.pk] += 1
            return person
        last = self.desk.last_assigned_id or 0
        person = next((each for each in self.people if each.pk > last), self.people[0])
        self.desk.last_assigned = person
        return person
