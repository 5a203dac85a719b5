"""For looking only: whatever is decided goes through the console and its services."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from compliance.models import (
    Appeal,
    Case,
    Decision,
    EnforcementScheme,
    Finding,
    PointsEntry,
    Policy,
    PolicyVersion,
    Report,
    Restriction,
    Statement,
)


class LookingOnly(admin.ModelAdmin):
    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(LookingOnly):
    """Cases of the restricted queue stay in the console, where reading them is remembered."""

    list_display = ["reference", "policy_code", "severity", "status", "shop", "opened_at"]
    list_filter = ["status", "severity", "policy_code", "source"]
    search_fields = ["reference", "shop__name"]
    list_select_related = ["shop"]

    def get_queryset(self, request: Any) -> QuerySet[Case]:
        return super().get_queryset(request).filter(is_restricted=False)


@admin.register(Decision)
class DecisionAdmin(LookingOnly):
    list_display = ["source", "kind", "shop", "points", "decided_by", "confirmed_by", "decided_at"]
    list_filter = ["kind", "is_automatic"]
    search_fields = ["source", "shop__name"]
    list_select_related = ["shop", "decided_by", "confirmed_by"]

    def get_queryset(self, request: Any) -> QuerySet[Decision]:
        return super().get_queryset(request).exclude(case__is_restricted=True)


@admin.register(Appeal)
class AppealAdmin(LookingOnly):
    list_display = ["reference", "shop", "level", "status", "lodged_at", "decided_at"]
    list_filter = ["status", "level", "ground"]
    search_fields = ["reference", "shop__name"]
    list_select_related = ["shop"]


@admin.register(PointsEntry)
class PointsEntryAdmin(LookingOnly):
    list_display = ["shop", "points", "starts_at", "ends_at", "source"]
    search_fields = ["shop__name", "source"]
    list_select_related = ["shop"]


@admin.register(Restriction)
class RestrictionAdmin(LookingOnly):
    list_display = ["shop", "kind", "milestone", "status", "starts_at", "ends_at"]
    list_filter = ["kind", "status"]
    search_fields = ["shop__name"]
    list_select_related = ["shop"]


@admin.register(PolicyVersion)
class PolicyVersionAdmin(LookingOnly):
    list_display = ["policy", "number", "severity", "points", "points_max", "action", "effective_at"]
    list_filter = ["severity", "action"]
    list_select_related = ["policy"]


@admin.register(Statement)
class StatementAdmin(LookingOnly):
    list_display = ["reference", "decision", "created_at"]
    search_fields = ["reference"]

    def get_queryset(self, request: Any) -> QuerySet[Statement]:
        return super().get_queryset(request).exclude(decision__case__is_restricted=True)


for model in (EnforcementScheme, Policy, Report):
    admin.site.register(model, LookingOnly)


@admin.register(Finding)
class FindingAdmin(LookingOnly):
    list_display = ["policy_code", "detector", "rule", "confidence", "shop", "found_at"]
    list_filter = ["policy_code", "detector"]
    list_select_related = ["shop"]

    def get_queryset(self, request: Any) -> QuerySet[Finding]:
        return super().get_queryset(request).exclude(case__is_restricted=True)
