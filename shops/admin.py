from django.contrib import admin

from shops.models import Order, OrderLine, Product, Shop, ShopMember


@admin.register(Shop)
class ShopAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "kind", "time_zone", "status"]
    search_fields = ["name", "slug"]


@admin.register(ShopMember)
class ShopMemberAdmin(admin.ModelAdmin):
    list_display = ["shop", "user", "role", "is_active"]
    list_filter = ["role", "is_active"]
    search_fields = ["shop__name", "user__email"]


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["title", "shop", "price_cents", "is_active"]
    search_fields = ["title", "shop__name"]


class OrderLineInline(admin.TabularInline):
    model = OrderLine
    extra = 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["number", "shop", "customer", "status", "placed_at"]
    search_fields = ["number", "customer__email"]
    inlines = [OrderLineInline]
