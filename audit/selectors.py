from django.db.models import QuerySet

from audit.models import AuditEntry


def entries_about(target_type: str, target_id: object) -> QuerySet[AuditEntry]:
    """Everything that was done to one thing, oldest first."""
    return AuditEntry.objects.filter(target_type=target_type, target_id=str(target_id)).order_by("number")


def latest_entries() -> QuerySet[AuditEntry]:
    """The whole trail, newest first."""
    return AuditEntry.objects.order_by("-number")
