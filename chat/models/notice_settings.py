"""How a person wants to hear of messages when away, and whether others see that they are there."""

from datetime import time

from django.conf import settings
from django.db import models


class NoticeSettings(models.Model):
    """One person's choices. Without a row the defaults below hold. Times are in the person's own zone."""

    class Mail(models.TextChoices):
        OFF = "off", "Off"
        INSTANT = "instant", "One e-mail per conversation, soon"
        DIGEST = "digest", "One e-mail for all conversations"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notice_settings"
    )
    browser = models.BooleanField(default=False)
    shows_text = models.BooleanField(default=False)  # The text of messages in notices; else names only.
    mail = models.CharField(max_length=8, choices=Mail, default=Mail.DIGEST)
    mail_after_min = models.PositiveSmallIntegerField(default=10)
    has_quiet_hours = models.BooleanField(default=True)
    quiet_from = models.TimeField(default=time(22, 0))
    quiet_to = models.TimeField(default=time(7, 0))
    is_invisible = models.BooleanField(default=False)  # Others do not see that this person is there.

    def __str__(self) -> str:
        return f"notice settings of user {self.user_id}"


class UnreadMail(models.Model):
    """Up to which message of a conversation a person was told by e-mail. The number only moves up."""

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seq = models.PositiveIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "conversation"], name="chat_unread_mail_once"),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} was told of message {self.seq} of conversation {self.conversation_id}"
