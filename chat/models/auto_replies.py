"""Texts that a shop sends by itself, the questions it answers by itself, and what was sent."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

TEXT_CHARS = 1_000
QUESTION_CHARS = 120
KEYWORD_CHARS = 60
MOST_KEYWORDS = 20


class AutoReply(models.Model):
    """One text of one type; without a language it is for everybody who has no text in their own.

    Switched off, or before ``enabled_from`` and from ``enabled_until`` on, it is not sent.
    """

    class Kind(models.TextChoices):
        GREETING = "greeting", "Greeting"
        AWAY = "away", "Away"
        HOLIDAY = "holiday", "Holiday"

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="auto_replies")
    kind = models.CharField(max_length=12, choices=Kind)
    language = models.CharField(max_length=12, blank=True)
    body = models.TextField(max_length=TEXT_CHARS)
    is_enabled = models.BooleanField(default=True)
    enabled_from = models.DateTimeField(null=True, blank=True)
    enabled_until = models.DateTimeField(null=True, blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "kind", "language"], name="chat_auto_reply_once_per_language"
            ),
            models.CheckConstraint(
                condition=Q(enabled_until__isnull=True)
                | Q(enabled_from__isnull=True)
                | Q(enabled_until__gt=F("enabled_from")),
                name="chat_auto_reply_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.shop} {self.language}".strip()


class FaqEntry(models.Model):
    """A question that the shop answers by itself: by one of its keywords, or by its button.

    While FAQ replies are switched on for the shop (``ShopSpan``); ``position`` orders buttons and matches.
    """

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="faq_entries")
    language = models.CharField(max_length=12, blank=True)
    question = models.CharField(max_length=QUESTION_CHARS)
    answer = models.TextField(max_length=TEXT_CHARS)
    keywords = ArrayField(models.CharField(max_length=KEYWORD_CHARS), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    has_button = models.BooleanField(default=True)
    is_enabled = models.BooleanField(default=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["shop", "position"], name="chat_faq_of_shop")]

    def __str__(self) -> str:
        return self.question


class AutoReplySent(models.Model):
    """One automatic message: at most one a type, and one a question, for each session.

    ``solved_at`` is when the customer said that an FAQ answer was all they needed; ``unsolved_at`` when they
    said it was not.
    """

    FAQ = "faq"

    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.CASCADE, related_name="auto_replies", db_index=False
    )
    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="+", db_index=False)
    session_seq = models.PositiveIntegerField()  # The session's first message.
    kind = models.CharField(max_length=12, choices=[*AutoReply.Kind.choices, (FAQ, "FAQ answer")])
    faq = models.ForeignKey(
        FaqEntry, on_delete=models.SET_NULL, null=True, blank=True, related_name="sent", db_index=True
    )
    answers_seq = models.PositiveIntegerField()  # The customer's message it followed.
    message_seq = models.PositiveIntegerField()
    sent_at = models.DateTimeField()
    solved_at = models.DateTimeField(null=True, blank=True)
    unsolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "session_seq", "kind"],
                condition=~Q(kind="faq"),
                name="chat_auto_reply_once_per_session",
            ),
            models.UniqueConstraint(
                fields=["conversation", "session_seq", "faq"],
                condition=Q(kind="faq"),
                name="chat_faq_answer_once_per_session",
            ),
        ]
        indexes = [models.Index(fields=["shop", "sent_at"], name="chat_auto_replies_sent")]

    def __str__(self) -> str:
        return f"{self.kind} in conversation {self.conversation_id}"


class AutoReplyMark(models.Model):
    """Up to which message a conversation has been looked at for automatic replies."""

    conversation = models.OneToOneField(
        "chat.Conversation", on_delete=models.CASCADE, primary_key=True, related_name="auto_reply_mark"
    )
    considered_seq = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"conversation {self.conversation_id} up to {self.considered_seq}"
