"""What a client may ask for over the socket: frame type -> function. See ``docs/websocket.md``.

Commands run in a database thread, take the person and the frame's data, and return the data of the ``ack``.
``message.send`` is not here: the consumer gathers drafts into batches (``chat.services.messages``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import User
from chat import presence
from chat.access import Side, get_conversation, viewer_of
from chat.models import Conversation
from chat.selectors.people import visible_ids
from chat.services import conversations
from core.errors import Invalid
from shops.capabilities import CAPABILITIES, Capability, Role
from shops.models import ShopMember

SUBSCRIPTIONS = 1_000


@dataclass(frozen=True, slots=True)
class Subscription:
    """A conversation that one socket follows, with what is needed to answer without the database."""

    side: Side
    customer_id: int
    shop_id: int


@dataclass(slots=True)
class Person:
    """Who is behind a socket, as of its opening; the consumer closes it when any of this ends."""

    user: User
    reads: frozenset[int] = frozenset()  # Shops whose messages this person may read,
    writes: frozenset[int] = frozenset()  # may answer,
    manages: frozenset[int] = frozenset()  # may see whole.
    memberships: tuple[str, ...] = ()  # All of them, as ``shop/role``.
    subscriptions: dict[int, Subscription] = field(default_factory=dict)


def person_of(user_id: int) -> Person:
    """The person with the shops they act for."""
    held: dict[Capability, set[int]] = {}
    rows = ShopMember.objects.filter(user=user_id, is_active=True).values_list("shop_id", "role")
    for shop_id, role in rows:
        for capability in CAPABILITIES[Role(role)]:
            held.setdefault(capability, set()).add(shop_id)
    return Person(
        user=User.objects.get(pk=user_id),
        reads=frozenset(held.get(Capability.READ_MESSAGES, ())),
        writes=frozenset(held.get(Capability.REPLY_TO_CUSTOMERS, ())),
        manages=frozenset(held.get(Capability.SEE_WITHHELD, ())),
        memberships=tuple(f"{shop_id}/{role}" for shop_id, role in rows),
    )


def subscribe(person: Person, data: dict[str, Any]) -> dict[str, Any]:
    """Follow these conversations from now on, instead of those before. Foreign ids are left out."""
    asked = data.get("conversations")
    if not isinstance(asked, dict) or len(asked) > SUBSCRIPTIONS:
        raise Invalid(f"Name at most {SUBSCRIPTIONS} conversations with the change number you have.")
    ids = [int(key) for key in asked if key.isascii() and key.isdigit() and len(key) < 19]
    rows = Conversation.objects.filter(
        Q(customer_id=person.user.pk) | Q(shop_id__in=person.reads), pk__in=ids
    ).values_list("pk", "customer_id", "shop_id", "change_no")
    found = {}
    newest = {}
    for pk, customer_id, shop_id, change_no in rows:
        side = Side.CUSTOMER if customer_id == person.user.pk else Side.SHOP
        found[pk] = Subscription(side, customer_id, shop_id)
        newest[str(pk)] = change_no
    person.subscriptions = found
    return {"conversations": newest}


def delivered(person: Person, data: dict[str, Any]) -> dict[str, Any]:
    return _move(person, data, "delivered_seq")


def read(person: Person, data: dict[str, Any]) -> dict[str, Any]:
    return _move(person, data, "read_seq")


def _move(person: Person, data: dict[str, Any], which: str) -> dict[str, Any]:
    seq = _whole_number(data, "seq")
    conversation = get_conversation(person.user, _whole_number(data, "conversation"))
    side = viewer_of(person.user, conversation).side
    conversations.move_receipt(conversation=conversation, user=person.user, side=side, **{which: seq})
    return {which: min(seq, conversation.last_seq)}


def _whole_number(data: dict[str, Any], name: str) -> int:
    value = data.get(name)
    if type(value) is not int or not 0 <= value < 2**63:
        raise Invalid("Some fields need another look.", **{name: "Give a whole number."})
    return value


COMMANDS: dict[str, Callable[[Person, dict[str, Any]], dict[str, Any]]] = {
    "subscribe": subscribe,
    "conversation.delivered": delivered,
    "conversation.read": read,
}


def note_present(user_ids: list[int]) -> None:
    """These people have a socket open; those who do not mind are shown as there."""
    if user_ids:
        presence.note(visible_ids(user_ids))


def newest_changes(ids: list[int]) -> dict[int, int]:
    """The newest change number of each conversation: one query per process and heartbeat."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, change_no FROM chat_conversation WHERE id = ANY(%s)", [ids])
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Standings:
    """``people``: user id -> (password hash, active memberships as ``shop/role``)."""

    sessions: frozenset[str]
    people: dict[int, tuple[str, tuple[str, ...]]]


def standing_of(user_ids: list[int], session_keys: list[str]) -> Standings:
    """Which of these people and sessions still stand: one query each per process and check."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_key FROM django_session WHERE session_key = ANY(%s) AND expire_date > now()",
            [session_keys],
        )
        sessions = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            """
            SELECT u.id, u.password,
                   ARRAY(SELECT m.shop_id || '/' || m.role FROM shops_shopmember m
                         WHERE m.user_id = u.id AND m.is_active ORDER BY 1)
            FROM accounts_user u WHERE u.id = ANY(%s) AND u.is_active
            """,
            [user_ids],
        )
        people = {user_id: (password, tuple(shops)) for user_id, password, shops in cursor.fetchall()}
    return Standings(frozenset(sessions), people)
