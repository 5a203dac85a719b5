"""Keeping the saved replies of a shop."""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models import SavedReply
from compliance.services import standing_texts
from compliance.services.standing_texts import StandingText
from core.errors import Conflict, NotFound
from shops.models import Shop

MOST_PER_SHOP = 200


@transaction.atomic
def save_reply(
    *, shop: Shop, shortcut: str, title: str, body: str, by: User, reply_id: int | None = None
) -> SavedReply:
    """Keep a new reply, or change the one with ``reply_id``. A shortcut stands for one reply of the shop."""
    Shop.objects.select_for_update().get(pk=shop.pk)  # Two people who save at once wait for each other.
    others = SavedReply.objects.filter(shop=shop)
    if reply_id is not None:
        others = others.exclude(pk=reply_id)
    if others.filter(shortcut=shortcut).exists():
        raise Conflict(
            _("/%(shortcut)s already stands for another reply.") % {"shortcut": shortcut},
            code="shortcut_taken",
        )
    if reply_id is None and others.count() >= MOST_PER_SHOP:
        raise Conflict(
            _("A shop keeps at most %(most)s replies.") % {"most": MOST_PER_SHOP},
            code="too_many_replies",
        )
    reply = SavedReply(shop=shop) if reply_id is None else _own_reply(shop, reply_id)
    reply.shortcut, reply.title, reply.body, reply.saved_by = shortcut, title, body, by
    reply.save()
    standing_texts.scan_text(_standing(reply))
    return reply


def remove_reply(*, shop: Shop, reply_id: int) -> None:
    _own_reply(shop, reply_id).delete()


def _own_reply(shop: Shop, reply_id: int) -> SavedReply:
    reply = SavedReply.objects.filter(shop=shop, pk=reply_id).first()
    if reply is None:
        raise NotFound(_("No such saved reply."))
    return reply


def standing_replies() -> Iterator[StandingText]:
    """Every saved reply as the sweep of standing texts sees it."""
    for reply in SavedReply.objects.select_related("shop").order_by("pk").iterator():
        yield _standing(reply)


def _standing(reply: SavedReply) -> StandingText:
    return StandingText("saved_reply", reply.pk, reply.shop, reply.body, author_id=reply.saved_by_id)
