"""The operator's status page, the shops that are silent, and the runbook."""

import re

import nh3
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from markdown_it import MarkdownIt

from accounts.access import REVIEWERS, SUPPORT, SignedInRequest, require_staff
from accounts.models import StaffRole
from chat.models import ShopSilence
from chat.services.reachability import rules
from core.errors import NotFound
from web.ops.status_page import parts

RUNBOOK = settings.BASE_DIR / "docs" / "runbook.md"
PAGE = 50
_HEADING = re.compile(r"<h([23])>(.*?)</h\1>")


@never_cache
@login_required
@require_GET
def status(request: SignedInRequest) -> HttpResponse:
    """How each part of the installation is right now."""
    require_staff(request.user, StaffRole.OPERATOR)
    now = timezone.now()
    return render(request, "ops/status.html", {**parts(now), "now": now})


@login_required
@require_GET
def silent_shops(request: SignedInRequest) -> HttpResponse:
    """Shops that are open but silent, the newest spell first; ``?all=1`` shows ended ones too."""
    require_staff(request.user, StaffRole.OPERATOR, *REVIEWERS, *SUPPORT)
    shows_all = request.GET.get("all") == "1"
    rows = ShopSilence.objects.select_related("shop").order_by("ended_at", "-noticed_at", "-pk")
    if shows_all:
        rows = rows.order_by("-noticed_at", "-pk")
    else:
        rows = rows.filter(ended_at=None)
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "shows_all": shows_all,
        "rules": rules(),
        "notice_hours": rules().notice_after.total_seconds() / 3600,
        "escalate_hours": rules().escalate_after.total_seconds() / 3600,
        "query": "&all=1" if shows_all else "",
    }
    return render(request, "ops/silent_shops.html", context)


@login_required
@require_GET
def runbook(request: SignedInRequest) -> HttpResponse:
    """``docs/runbook.md`` as a page, so that the status page can lead to its sections."""
    require_staff(request.user, StaffRole.OPERATOR)
    try:
        text = RUNBOOK.read_text(encoding="utf-8")
    except OSError:
        raise NotFound(gettext("The runbook is not part of this installation.")) from None
    html = nh3.clean(MarkdownIt("commonmark").enable("table").render(text))
    html = _HEADING.sub(lambda found: _with_anchor(found[1], found[2]), html)
    html = html.replace("<h1>", '<h1 id="top">')
    return render(request, "ops/runbook.html", {"text": SafeString(html)})


def _with_anchor(level: str, words: str) -> str:
    return f'<h{level} id="{slugify(nh3.clean(words, tags=set()))}">{words}</h{level}>'


@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on pages that name no icon, the admin's for example."""
    return redirect(static("img/favicon.svg"))
