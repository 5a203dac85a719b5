"""Promises: how soon a ticket is answered, in which hours. Copied onto a ticket when its clock starts."""

from django.db import models


class SupportCalendar(models.Model):
    """When the support desk works: local times in one zone, holidays of a country, exceptions."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    time_zone = models.CharField(max_length=64)
    weekly = models.JSONField(help_text="Seven lists of [opens, closes] in local minutes, Monday first.")
    holidays_of = models.CharField(max_length=2, blank=True, help_text="Country, ISO 3166; empty: none.")
    exceptions = models.JSONField(default=dict, blank=True, help_text='{"2026-12-24": [[540, 780]]}')

    def __str__(self) -> str:
        return self.name


class SlaPolicy(models.Model):
    """Working minutes until the first answer and the solution, by priority. A new version is a new row."""

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    calendar = models.ForeignKey(SupportCalendar, on_delete=models.PROTECT, related_name="+")
    first_answer = models.JSONField(help_text="{priority: minutes}")
    solution = models.JSONField(help_text="{priority: minutes}")
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="sla_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(is_current=True), name="sla_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"
