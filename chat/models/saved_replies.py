"""Texts that a shop's people use again and again."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

SHORTCUT_CHARS = 24
TITLE_CHARS = 60
REPLY_CHARS = 2_000


class SavedReply(models.Model):
    """One text under a shortcut such as ``/replace``; ``{customer}`` and the like are filled in on use."""

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="saved_replies")
    shortcut = models.CharField(
        max_length=SHORTCUT_CHARS,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", "Use small letters, digits and hyphens.")],
    )
    title = models.CharField(max_length=TITLE_CHARS)
    body = models.TextField(max_length=REPLY_CHARS)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "shortcut"], name="chat_saved_reply_shortcut_once"),
        ]

    def __str__(self) -> str:
        return f"/{self.shortcut} of {self.shop}"
