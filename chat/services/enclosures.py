"""What goes along with a message besides its text: uploaded files, and a card of an order or a product.

A card is a copy: title, price and terms stay as they stood when the message was sent.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models import Message
from chat.serializers import Draft
from compliance.services.attachments import Setting, is_clear_at_a_glance
from core.errors import DomainError, Invalid, NotFound
from files.access import get_loose_uploads
from files.models import Upload
from files.services import attach
from shops.models import Order, OrderLine, Product

SUBJECT_KIND = "message"


def uploads_for(draft: Draft) -> list[Upload]:
    """The draft's files, in order; ``NotFound`` unless all are the author's own and not sent yet."""
    if not draft.attachments:
        return []
    return get_loose_uploads(User(pk=draft.author_id), list(draft.attachments))


def card_for(draft: Draft, *, shop_id: int, customer_id: int) -> dict[str, Any] | None:
    """The card as it stands now; an order must be this customer's with this shop, a product this shop's."""
    if draft.card is None:
        return None
    if draft.card["kind"] == "order":
        order = Order.objects.filter(
            number=draft.card["key"], shop_id=shop_id, customer_id=customer_id
        ).first()
        if order is None:
            raise NotFound(_("No such order in this conversation."), code="unknown_card")
        return order_card(order)
    product = Product.objects.filter(slug=draft.card["key"], shop_id=shop_id).first()
    if product is None:
        raise NotFound(_("No such product in this shop."), code="unknown_card")
    return product_card(product)


def order_card(order: Order) -> dict[str, Any]:
    lines = OrderLine.objects.filter(order=order).order_by("pk")
    return {
        "kind": "order",
        "number": order.number,
        "status": order.status,
        "placed_at": order.placed_at.isoformat(),
        "total_cents": order.total_cents,
        "currency": order.currency,
        "lines": [
            {
                "title": line.title,
                "quantity": line.quantity,
                "price_cents": line.price_cents,
                "terms": line.terms,
            }
            for line in lines
        ],
    }


def product_card(product: Product) -> dict[str, Any]:
    return {
        "kind": "product",
        "slug": product.slug,
        "title": product.title,
        "price_cents": product.price_cents,
        "currency": product.currency,
        "warranty": product.warranty,
        "image_key": product.image_key,
    }


def refusal_of(draft: Draft, *, shop_id: int, customer_id: int) -> DomainError | None:
    """Why these enclosures cannot be sent; None if they can."""
    if not draft.attachments and draft.card is None:
        return None
    try:
        uploads = uploads_for(draft)
        card_for(draft, shop_id=shop_id, customer_id=customer_id)
    except DomainError as refusal:
        return refusal
    if any(upload.state == Upload.State.INFECTED for upload in uploads):
        return Invalid(_("Malware was found in one of the files."), code="upload_infected")
    return None


def attach_all(message: Message, uploads: Sequence[Upload], setting: Setting) -> None:
    """Bind the files to the message. The other side sees them at once if the quick look finds nothing."""
    if not uploads:
        return
    is_clear = is_clear_at_a_glance(uploads, setting)
    for upload in uploads:
        attach(upload=upload, subject_kind=SUBJECT_KIND, subject_id=message.pk, is_looked_at=is_clear)
        upload.held = Upload.Held.NOT if is_clear else Upload.Held.CHECKING
