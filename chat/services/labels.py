"""A shop's labels, and putting them on conversations."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import Conversation, ConversationLabel, Label
from chat.models.labels import LABEL_CHARS
from chat.selectors import database_now
from chat.services import announcements
from core.errors import Conflict, Forbidden, Invalid, NotFound
from shops.access import may
from shops.capabilities import Capability
from shops.models import Shop

MOST_PER_SHOP = 50


@transaction.atomic
def save_label(*, shop: Shop, by: User, name: str, colour: str, label_id: int | None = None) -> Label:
    """Make a label, or change the one with ``label_id``. Two names of a shop differ in more than case."""
    _require_right(shop, by)
    name = " ".join(name.split())
    if not name or len(name) > LABEL_CHARS:
        raise Invalid(_("Give the label a name of at most %(n)s characters.") % {"n": LABEL_CHARS})
    if colour not in Label.Colour.values:
        raise Invalid(_("There is no such colour."))
    Shop.objects.select_for_update().get(pk=shop.pk)  # Two people who save at once wait for each other.
    others = Label.objects.filter(shop=shop)
    if label_id is not None:
        others = others.exclude(pk=label_id)
    if others.filter(name__iexact=name).exists():
        raise Conflict(_("There is a label with this name already."), code="label_taken")
    if label_id is None and others.count() >= MOST_PER_SHOP:
        raise Conflict(_("A shop has at most %(n)s labels.") % {"n": MOST_PER_SHOP}, code="too_many_labels")
    label = Label(shop=shop, made_by=by) if label_id is None else own_label(shop, label_id)
    label.name, label.colour = name, colour
    label.save()
    return label


@transaction.atomic
def remove_label(*, shop: Shop, by: User, label_id: int) -> None:
    """Delete a label; it comes off all conversations."""
    _require_right(shop, by)
    own_label(shop, label_id).delete()


def own_label(shop: Shop, label_id: int) -> Label:
    label = Label.objects.filter(shop=shop, pk=label_id).first()
    if label is None:
        raise NotFound(_("No such label."))
    return label


@transaction.atomic
def attach(*, conversation: Conversation, label: Label, by: User) -> bool:
    """Put a label on; returns whether it was not there before."""
    if label.shop_id != conversation.shop_id:
        raise NotFound(_("No such label."))
    _put, is_new = ConversationLabel.objects.get_or_create(
        conversation=conversation, label=label, defaults={"put_by": by}
    )
    if is_new:
        _tell(conversation)
    return is_new


@transaction.atomic
def detach(*, conversation: Conversation, label: Label) -> bool:
    """Take a label off; returns whether it was there."""
    gone, _by_model = ConversationLabel.objects.filter(conversation=conversation, label=label).delete()
    if gone:
        _tell(conversation)
    return bool(gone)


@transaction.atomic
def set_labels(*, conversation: Conversation, label_ids: Collection[int], by: User) -> None:
    """Exactly these labels of the shop, whatever was on before."""
    for label in Label.objects.filter(shop_id=conversation.shop_id):
        if label.pk in label_ids:
            attach(conversation=conversation, label=label, by=by)
        else:
            detach(conversation=conversation, label=label)


def _require_right(shop: Shop, by: User) -> None:
    if not may(by, shop, Capability.MANAGE_SETTINGS):
        raise Forbidden(_("Only an owner or a manager changes the labels of the shop."))


def _tell(conversation: Conversation) -> None:
    # So that whoever polls reads the row again.
    Conversation.objects.filter(pk=conversation.pk).update(changed_at=database_now())
    announcements.row_changed(conversation)
