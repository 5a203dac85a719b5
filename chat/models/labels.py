"""Labels that a shop's people put on conversations. Nobody outside the shop sees them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

LABEL_CHARS = 32


class Label(models.Model):
    """One label of a shop. Names differ in more than case."""

    class Colour(models.TextChoices):
        GREY = "grey", _("Grey")
        BLUE = "blue", _("Blue")
        GREEN = "green", _("Green")
        AMBER = "amber", _("Amber")
        RED = "red", _("Red")
        VIOLET = "violet", _("Violet")

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=LABEL_CHARS)
    colour = models.CharField(max_length=8, choices=Colour, default=Colour.GREY)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("shop", Lower("name"), name="chat_label_name_once_per_shop"),
        ]

    def __str__(self) -> str:
        return self.name


class ConversationLabel(models.Model):
    """A label on a conversation, once."""

    pk = models.CompositePrimaryKey("conversation_id", "label_id")
    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.CASCADE, related_name="conversation_labels", db_index=False
    )
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+")
    put_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    put_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"label {self.label_id} on conversation {self.conversation_id}"
