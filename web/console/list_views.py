"""Lists for staff: findings, policies, closings that wait, and the audit trail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import REVIEWERS, SENIOR_REVIEWERS, SignedInRequest, require_staff
from accounts.models import StaffRole, User
from audit.selectors import latest_entries
from audit.services import verify
from compliance.access import visible_findings
from compliance.models import PolicyAcknowledgement, PolicyVersion, Restriction
from compliance.selectors.cases import detectors_seen, findings_list
from compliance.services import enforcement
from compliance.services.policies import current_scheme, sync_policies
from compliance.services.policy_changes import change_of, shops_without
from core.errors import DomainError
from web.console.explanations import plain_explanation
from web.rule_words import ACTIONS, rule_titles

PAGE = 50
POLICY_FIELDS = {
    "title": gettext_lazy("Title"),
    "clause": gettext_lazy("The rule"),
    "covers": gettext_lazy("What it covers"),
    "lesson": gettext_lazy("The lesson"),
    "severity": gettext_lazy("Severity"),
    "points": gettext_lazy("Points"),
    "points_max": gettext_lazy("Points at most"),
    "action": gettext_lazy("What happens by default"),
}
AUDITORS = (StaffRole.TS_LEAD, StaffRole.OPERATOR, StaffRole.POLICY_MANAGER)


@login_required
@require_GET
def findings(request: SignedInRequest) -> HttpResponse:
    """What the detectors found, newest first, each with the reason and the case it belongs to."""
    wanted = {name: request.GET.get(name, "") for name in ("policy", "shop", "detector")}
    rows = findings_list(visible_findings(request.user), **wanted)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.explanation = plain_explanation(row)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "wanted": wanted,
        "query": f"&{query.urlencode()}" if query else "",
        "policies": list(rule_titles().items()),
        "titles": rule_titles(),
        "detectors": detectors_seen(),
    }
    return render(request, "console/findings.html", context)


@login_required
@require_GET
def policies(request: SignedInRequest) -> HttpResponse:
    """The rules in force with their versions, points and default actions."""
    require_staff(request.user, *REVIEWERS)
    sync_policies()
    versions = PolicyVersion.objects.select_related("policy").order_by("policy__position", "-number")
    newest: dict[int, PolicyVersion] = {}
    for version in versions:
        newest.setdefault(version.policy_id, version)
    context = {"versions": list(newest.values()), "scheme": current_scheme(), "actions": ACTIONS}
    return render(request, "console/policies.html", context)


@login_required
@require_GET
def policy_readers(request: SignedInRequest, version_id: int) -> HttpResponse:
    """What one version changed, and which shops have not read it."""
    require_staff(request.user, *REVIEWERS)
    version = get_object_or_404(PolicyVersion.objects.select_related("policy"), pk=version_id)
    context = {
        "version": version,
        "change": change_of(version),
        "fields": POLICY_FIELDS,
        "unread": shops_without(version),
        "read": PolicyAcknowledgement.objects.filter(version=version).count(),
    }
    return render(request, "console/policy_readers.html", context)


@login_required
@require_GET
def closings(request: SignedInRequest) -> HttpResponse:
    """Restrictions without an end that wait for a second person."""
    require_staff(request.user, *REVIEWERS)
    rows = Restriction.objects.filter(status=Restriction.Status.PROPOSED)
    rows = rows.select_related("shop", "decision__policy_version").order_by("created_at")
    may_answer = bool(require_staff(request.user, *REVIEWERS) & set(SENIOR_REVIEWERS))
    return render(request, "console/closings.html", {"rows": rows, "may_answer": may_answer})


@login_required
@require_POST
def answer_closing(request: SignedInRequest, restriction_id: int) -> HttpResponse:
    require_staff(request.user, *REVIEWERS)
    agree = request.POST.get("act") == "agree"
    reason = request.POST.get("text", "")[:500]
    try:
        enforcement.confirm_closing(
            restriction_id=restriction_id, by=request.user, agree=agree, reason=reason
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Confirmed. The notice period runs.") if agree else _("Refused."))
    return redirect("console:closings")


@login_required
@require_GET
def audit(request: SignedInRequest) -> HttpResponse:
    """Who did what, newest first; with ``?verify=1`` the whole chain is checked."""
    require_staff(request.user, *AUDITORS)
    page = Paginator(latest_entries(), PAGE).get_page(request.GET.get("page"))
    verification = verify() if request.GET.get("verify") == "1" else None
    people = User.objects.filter(pk__in={entry.actor_id for entry in page if entry.actor_id})
    context = {
        "page": page,
        "verification": verification,
        "names": [(person.pk, str(person)) for person in people],
        "query": "",
    }
    return render(request, "console/audit.html", context)
