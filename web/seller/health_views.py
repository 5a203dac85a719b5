"""Shop Health: points, milestones, violations and their statements of reasons."""

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest
from chat.services import corrections
from compliance.access import get_violation
from compliance.selectors.health import Health, Violation, health_of, violation_of
from compliance.services.policies import current_scheme
from compliance.services.policy_changes import unread_versions
from core.errors import NotFound
from shops.access import get_shop, may
from shops.capabilities import Capability
from shops.models import Shop


@login_required
@require_GET
def health(request: SignedInRequest, slug: str) -> HttpResponse:
    """The overview, with the newest violation's statement beside it."""
    shop = get_shop(request.user, slug, Capability.READ_HEALTH)
    standing = health_of(shop, current_scheme(), now=timezone.now())
    chosen = standing.violations[0] if standing.violations else None
    return _page(request, shop, standing, chosen, view="overview")


@login_required
@require_GET
def violation(request: SignedInRequest, slug: str, decision_id: int) -> HttpResponse:
    """One violation with its statement of reasons, beside the overview."""
    shop = get_shop(request.user, slug, Capability.READ_HEALTH)
    decision = get_violation(request.user, slug, decision_id)
    now = timezone.now()
    standing = health_of(shop, current_scheme(), now=now)
    return _page(request, shop, standing, violation_of(decision, now=now), view="statement")


@login_required
@require_GET
def statement_json(request: SignedInRequest, slug: str, decision_id: int) -> HttpResponse:
    """The record for the DSA Transparency Database, as it was made with the statement."""
    decision = get_violation(request.user, slug, decision_id)
    record = decision.statement.dsa
    if not record:
        raise NotFound(_("This decision rests on no content, so there is no record for the database."))
    response = HttpResponse(
        json.dumps(record, ensure_ascii=False, indent=2), content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{decision.statement.reference}.json"'
    return response


@login_required
@require_GET
def statement_page(request: SignedInRequest, slug: str, decision_id: int) -> HttpResponse:
    """The statement alone, for keeping and printing."""
    decision = get_violation(request.user, slug, decision_id)
    shown = violation_of(decision, now=timezone.now())
    context = {"shop": decision.shop, "violation": shown, "statement": decision.statement}
    return render(request, "seller/health_statement.html", context)


def _page(
    request: SignedInRequest, shop: Shop, standing: Health, chosen: Violation | None, *, view: str
) -> HttpResponse:
    correction = corrections.correction_of(chosen.decision) if chosen else None
    context = {
        "correction": correction,
        "correction_text": corrections.suggested_text(correction) if correction else "",
        "may_correct": may(request.user, shop, Capability.REPLY_TO_CUSTOMERS),
        "shop": shop,
        "health": standing,
        "chosen": chosen,
        "statement": chosen.decision.statement if chosen else None,
        "view": view,
        "may_appeal": may(request.user, shop, Capability.LODGE_APPEAL),
        "unread_policies": len(unread_versions(shop)),
    }
    return render(request, "seller/health.html", context)
