"""Tickets and their history. History is appended: a database trigger refuses to change or delete an event."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _


class Ticket(models.Model):
    class State(models.TextChoices):
        NEW = "new", _("New")
        OPEN = "open", _("Open")
        WAITING_CUSTOMER = "waiting_customer", _("Waiting for the person who asked")
        WAITING_SELLER = "waiting_seller", _("Waiting for the shop")
        ON_HOLD = "on_hold", _("On hold")
        SOLVED = "solved", _("Solved")
        CLOSED = "closed", _("Closed")

    class Side(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        SELLER = "seller", _("Shop")
        GUEST = "guest", _("Guest")

    class Priority(models.TextChoices):
        LOW = "low", _("Low")
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")
        URGENT = "urgent", _("Urgent")

    class Channel(models.TextChoices):
        WEB = "web", _("Help Center")
        APP = "app", _("In the app")
        CHAT = "chat", _("Chat")
        ORDER = "order", _("Order page")
        SELLER = "seller", _("Seller Center")
        EMAIL = "email", _("E-mail")
        API = "api", _("REST")

    class HandledBy(models.TextChoices):
        PLATFORM = "platform", _("Support desk")
        SHOP = "shop", _("The shop")

    number = models.CharField(max_length=16, unique=True)
    submit_ref = models.UUIDField(unique=True, help_text="Made by the form: sending again changes nothing.")
    side = models.CharField(max_length=8, choices=Side.choices)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.WEB)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets"
    )
    guest_email = models.EmailField(blank=True)
    guest_name = models.CharField(max_length=80, blank=True)
    guest_link_version = models.PositiveSmallIntegerField(default=1)
    shop = models.ForeignKey(
        "shops.Shop", null=True, blank=True, on_delete=models.PROTECT, related_name="tickets"
    )
    language = models.CharField(max_length=12, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")

    category = models.ForeignKey("tickets.Category", on_delete=models.PROTECT, related_name="tickets")
    subject = models.CharField(max_length=150)
    details = models.JSONField(default=dict, help_text="Answers to the category's questions, by key.")
    device = models.JSONField(default=dict, help_text="device, os, app: as shown to and kept by the person.")
    impact = models.CharField(max_length=12, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was sent, word for word.")
    order = models.ForeignKey(
        "shops.Order", null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets"
    )
    conversation = models.ForeignKey(
        "chat.Conversation", null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets"
    )
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followed_by"
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    appeal_number = models.CharField(max_length=24, blank=True)
    case_reference = models.CharField(max_length=24, blank=True)

    state = models.CharField(max_length=16, choices=State.choices, default=State.NEW)
    handled_by = models.CharField(max_length=8, choices=HandledBy.choices, default=HandledBy.PLATFORM)
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    team = models.ForeignKey("tickets.Team", null=True, on_delete=models.PROTECT, related_name="tickets")
    tier = models.PositiveSmallIntegerField(default=1)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    tags = models.JSONField(default=list, blank=True)

    sla = models.JSONField(default=dict, help_text="The promise as it stood when the clock started.")
    # A transfer keeps this: the ticket stays where it was in the line.
    queued_at = models.DateTimeField()
    answer_due_at = models.DateTimeField(null=True, blank=True)
    solve_due_at = models.DateTimeField(null=True, blank=True)
    paused_since = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField()
    auto_answered_at = models.DateTimeField(null=True, blank=True)
    first_answered_at = models.DateTimeField(null=True, blank=True)
    # Seconds of the ticket's own calendar without pauses, fixed when it happened: what figures add up.
    first_answer_working_s = models.PositiveIntegerField(null=True, blank=True)
    solve_working_s = models.PositiveIntegerField(null=True, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    solved_by = models.CharField(max_length=10, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened_count = models.PositiveSmallIntegerField(default=0)
    transfer_count = models.PositiveSmallIntegerField(default=0)
    last_event_no = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    search = SearchVectorField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(requester__isnull=False) | ~Q(guest_email=""),
                name="ticket_has_somebody_to_answer",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=models.F("pk")), name="ticket_not_merged_into_itself"
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="ticket_search"),
            GinIndex(OpClass(Upper("subject"), name="gin_trgm_ops"), name="ticket_subject_trgm"),
            models.Index(fields=["team", "state", "answer_due_at"], name="ticket_queue"),
            models.Index(fields=["requester", "-created_at"], name="ticket_by_requester"),
            models.Index(fields=["shop", "-created_at"], name="ticket_by_shop"),
            models.Index(fields=["created_at"], name="ticket_created"),
            models.Index(
                fields=["conversation"],
                name="ticket_open_of_chat",
                condition=~Q(state__in=["solved", "closed"]),
            ),
            models.Index(
                fields=["answer_due_at"],
                name="ticket_to_answer",
                condition=Q(first_answered_at=None, paused_since=None),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state not in {self.State.SOLVED, self.State.CLOSED}

    @property
    def is_paused(self) -> bool:
        return self.paused_since is not None

    @property
    def requester_name(self) -> str:
        return self.requester.display_name if self.requester else self.guest_name

    @property
    def requester_email(self) -> str:
        return self.requester.email if self.requester else self.guest_email


class TicketEvent(models.Model):
    """One thing that happened. ``is_public`` events are what the person who asked sees."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", _("Sent")
        ADDED = "added", _("Information added")
        REPLIED = "replied", _("Answer")
        ASKED = "asked", _("More information asked for")
        NOTED = "noted", _("Internal note")
        ROUTED = "routed", _("Given to a team")
        CLAIMED = "claimed", _("Taken on")
        RELEASED = "released", _("Put back")
        TRANSFERRED = "transferred", _("Handed to another team")
        PRIORITISED = "prioritised", _("Priority changed")
        TAGGED = "tagged", _("Marked")
        ESCALATED = "escalated", _("Escalated")
        BREACHED = "breached", _("Promise not kept")
        HELD = "held", _("Put on hold")
        RESUMED = "resumed", _("Taken off hold")
        SOLVED = "solved", _("Solved")
        REOPENED = "reopened", _("Opened again")
        CLOSED = "closed", _("Closed")
        RATED = "rated", _("Rated")
        MERGED = "merged", _("Merged")
        SPLIT = "split", _("Split")
        NUDGED = "nudged", _("Asked how far it is")
        LINKED = "linked", _("Linked")

    class Author(models.TextChoices):
        REQUESTER = "requester", _("The person who asked")
        AGENT = "agent", _("Support")
        SHOP = "shop", _("The shop")
        AUTOMATION = "automation", _("Automation")
        SYSTEM = "system", _("System")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="events")
    no = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    author_kind = models.CharField(max_length=10, choices=Author.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_public = models.BooleanField(default=True)
    body = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    via = models.CharField(max_length=8, blank=True)
    client_ref = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["ticket_id", "no"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "no"], name="ticket_event_no_once"),
            models.UniqueConstraint(fields=["ticket", "client_ref"], name="ticket_event_ref_once"),
        ]
        indexes = [models.Index(fields=["kind", "created_at"], name="ticket_event_kind_time")]

    def __str__(self) -> str:
        return f"{self.ticket_id}.{self.no} {self.kind}"


