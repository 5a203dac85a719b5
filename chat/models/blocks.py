"""Who does not want to hear from whom, and why: open to both sides and to the platform."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

NOTE_CHARS = 500


class Block(models.Model):
    """One side closed the conversation of a customer and a shop. Never deleted; lifting fills ``lifted_at``.

    What it does stands in docs/decisions/0050-blocking.md: nobody writes, but a question that waits for its
    answer may still be answered, and its response clock goes on.
    """

    class Side(models.TextChoices):
        SHOP = "shop", "The shop blocked the customer"
        CUSTOMER = "customer", "The customer stopped the shop"

    class Reason(models.TextChoices):
        ABUSE = "abuse", _("Insults or threats")
        SPAM = "spam", _("Advertising or the same message again and again")
        FRAUD = "fraud", _("It looks like fraud")
        UNWANTED = "unwanted", _("Messages that were not asked for")
        OTHER = "other", _("Something else")

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="blocks")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks")
    side = models.CharField(max_length=8, choices=Side)
    reason = models.CharField(max_length=10, choices=Reason)
    note = models.CharField(max_length=NOTE_CHARS, blank=True)  # For the own side and the platform only.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "customer", "side"],
                condition=Q(lifted_at__isnull=True),
                name="chat_one_block_in_force_per_side",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} of shop {self.shop_id} and customer {self.customer_id}"


class Mute(models.Model):
    """One person wants no notices about one conversation. Messages go on as before."""

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="mutes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "user"], name="chat_mute_once"),
        ]

    def __str__(self) -> str:
        return f"conversation {self.conversation_id} muted by user {self.user_id}"
