"""A small shop front: it shows how a marketplace puts the chat beside its products and orders."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from accounts.access import REVIEWERS, SUPPORT, SignedInRequest, staff_roles
from accounts.models import StaffMembership, StaffRole, User
from compliance.selectors.held_texts import reasons_for_gaps
from compliance.services.standing_texts import PRODUCT, SHOP
from shops.access import get_order, shops_where, visible_orders
from shops.capabilities import Capability
from shops.models import Product, Shop
from shops.selectors import open_shops, products_of
from web.chat_pages import optional_url

PRODUCTS_PER_SHELF = 4


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Shops and some of their products; above them, the places this login can go to."""
    shelves = [{"shop": shop, "products": products_of(shop)[:PRODUCTS_PER_SHELF]} for shop in open_shops()]
    return render(request, "storefront/home.html", {"shelves": shelves, "places": staff_places(request)})


def staff_places(request: HttpRequest) -> dict[str, bool]:
    """Which staff areas to offer; the areas check for themselves who may enter."""
    roles = staff_roles(request.user)
    return {
        "console": bool(roles & set(REVIEWERS)),
        "support": bool(roles & set(SUPPORT)),
        "operator": StaffRole.OPERATOR in roles,
    }


@login_required
@require_GET
def landing(request: SignedInRequest) -> HttpResponse:
    """Where people go after logging in: to their work, or to the shops."""
    places = staff_places(request)
    if _is_operator_first(request.user) and (status := optional_url("ops:status")):
        return redirect(status)
    if places["console"]:
        return redirect("console:cases")
    if places["support"] and (queue := optional_url("support:queue")):
        return redirect(queue)
    if places["operator"] and (status := optional_url("ops:status")):
        return redirect(status)
    if shop := shops_where(request.user, Capability.READ_MESSAGES).first():
        return redirect("seller:messages", slug=shop.slug)
    return redirect("storefront:home")


def _is_operator_first(user: User) -> bool:
    """Whether the role of operator was given to this person and no other; a superuser may do everything."""
    held = set(StaffMembership.objects.filter(user_id=user.pk).values_list("role", flat=True))
    return held == {StaffRole.OPERATOR}


@require_GET
def shop_page(request: HttpRequest, slug: str) -> HttpResponse:
    shop = get_object_or_404(Shop, slug=slug, status=Shop.Status.OPEN)
    context = {"shop": shop, "products": products_of(shop), "gaps": reasons_for_gaps(SHOP, shop.pk)}
    return render(request, "storefront/shop.html", context)


@require_GET
def product_page(request: HttpRequest, slug: str, product_slug: str) -> HttpResponse:
    product = get_object_or_404(
        Product.objects.select_related("shop"),
        shop__slug=slug,
        shop__status=Shop.Status.OPEN,
        slug=product_slug,
        is_active=True,
    )
    others = products_of(product.shop).exclude(pk=product.pk)[:PRODUCTS_PER_SHELF]
    context = {
        "shop": product.shop,
        "product": product,
        "others": others,
        "gaps": reasons_for_gaps(PRODUCT, product.pk),
    }
    return render(request, "storefront/product.html", context)


@login_required
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    rows = visible_orders(request.user).prefetch_related("lines__product")
    return render(request, "storefront/orders.html", {"orders": rows})


@login_required
@require_GET
def order_page(request: HttpRequest, number: str) -> HttpResponse:
    order = get_order(request.user, number)
    lines = order.lines.select_related("product")
    return render(request, "storefront/order.html", {"order": order, "lines": lines, "shop": order.shop})
