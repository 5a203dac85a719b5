"""Which conversations a person may reach, and as whom."""

from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.access import REVIEWERS, SUPPORT, is_staff_as
from accounts.models import User
from chat.models import Conversation, Message
from core.errors import Forbidden, NotFound
from shops.access import shop_ids_where
from shops.capabilities import Capability


class Side(StrEnum):
    CUSTOMER = "customer"
    SHOP = "shop"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a conversation.

    ``sees_withheld``: also what was withheld or masked of their own side's messages (staff: of all).
    """

    user_id: int
    side: Side
    sees_withheld: bool = False


def visible_conversations(user: User | AnonymousUser) -> QuerySet[Conversation]:
    """The person's own conversations, and those of the shops whose messages they may read."""
    if not user.is_authenticated or not user.is_active:
        return Conversation.objects.none()
    as_member = Q(shop__in=shop_ids_where(user, Capability.READ_MESSAGES))
    return Conversation.objects.filter(Q(customer_id=user.pk) | as_member)


def get_conversation(user: User | AnonymousUser, conversation_id: int) -> Conversation:
    """The conversation, with shop and customer; also for reviewers and support, who look at single ones."""
    rows = Conversation.objects.select_related("shop", "customer")
    found = rows.filter(pk=conversation_id, pk__in=visible_conversations(user).values("pk")).first()
    if found is None and _is_staff(user):
        found = rows.filter(pk=conversation_id).first()
    if found is None:
        # One answer for "not there" and "not yours", so ids cannot be probed.
        raise NotFound(_("No such conversation."))
    return found


def get_desk_conversation(user: User, conversation_id: int, capability: Capability) -> Conversation:
    """For what a shop's people do with a conversation: ``NotFound`` for everybody else."""
    conversation = get_conversation(user, conversation_id)
    if conversation.customer_id == user.pk or conversation.shop_id not in shop_ids_where(
        user, Capability.READ_MESSAGES
    ):
        raise NotFound(_("No such conversation."))
    if conversation.shop_id not in shop_ids_where(user, capability):
        raise Forbidden(_("Your role in this shop may read messages but not change conversations."))
    return conversation


def viewer_of(user: User, conversation: Conversation) -> Viewer:
    """As whom this person sees a conversation that ``get_conversation`` gave them."""
    if conversation.customer_id == user.pk:
        return Viewer(user.pk, Side.CUSTOMER)
    if conversation.shop_id in shop_ids_where(user, Capability.SEE_WITHHELD):
        return Viewer(user.pk, Side.SHOP, sees_withheld=True)
    if conversation.shop_id in shop_ids_where(user, Capability.READ_MESSAGES):
        return Viewer(user.pk, Side.SHOP)
    if _is_staff(user):
        return Viewer(user.pk, Side.STAFF, sees_withheld=is_staff_as(user, *REVIEWERS))
    raise NotFound(_("No such conversation."))


def may_read_message_file(user: User | AnonymousUser | None, message_id: str, _guest: str) -> bool:
    """A file of a message opens to whoever may read the message."""
    if user is None or not user.is_authenticated:
        return False
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        return False
    try:
        viewer = viewer_of(user, get_conversation(user, message.conversation_id))
    except NotFound:
        return False
    if message.state != Message.State.WITHHELD or message.author_id == user.pk:
        return True
    if viewer.side == Side.STAFF:
        return viewer.sees_withheld
    is_of_customer = message.author_kind == Message.AuthorKind.CUSTOMER
    return viewer.sees_withheld and viewer.side == Side.SHOP and not is_of_customer


def sees_held_message_file(user: User | AnonymousUser | None, message_id: str, _guest: str) -> bool:
    """A held file opens to its author, to owners and managers of the author's shop, and to reviewers."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None or user is None or not user.is_authenticated:
        return False
    if message.author_id == user.pk:
        return True
    try:
        viewer = viewer_of(user, get_conversation(user, message.conversation_id))
    except NotFound:
        return False
    if viewer.side == Side.STAFF:
        return viewer.sees_withheld
    is_of_customer = message.author_kind == Message.AuthorKind.CUSTOMER
    return viewer.sees_withheld and viewer.side == Side.SHOP and not is_of_customer


def require_writer(user: User, conversation: Conversation) -> Side:
    """The side for which this person may write here."""
    if conversation.customer_id == user.pk:
        return Side.CUSTOMER
    if conversation.shop_id in shop_ids_where(user, Capability.REPLY_TO_CUSTOMERS):
        return Side.SHOP
    if conversation.handled_by == Conversation.HandledBy.PLATFORM and is_staff_as(user, *SUPPORT):
        return Side.STAFF
    raise Forbidden(_("Your role in this shop may read messages but not answer them."), code="read_only")


def _is_staff(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and user.is_active and is_staff_as(user, *REVIEWERS, *SUPPORT)
