from typing import Any

from django.contrib import admin

from notifications.models import Notice


@admin.register(Notice)
class NoticeAdmin(admin.ModelAdmin):
    """For looking only: what was said to whom, and whether the mail has left."""

    list_display = [
        "kind",
        "subject_key",
        "user",
        "mail_state",
        "mail_attempts",
        "created_at",
        "mail_sent_at",
    ]
    list_filter = ["mail_state", "kind"]
    search_fields = ["subject_key", "user__email"]
    list_select_related = ["user"]

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
