"""Closing a conversation from one side, opening it again, and silence without closing (a mute).

docs/decisions/0050-blocking.md says what a block does and why.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from chat.access import Side
from chat.models import Block, Change, Conversation, Mute
from chat.models.blocks import NOTE_CHARS
from chat.services.handling import change_conversation, lock_conversation
from core.errors import Forbidden, Invalid
from shops.access import may
from shops.capabilities import Capability

BOTH = "both"


@transaction.atomic
def block(*, conversation: Conversation, side: Side, actor: User, reason: str, note: str = "") -> Block:
    """Close the conversation for its side. Doing it again changes nothing and returns the block in force."""
    _require_right(conversation, side, actor)
    if reason not in Block.Reason.values:
        raise Invalid(_("Choose a reason."), code="unknown_reason")
    row = lock_conversation(conversation.pk)
    pair = {"shop_id": row.shop_id, "customer_id": row.customer_id, "side": side}
    if found := Block.objects.filter(**pair, lifted_at=None).first():
        return found
    made = Block.objects.create(
        **pair, reason=reason, note=note.strip()[:NOTE_CHARS], made_by=actor, made_at=timezone.now()
    )
    _follow(row)
    _record("chat.blocked", made, actor)
    return made


@transaction.atomic
def unblock(*, conversation: Conversation, side: Side, actor: User) -> None:
    """Open the conversation again from its side; the other side's own block stays."""
    _require_right(conversation, side, actor)
    row = lock_conversation(conversation.pk)
    found = Block.objects.filter(
        shop_id=row.shop_id, customer_id=row.customer_id, side=side, lifted_at=None
    ).first()
    if found is None:
        return
    found.lifted_at, found.lifted_by = timezone.now(), actor
    found.save(update_fields=["lifted_at", "lifted_by"])
    _follow(row)
    _record("chat.unblocked", found, actor)


def _require_right(conversation: Conversation, side: Side, actor: User) -> None:
    if side == Side.CUSTOMER and conversation.customer_id == actor.pk:
        return
    if side == Side.SHOP and may(actor, conversation.shop, Capability.REPLY_TO_CUSTOMERS):
        return
    raise Forbidden(_("Only the customer, or a member of the shop who answers customers, does this."))


def blocked_by(*, shop_id: int, customer_id: int) -> str:
    """ "", "shop", "customer" or "both": what stands in ``Conversation.blocked_by``."""
    sides = set(
        Block.objects.filter(shop_id=shop_id, customer_id=customer_id, lifted_at=None).values_list(
            "side", flat=True
        )
    )
    return BOTH if len(sides) > 1 else next(iter(sides), "")


def _follow(conversation: Conversation) -> None:
    """Bring the pair's conversations in line with its blocks, as a numbered change that viewers see."""
    wanted = blocked_by(shop_id=conversation.shop_id, customer_id=conversation.customer_id)
    others = Conversation.objects.filter(shop=conversation.shop_id, customer=conversation.customer_id)
    for pk in others.order_by("pk").values_list("pk", flat=True):
        row = conversation if pk == conversation.pk else lock_conversation(pk)
        if row.blocked_by != wanted:
            row.blocked_by = wanted
            change_conversation(row, Change.Kind.BLOCKED, ["blocked_by"])


def _record(action: str, block: Block, actor: User) -> None:
    record(
        action=action,
        actor=actor,
        target_type="block",
        target_id=block.pk,
        target_label=f"{block.side} {block.reason}",
        changes={"shop": block.shop_id, "customer": block.customer_id, "reason": block.reason},
    )


@transaction.atomic
def set_mute(*, conversation: Conversation, user: User, is_muted: bool) -> None:
    """No notices about this conversation for this person any more, or notices again."""
    if is_muted:
        Mute.objects.get_or_create(conversation=conversation, user=user)
    else:
        Mute.objects.filter(conversation=conversation, user=user).delete()
