"""The fairness board, and the export for the DSA Transparency Database."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import REVIEWERS, SignedInRequest, require_staff
from accounts.models import StaffRole
from audit.services import record
from compliance.access import role_names
from compliance.models import Appeal
from compliance.selectors.fairness import board, statements_for_export
from web.rule_words import rule_titles

PERIODS = (30, 90, 365)
EXPORTERS = (StaffRole.POLICY_MANAGER, StaffRole.TS_LEAD)


@login_required
@require_GET
def fairness(request: SignedInRequest) -> HttpResponse:
    """How often we were right, how fast, and whether all shops are treated alike."""
    roles = require_staff(request.user, *REVIEWERS)
    wanted = request.GET.get("days", "")
    days = int(wanted) if wanted in {str(period) for period in PERIODS} else PERIODS[0]
    now = timezone.now()
    figures = board(since=now - timedelta(days=days), now=now, titles=rule_titles())
    context = {
        "board": figures,
        "days": days,
        "periods": PERIODS,
        "appeals": [(label, figures.appeals.get(status, 0)) for status, label in Appeal.Status.choices],
        "may_export": bool(roles & set(EXPORTERS)),
    }
    return render(request, "console/fairness.html", context)


@login_required
@require_POST
def export_statements(request: SignedInRequest) -> HttpResponse:
    """Up to 100 records as the DSA Transparency Database takes them; ``after`` goes on from the last id."""
    require_staff(request.user, *EXPORTERS)
    written = request.POST.get("after", "")
    after = int(written) if written.isascii() and written.isdigit() else 0
    rows = list(statements_for_export(after=after))
    last = rows[-1].pk if rows else after
    record(
        action="statements.exported",
        actor=request.user,
        actor_role=role_names(request.user),
        target_type="statement",
        target_id=f"{after}-{last}",
        changes={"statements": len(rows)},
    )
    response = JsonResponse({"statements": [row.dsa for row in rows], "last": last})
    response["Content-Disposition"] = f'attachment; filename="statements-{last}.json"'
    return response
