"""Messages and the numbered changes that viewers see."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q


class Message(models.Model):
    """One numbered message. The text is never edited; only its ``state`` moves.

    ``mask_spans`` are ``[start, end]`` pairs in code points of ``body``, half-open, ascending.
    """

    class AuthorKind(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        MEMBER = "member", "Shop member"
        AUTO = "auto", "Automatic reply"
        PLATFORM = "platform", "Platform agent"
        SYSTEM = "system", "System"

    class State(models.TextChoices):
        VISIBLE = "visible", "Visible"
        MASKED = "masked", "Masked"
        WITHHELD = "withheld", "Withheld"

    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    seq = models.PositiveIntegerField()
    change_no = models.PositiveIntegerField()  # The latest change that concerns this message.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    author_kind = models.CharField(max_length=10, choices=AuthorKind)
    body = models.TextField()
    client_ref = models.UUIDField(null=True, blank=True)
    body_hash = models.BinaryField(
        max_length=16
    )  # Of all that was sent under client_ref; outlives an erasure.
    state = models.CharField(max_length=10, choices=State, default=State.VISIBLE)
    mask_spans = models.JSONField(default=list, blank=True)
    reply_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    card = models.JSONField(null=True, blank=True)  # An order or product as it stood when it was sent.
    attachment_count = models.PositiveSmallIntegerField(default=0)
    is_imported = models.BooleanField(default=False)
    created_at = models.DateTimeField()  # The database's clock; of an import, the file's time.

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="chat_message_seq_once"),
            # Also for lines without an author. The reference comes first: it finds the row.
            models.UniqueConstraint(
                fields=["client_ref", "conversation", "author"],
                condition=Q(client_ref__isnull=False),
                nulls_distinct=False,
                name="chat_message_client_ref_once",
            ),
        ]
        indexes = [
            # For search: whole words and their beginnings, Chinese sign by sign (chat/selectors/search.py).
            GinIndex(Func(F("body"), function="chat_search_vector"), name="chat_message_search"),
        ]

    def __str__(self) -> str:
        return f"message {self.seq} of conversation {self.conversation_id}"

    @property
    def is_delivered(self) -> bool:
        """Whether the other side may see it at all; a masked message counts as delivered."""
        return self.state != self.State.WITHHELD


class Change(models.Model):
    """One numbered thing that viewers of a conversation must see. Never updated, never deleted."""

    class Kind(models.TextChoices):
        MESSAGE_CREATED = "message.created", "Message created"
        MESSAGE_MASKED = "message.masked", "Message masked"
        MESSAGE_WITHHELD = "message.withheld", "Message withheld"
        MESSAGE_RESTORED = "message.restored", "Message restored"
        STATUS_CHANGED = "conversation.status", "Status changed"
        HANDLED_CHANGED = "conversation.handled", "Handed over"
        ASSIGNED = "conversation.assigned", "Assigned"
        BLOCKED = "conversation.blocked", "Closed or opened by one side"

    pk = models.CompositePrimaryKey("conversation_id", "change_no")
    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.PROTECT, related_name="changes", db_index=False
    )
    change_no = models.PositiveIntegerField()
    kind = models.CharField(max_length=24, choices=Kind)
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"change {self.change_no} of conversation {self.conversation_id}"
