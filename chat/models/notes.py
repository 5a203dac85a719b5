"""Private notes: what a shop's people write to each other in a conversation. Customers never see them."""

from django.conf import settings
from django.db import models

NOTE_CHARS = 4_000


class Note(models.Model):
    """One private entry of the thread, standing after message ``after_seq``.

    No message: it has no number that customers could miss, moves no clock and is not in exports. A note that
    came with a transfer names whom the conversation went ``to``.
    """

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    body = models.TextField(max_length=NOTE_CHARS)
    after_seq = models.PositiveIntegerField()
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"note {self.pk} in conversation {self.conversation_id}"
