"""What comes before and beside tickets: drafts, feedback, inbound e-mail, saved views."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TicketDraft(models.Model):
    """What a person has typed so far. Its token becomes the ticket's ``submit_ref``."""

    token = models.UUIDField(unique=True, default=uuid.uuid4)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    guest_hash = models.CharField(max_length=64, blank=True)
    shop = models.ForeignKey("shops.Shop", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey("tickets.Category", on_delete=models.CASCADE, related_name="+")
    data = models.JSONField(default=dict)
    articles_shown = models.JSONField(default=list)
    articles_read = models.JSONField(default=list)
    submitted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | ~Q(guest_hash=""), name="draft_has_an_owner"
            )
        ]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="draft_by_owner")]

    def __str__(self) -> str:
        return f"draft {self.token}"

    @property
    def token_text(self) -> str:
        return str(self.token)


class Feedback(models.Model):
    """An idea or a remark that asks for no answer. Never a ticket."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    about = models.CharField(max_length=20, blank=True)
    body = models.TextField(max_length=2000)
    page = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=12, default="en")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.body[:40]


class InboundMail(models.Model):
    """An e-mail that arrived, and what became of it. ``message_id`` makes delivery twice harmless."""

    class Outcome(models.TextChoices):
        ADDED = "added", _("Added to a ticket")
        CREATED = "created", _("Became a new ticket")
        AUTOMATIC = "automatic", _("An auto-responder, not read")
        LOOP = "loop", _("Our own mail, came back")
        UNKNOWN = "unknown", _("No such ticket")
        REFUSED = "refused", _("Not from the person who asked")
        EMPTY = "empty", _("Nothing in it")
        LIMITED = "limited", _("Too many from one sender")

    message_id = models.CharField(max_length=250, unique=True)
    sender = models.EmailField(blank=True)
    subject = models.CharField(max_length=250, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    ticket = models.ForeignKey(
        "tickets.Ticket", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["sender", "received_at"], name="inbound_by_sender")]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.outcome}"


class SavedView(models.Model):
    """An agent's own filter of the queue, under a name."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=300)
    is_shared = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name
