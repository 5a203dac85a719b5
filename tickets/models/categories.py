"""Teams, the category tree, answer templates and automation rules: data, kept in files."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Translated(models.Model):
    """Texts by language: ``{"es": {"title": …}}``; what is missing falls back to English in the columns."""

    translations = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    def translated(self, name: str) -> Any:
        """The translation in the active language, or None."""
        wanted = (get_language() or "en").lower()
        for language in (wanted, wanted.partition("-")[0]):
            if found := self.translations.get(language, {}).get(name):
                return found
        return None

    def text(self, name: str) -> str:
        return str(self.translated(name) or getattr(self, name))


class Team(Translated):
    """Who works on a kind of ticket. An empty language list means every language.

    With ``base`` it takes the tickets that team would get, in its own languages.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    languages = models.JSONField(default=list, blank=True)
    base = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="language_teams"
    )
    is_active = models.BooleanField(default=True)
    edited_at = models.DateTimeField(
        null=True, blank=True, help_text="Changed on the page: the file has no say any more."
    )
    members: "models.ManyToManyField" = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="TeamMember", related_name="support_teams"
    )

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.text("name")


class TeamMember(models.Model):
    """A support agent's place in a team and skills there.

    ``languages`` (empty: the team's) beside English, ``topics`` (codes of categories; empty: every one), and
    the highest ``tier`` of tickets that are theirs to take.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    languages = models.JSONField(default=list, blank=True)
    topics = models.JSONField(default=list, blank=True)
    tier = models.PositiveSmallIntegerField(default=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Category(Translated):
    """One place in the tree: what is asked for, who gets it, how soon it is promised."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question or problem")
        REPORT = "report", _("Report of a violation")
        SELLER_REPORT = "seller_report", _("A shop reports a customer")
        SELLER_APPEAL = "seller_appeal", _("A shop appeals a decision")
        FEEDBACK = "feedback", _("Feedback, no ticket")

    code = models.SlugField(max_length=60, unique=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=80)
    hint = models.CharField(max_length=200, blank=True)
    keywords = models.CharField(max_length=300, blank=True)
    icon = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.QUESTION)
    audiences = models.JSONField(default=list, help_text="Some of: customer, seller, guest.")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    team_edited_at = models.DateTimeField(
        null=True, blank=True, help_text="Given to a team on the page: the file has no say any more."
    )
    tier = models.PositiveSmallIntegerField(default=1)
    priority = models.CharField(max_length=8, default="normal")
    sla_code = models.SlugField(max_length=40, default="standard")
    fields = models.JSONField(default=list, help_text="[{key, required}], keys of the field library.")
    asks_device = models.BooleanField(default=False)
    articles = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = [Coalesce("parent__position", "position"), "parent_id", "position", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def label(self) -> str:
        return self.text("title")

    @property
    def prompt(self) -> str:
        return self.text("hint")

    @property
    def path(self) -> str:
        """Title with its parent's, as a reader sees it."""
        return f"{self.parent.label} · {self.label}" if self.parent else self.label


class FormField(Translated):
    """A question of the form, written once and used by many categories."""

    class Type(models.TextChoices):
        TEXT = "text", _("One line")
        LONG = "long", _("Several lines")
        CHOICE = "choice", _("One of several")
        ORDER = "order", _("One of the person's orders")
        LINK = "link", _("Address of a page")
        DATE = "date", _("Day")
        CHAT = "chat", _("A range of one chat")
        DECISION = "decision", _("A decision about the shop")

    key = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=80)
    hint = models.CharField(max_length=200, blank=True)
    example = models.CharField(max_length=120, blank=True)
    type = models.CharField(max_length=10, choices=Type.choices, default=Type.TEXT)
    choices = models.JSONField(default=list, blank=True, help_text="[[value, label], …]")

    def __str__(self) -> str:
        return self.key


class AnswerTemplate(models.Model):
    """A prepared answer; ``{{ name }}``-like placeholders are filled from the ticket."""

    code = models.SlugField(max_length=60)
    language = models.CharField(max_length=12, default="en")
    title = models.CharField(max_length=100)
    body = models.TextField(max_length=4000)
    category_codes = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "language"], name="answer_template_once")]

    def __str__(self) -> str:
        return self.title


class AutomationRule(models.Model):
    """When these conditions hold, these actions happen. Every run is remembered with the rule's version."""

    class Trigger(models.TextChoices):
        CREATED = "created", _("A ticket came in")
        ADDED = "added", _("The person added something")
        TICK = "tick", _("Every few minutes")

    code = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    conditions = models.JSONField(default=dict)
    actions = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    edited_at = models.DateTimeField(
        null=True, blank=True, help_text="Changed on the page: the file has no say any more."
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title
