from django.contrib import admin

from accounts.models import StaffMembership, User


class StaffMembershipInline(admin.TabularInline):
    model = StaffMembership
    extra = 0


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "display_name", "is_active", "is_staff", "created_at"]
    search_fields = ["email", "display_name"]
    list_filter = ["is_active", "is_staff"]
    readonly_fields = ["password", "last_login", "created_at"]
    exclude = ["user_permissions", "groups"]
    inlines = [StaffMembershipInline]
