"""Conversations, and how far each person has got in them."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

# Running clocks by deadline, then the newest message first.
_DESK_ORDER = (F("due_at"), F("last_message_at").desc(nulls_last=True), F("id").desc())
_OPEN = Q(status="open", last_seq__gt=0)


class Conversation(models.Model):
    """One customer and one shop, for life.

    The row carries the two gapless counters (``last_seq``, ``change_no``); whoever holds its row lock hands
    out the next number, so numbers have no holes and lie in commit order.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        RESOLVED = "resolved", "Resolved"
        SPAM = "spam", "Spam"

    class HandledBy(models.TextChoices):
        SHOP = "shop", "Shop"
        PLATFORM = "platform", "Platform"

    class Origin(models.TextChoices):
        LIVE = "live", "Written here"
        IMPORT = "import", "Imported"
        REPLAY = "replay", "Replayed"

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conversations"
    )
    shop = models.ForeignKey("shops.Shop", on_delete=models.PROTECT, related_name="conversations")
    external_id = models.CharField(max_length=200, null=True, blank=True)  # The id of an imported chat.
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.LIVE)
    order = models.ForeignKey(
        "shops.Order", on_delete=models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    product = models.ForeignKey(
        "shops.Product", on_delete=models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    handled_by = models.CharField(max_length=10, choices=HandledBy, default=HandledBy.SHOP)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_conversations",
    )
    # Which side closed it ("shop", "customer", "both"); empty: open. Follows the blocks in force.
    blocked_by = models.CharField(max_length=8, blank=True, default="", db_default="")
    last_seq = models.PositiveIntegerField(default=0)
    change_no = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now_add=True)  # Of the latest change: what `sync` reads on from.
    last_message_at = models.DateTimeField(null=True, blank=True)  # Of the latest delivered message.
    last_preview = models.CharField(max_length=140, blank=True)  # Of the latest delivered message, masked.
    waiting_since = models.DateTimeField(null=True, blank=True)  # Oldest customer message without an answer.
    due_at = models.DateTimeField(null=True, blank=True)  # Deadline of the running response clock.
    # What only the shop's people see: out of their sight until then, and "no answer needed" up to a message.
    snoozed_until = models.DateTimeField(null=True, blank=True)
    no_answer_seq = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "shop"],
                condition=Q(external_id__isnull=True),
                name="chat_one_conversation_per_customer_and_shop",
            ),
            models.UniqueConstraint(fields=["shop", "external_id"], name="chat_external_id_once_per_shop"),
        ]
        indexes = [
            models.Index(F("shop"), F("last_message_at").desc(nulls_last=True), name="chat_inbox_newest"),
            models.Index(fields=["shop", "changed_at"], name="chat_inbox_changed"),
            # A view of the desk is one stretch of one of these, in the order in which it is shown.
            models.Index(
                F("shop"), *_DESK_ORDER, condition=_OPEN & Q(snoozed_until=None), name="chat_desk_all"
            ),
            models.Index(
                F("shop"),
                F("assigned_to"),
                *_DESK_ORDER,
                condition=_OPEN & Q(snoozed_until=None),
                name="chat_desk_assigned",
            ),
            models.Index(
                F("shop"),
                *_DESK_ORDER,
                condition=_OPEN & Q(snoozed_until__isnull=False),
                name="chat_desk_snoozed",
            ),
            models.Index(
                F("shop"), F("status"), *_DESK_ORDER, condition=~Q(status="open"), name="chat_desk_ended"
            ),
            models.Index(
                fields=["shop", "snoozed_until"],
                condition=Q(snoozed_until__isnull=False),
                name="chat_desk_wakes",
            ),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Receipt(models.Model):
    """How far one person has got in one conversation. Both numbers only move up."""

    pk = models.CompositePrimaryKey("conversation_id", "user_id")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="receipts", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    delivered_seq = models.PositiveIntegerField(default=0)
    read_seq = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"receipt of user {self.user_id} in conversation {self.conversation_id}"


class StreamEpoch(models.Model):
    """One row. A new value tells every client that its numbers no longer count (a restore from a backup)."""

    value = models.UUIDField(default=uuid4)
    started_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.value)
