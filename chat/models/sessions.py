"""The ledger of sessions, kept with the messages, and what people marked in it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Session(models.Model):
    """One line of the ledger, computed by ``chat.response_clock`` from the conversation's facts.

    Rows are written by ``chat.services.sessions`` only and can be rebuilt at any time. The verdict is not
    stored: it follows from reason, deadline, answer and the time of looking.
    """

    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.CASCADE, related_name="sessions", db_index=False
    )
    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="+", db_index=False)
    first_seq = models.PositiveIntegerField()
    last_seq = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    clock_started_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_seq = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=24, blank=True)  # A chat.response_clock.Reason; empty: it counts.
    is_provisional = models.BooleanField(default=False)
    counted_at = ArrayField(models.DateTimeField(), default=list)  # Its counted customer messages.
    shop_wrote_before_at = models.DateTimeField(null=True)  # The last shop person's message before it.
    pack_code = models.CharField(max_length=40)
    pack_version = models.PositiveIntegerField()
    draft = models.JSONField(default=dict)  # A chat.response_clock.Draft, so that a message can be added.

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "first_seq"], name="chat_session_once"),
        ]
        indexes = [
            models.Index(fields=["shop", "clock_started_at"], name="chat_sessions_by_clock"),
            models.Index(fields=["shop", "opened_at"], name="chat_sessions_by_opening"),
            models.Index(
                fields=["shop", "deadline"],
                condition=Q(reason="", answered_at__isnull=True),
                name="chat_sessions_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.first_seq} of conversation {self.conversation_id}"


class SessionMark(models.Model):
    """What somebody did that the ledger must know besides the messages.

    Events (resolved, handed over, handed back, FAQ solved) stand after message ``seq``. A spam mark covers
    the customer's messages from ``seq`` on, up to ``to_seq`` where that is set. An exclusion covers the
    session that holds message ``seq``. Marks are never deleted; a lifted one no longer counts.
    """

    class Kind(models.TextChoices):
        RESOLVED = "resolved", "Resolved"
        HANDED_TO_PLATFORM = "handed_to_platform", "Handed to the platform"
        HANDED_BACK = "handed_back", "Handed back to the shop"
        FAQ_SOLVED = "faq_solved", "Solved by an FAQ reply"
        SPAM = "spam", "Spam"
        DISPUTE_UPHELD = "dispute_upheld", "Dispute upheld"
        CUSTOMER_ABUSE_UPHELD = "customer_abuse_upheld", "Abuse by the customer"

    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.CASCADE, related_name="session_marks"
    )
    kind = models.CharField(max_length=24, choices=Kind)
    seq = models.PositiveIntegerField()
    to_seq = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField()
    is_provisional = models.BooleanField(default=False)
    source = models.CharField(max_length=100, null=True, blank=True, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    # Whoever of the platform confirmed or rejected it, and when: a seller's spam mark waits for that.
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["at"],
                condition=Q(kind="spam", is_provisional=True, lifted_at__isnull=True),
                name="chat_spam_marks_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in conversation {self.conversation_id}"
