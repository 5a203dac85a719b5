"""Who has blocked whom, for reviewers: a shop that blocks many, or with odd reasons, shows here."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import REVIEWERS, SUPPORT, SignedInRequest, require_staff
from chat.models import Block
from shops.models import Shop

PAGE = 50


@login_required
@require_GET
def blocks(request: SignedInRequest) -> HttpResponse:
    """Newest first; ``?shop=slug`` for one shop."""
    require_staff(request.user, *REVIEWERS, *SUPPORT)
    slug = request.GET.get("shop", "")
    rows = Block.objects.select_related("shop", "customer", "made_by", "lifted_by").order_by(
        "-made_at", "-pk"
    )
    if slug:
        rows = rows.filter(shop__slug=slug)
    in_force = Q(blocks__side=Block.Side.SHOP, blocks__lifted_at=None)
    most = Shop.objects.annotate(blocking=Count("blocks", filter=in_force)).filter(blocking__gt=0)
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "most": most.order_by("-blocking", "name")[:10],
        "slug": slug,
        "query": f"&shop={slug}" if slug else "",
    }
    return render(request, "console/blocks.html", context)
