"""Shops, who works in them, what they sell, and orders with the terms as they stood."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_time_zone
from shops.capabilities import Role


class Shop(models.Model):
    class Kind(models.TextChoices):
        US = "us", _("US seller")
        CROSS_BORDER = "cross_border", _("Cross-border seller")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.US)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    country = models.CharField(max_length=2, blank=True)
    description = models.TextField(blank=True, max_length=4000)
    logo_key = models.SlugField(max_length=40, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class ShopMember(models.Model):
    """A person acts for a shop. Every action carries the person, not just the shop."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shop_memberships"
    )
    role = models.CharField(max_length=12, choices=[(role.value, role.value.title()) for role in Role])
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "user"], name="member_once_per_shop")]
        indexes = [models.Index(fields=["user", "is_active"], name="member_by_user")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role}) at {self.shop}"


class Product(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="products")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True, max_length=8000)
    price_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default="USD")
    warranty = models.CharField(max_length=200, blank=True)
    image_key = models.SlugField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "slug"], name="product_slug_once_per_shop")]

    def __str__(self) -> str:
        return self.title


class Order(models.Model):
    class Status(models.TextChoices):
        PLACED = "placed", _("Placed")
        SHIPPED = "shipped", _("Shipped")
        DELIVERED = "delivered", _("Delivered")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(max_length=24, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="orders")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PLACED)
    placed_at = models.DateTimeField(default=timezone.now)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    # name, street, postcode, city, region, country; empty where nothing is shipped.
    ship_to = models.JSONField(default=dict, blank=True)
    shipping_cents = models.PositiveIntegerField(default=0)
    total_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default="USD")

    class Meta:
        indexes = [models.Index(fields=["customer", "-placed_at"], name="order_by_customer")]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One product of an order. Title, price and terms are copies: later edits change nothing here."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=160)
    quantity = models.PositiveIntegerField(default=1)
    price_cents = models.PositiveIntegerField()
    terms = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"
