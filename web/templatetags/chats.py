"""Words about conversations and shop hours for templates."""

from django import template
from django.utils import timezone

from chat.selectors import InboxEntry
from shops.models import Shop
from web import chat_pages
from web.shop_hours import ShopHours, shop_hours

register = template.Library()


@register.filter
def state_words(entry: InboxEntry) -> str:
    return chat_pages.state_words(entry)


@register.simple_tag
def hours_of(shop: Shop) -> ShopHours:
    """``{% hours_of shop as hours %}``: for the line under a shop's name."""
    return shop_hours(shop, now=timezone.now())
