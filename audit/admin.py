from typing import Any

from django.contrib import admin

from audit.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    """For looking only: entries are written by services and never changed."""

    list_display = ["number", "at", "action", "actor_id", "actor_role", "target_type", "target_label"]
    list_filter = ["action", "target_type"]
    search_fields = ["target_id", "target_label", "action"]

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
