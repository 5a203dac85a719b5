"""Uploads: what arrived, what it really is, and whether the malware scan has passed it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Upload(models.Model):
    """One stored file. Its bytes lie under a random name and are readable only when ``state`` is clean."""

    class Purpose(models.TextChoices):
        CHAT = "chat", "Chat"
        TICKET = "ticket", "Ticket"
        APPEAL = "appeal", "Appeal"
        REPORT = "report", "Report"
        SHOP = "shop", "Shop"

    class State(models.TextChoices):
        QUARANTINED = "quarantined", "Waiting for the malware scan"
        CLEAN = "clean", "Clean"
        INFECTED = "infected", "Malware found"
        FAILED = "failed", "Could not be scanned, needs a person"
        REMOVED = "removed", "Removed"

    class Held(models.TextChoices):
        """What the other side gets of an attached file. Its own side and the staff see it whole."""

        NOT = "", "Shown"
        CHECKING = "checking", "Not judged yet"
        MASKED = "masked", "Shown with places covered"
        WITHHELD = "withheld", "Not shown"

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="uploads"
    )
    # SHA-256 of a guest's token: whoever holds the token is the owner, and the token itself is not stored.
    guest_hash = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField(help_text="Bytes as stored.")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    storage_key = models.CharField(max_length=80, unique=True)
    sha256 = models.CharField(max_length=64, help_text="Of the bytes as stored.")
    sent_sha256 = models.CharField(max_length=64, help_text="Of the bytes as they arrived.")

    state = models.CharField(max_length=16, choices=State.choices, default=State.QUARANTINED)
    verdict = models.CharField(max_length=200, blank=True)
    scanned_by = models.CharField(max_length=60, blank=True)
    scan_attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)

    subject_kind = models.CharField(max_length=32, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    attached_at = models.DateTimeField(null=True, blank=True)
    reading = models.ForeignKey(
        "files.Reading", null=True, blank=True, on_delete=models.SET_NULL, related_name="uploads"
    )
    held = models.CharField(max_length=8, choices=Held.choices, default=Held.NOT, blank=True)
    masked_key = models.CharField(
        max_length=80, blank=True, help_text="Where the copy with covered places lies."
    )
    masked_boxes = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(guest_hash=""), name="upload_user_or_guest_not_both"
            ),
            models.CheckConstraint(
                condition=Q(attached_at__isnull=True) | ~Q(subject_kind=""),
                name="upload_attached_to_something",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="upload_subject"),
            models.Index(fields=["created_at"], name="upload_to_scan", condition=Q(state="quarantined")),
            models.Index(fields=["owner", "created_at"], name="upload_owner_time"),
            models.Index(fields=["guest_hash", "created_at"], name="upload_guest_time"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"

    @property
    def is_clean(self) -> bool:
        return self.state == self.State.CLEAN

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def is_video(self) -> bool:
        return self.content_type.startswith("video/")