class HiddenEvent(models.Model):
    """An event whose text compliance has hidden. The event itself stays as it was written."""

    event = models.OneToOneField(TicketEvent, on_delete=models.CASCADE, related_name="hidden")
    hidden_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.event} hidden"


class Pause(models.Model):
    """A span in which the clock of a ticket stood still: the desk waited for somebody else."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=16)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(ended_at=None), name="ticket_one_running_pause"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.reason}"


class GuestPass(models.Model):
    """A browser that came by the signed link. Kept as the hash of its guest cookie."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="guest_passes")
    guest_hash = models.CharField(max_length=64)
    link_version = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "guest_hash"], name="guest_pass_once")]

    def __str__(self) -> str:
        return f"pass for {self.ticket_id}"


class Rating(models.Model):
    """Satisfaction with a solved ticket, by the person who asked; changed by rating again."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="rating")
    score = models.PositiveSmallIntegerField(help_text="1 (bad) to 5 (good)")
    reason = models.CharField(max_length=20, blank=True)
    comment = models.TextField(blank=True, max_length=1000)
    rated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rating_one_to_five")
        ]

    def __str__(self) -> str:
        return f"{self.score} for {self.ticket_id}"


class RuleRun(models.Model):
    """An automation rule acted on a ticket. Once per rule and ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="rule_runs")
    rule_code = models.SlugField(max_length=60)
    rule_version = models.PositiveIntegerField()
    ran_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "rule_code"], name="rule_once_per_ticket")]

    def __str__(self) -> str:
        return f"{self.rule_code} on {self.ticket_id}"
