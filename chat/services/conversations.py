"""Opening a conversation, and how far each person has got in it."""

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat import selectors
from chat.access import Side
from chat.models import Conversation
from chat.services import announcements
from chat.services.blocks import blocked_by
from core.errors import Invalid
from shops.access import membership_of
from shops.models import Order, Product, Shop


@transaction.atomic
def open_conversation(
    *, customer: User, shop: Shop, order: Order | None = None, product: Product | None = None
) -> Conversation:
    """The one conversation of this customer with this shop; the card shows what it is about now."""
    if membership_of(customer, shop) is not None:
        raise Invalid(_("You work for this shop; a conversation needs two sides."), code="own_shop")
    if shop.status == Shop.Status.CLOSED:
        raise Invalid(_("This shop is closed."), code="shop_closed")
    conversation, created = Conversation.objects.get_or_create(
        customer=customer,
        shop=shop,
        external_id=None,
        defaults={"order": order, "product": product},
    )
    if created:
        # An earlier, imported conversation of the two may be closed.
        conversation.blocked_by = blocked_by(shop_id=shop.pk, customer_id=customer.pk)
        conversation.save(update_fields=["blocked_by"])
    elif order or product:
        conversation.order = order or conversation.order
        conversation.product = product or conversation.product
        conversation.save(update_fields=["order", "product"])
    return conversation


def move_receipt(
    *, conversation: Conversation, user: User, side: Side, delivered_seq: int = 0, read_seq: int = 0
) -> None:
    """This person has received or read up to here. Marks only move up; what was read was also delivered."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO chat_receipt AS r (conversation_id, user_id, delivered_seq, read_seq, updated_at)
            SELECT c.id, %(user)s, least(greatest(%(delivered)s, %(read)s), c.last_seq),
                   least(%(read)s, c.last_seq), now()
            FROM chat_conversation c WHERE c.id = %(conversation)s
            ON CONFLICT (conversation_id, user_id) DO UPDATE
            SET delivered_seq = greatest(r.delivered_seq, excluded.delivered_seq),
                read_seq = greatest(r.read_seq, excluded.read_seq), updated_at = now()
            WHERE r.delivered_seq < excluded.delivered_seq OR r.read_seq < excluded.read_seq
            RETURNING 1
            """,
            {
                "conversation": conversation.pk,
                "user": user.pk,
                "delivered": delivered_seq,
                "read": read_seq,
            },
        )
        if cursor.fetchone() and side != Side.STAFF:
            marks = selectors.marks_of_sides(conversation)[side]
            announcements.receipt_moved(conversation, side, marks)
