"""How good the automatic check is, and old messages that a new ruleset looks at again."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import REVIEWERS, SignedInRequest, is_staff_as, require_staff
from accounts.models import StaffRole
from chat.models import Rescan, RescanChange
from chat.services import rescans
from compliance import taxonomy
from compliance.access import may_see_restricted
from compliance.models import Case
from compliance.selectors.detection import evaluation, languages_seen, observed
from compliance.services.screening import current_ruleset
from core.errors import DomainError
from web.rule_words import rule_titles

PERIODS = (30, 90, 365)
STARTERS = (StaffRole.POLICY_MANAGER, StaffRole.TS_LEAD)
PAGE = 50
JOBS = 20


@login_required
@require_GET
def figures(request: SignedInRequest) -> HttpResponse:
    """Measured on test files, and as reviewers saw it, by rule and language."""
    require_staff(request.user, *REVIEWERS)
    wanted = {name: request.GET.get(name, "") for name in ("policy", "lang", "rulesets")}
    days = _days(request)
    ruleset = current_ruleset()
    restricted = may_see_restricted(request.user)
    rows = observed(
        since=timezone.now() - timedelta(days=days),
        ruleset="" if wanted["rulesets"] == "all" else ruleset,
        lang=wanted["lang"],
        restricted=restricted,
    )
    measured = evaluation()
    categories = measured.categories if measured else []
    languages = measured.languages if measured else []
    if wanted["policy"]:
        rows = [row for row in rows if row.code == wanted["policy"]]
        categories = [row for row in categories if row.code == wanted["policy"]]
    if wanted["lang"]:
        languages = [row for row in languages if row.code == wanted["lang"]]
    titles = rule_titles()
    known = {row.code for row in measured.languages} if measured else set()
    context = {
        "measured": measured,
        "is_current": measured is not None and measured.ruleset == ruleset,
        "categories": [(titles.get(row.code, row.code), row) for row in categories],
        "languages": languages,
        "observed": [(titles.get(row.code, row.code), row) for row in rows],
        "asks_outside": any(row.second_asked for row in rows),
        "ruleset": ruleset,
        "wanted": wanted,
        "days": days,
        "periods": PERIODS,
        "policies": sorted(titles.items(), key=lambda pair: pair[1]),
        "language_choices": sorted(known | set(languages_seen())),
    }
    return render(request, "console/detection.html", context)


@login_required
@require_GET
def rescan_list(request: SignedInRequest) -> HttpResponse:
    """Jobs that scan old messages again, the newest first, with progress."""
    require_staff(request.user, *REVIEWERS)
    kinds = RescanChange.Kind
    jobs = Rescan.objects.select_related("requested_by").annotate(
        added=Count("changes", filter=Q(changes__kind=kinds.ADDED)),
        gone=Count("changes", filter=Q(changes__kind=kinds.GONE)),
    )
    jobs = jobs.order_by("-pk")[:JOBS]
    rows = [(job, rescans.progress_of(job)) for job in jobs]
    context = {
        "jobs": rows,
        "ruleset": current_ruleset(),
        "is_running": any(job.state in Rescan.OPEN_STATES for job, _progress in rows),
        "may_start": is_staff_as(request.user, *STARTERS),
    }
    return render(request, "console/rescans.html", context)


@login_required
@require_GET
def rescan(request: SignedInRequest, rescan_id: int) -> HttpResponse:
    """One job: how far it is, and message by message what the new ruleset sees differently."""
    require_staff(request.user, *REVIEWERS)
    job = get_object_or_404(Rescan.objects.select_related("requested_by"), pk=rescan_id)
    changes = job.changes.select_related("message__conversation__shop").order_by("-pk")
    if not may_see_restricted(request.user):
        hidden = [policy.code for policy in taxonomy.all_policies() if policy.restricted_queue]
        changes = changes.exclude(policy_code__in=hidden)
    wanted = {name: request.GET.get(name, "") for name in ("kind", "policy")}
    by_policy = _difference(changes)
    if wanted["kind"] in RescanChange.Kind.values:
        changes = changes.filter(kind=wanted["kind"])
    if wanted["policy"]:
        changes = changes.filter(policy_code=wanted["policy"])
    page = Paginator(changes, PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    titles = rule_titles()
    context = {
        "job": job,
        "progress": rescans.progress_of(job),
        "by_policy": [(titles.get(code, code), code, added, gone) for code, added, gone in by_policy],
        "page": page,
        "rows": [(change, titles.get(change.policy_code, change.policy_code)) for change in page],
        "cases": _cases_of(page.object_list),
        "wanted": wanted,
        "kinds": RescanChange.Kind.choices,
        "query": f"&{query.urlencode()}" if query else "",
    }
    return render(request, "console/rescan.html", context)


@login_required
@require_POST
def start_rescan(request: SignedInRequest) -> HttpResponse:
    """Scan the messages of the last days that the ruleset in force has not seen."""
    require_staff(request.user, *STARTERS)
    written = request.POST.get("days", "")
    days = int(written) if written.isascii() and written.isdigit() and len(written) < 6 else 0
    try:
        job = rescans.start(days=days, opens_cases=request.POST.get("compare") != "yes", by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("console:rescans")
    if not job.total:
        messages.success(request, _("The ruleset in force has seen all messages of that time already."))
    return redirect("console:rescan", rescan_id=job.pk)


def _days(request: HttpRequest) -> int:
    wanted = request.GET.get("days", "")
    return int(wanted) if wanted in {str(period) for period in PERIODS} else PERIODS[0]


def _difference(changes: Any) -> list[tuple[str, int, int]]:
    """(policy, found now, no longer found) of all changes."""
    kinds = RescanChange.Kind
    rows = (
        changes.order_by()
        .values("policy_code")
        .annotate(added=Count("pk", filter=Q(kind=kinds.ADDED)), gone=Count("pk", filter=Q(kind=kinds.GONE)))
    )
    return [(row["policy_code"], row["added"], row["gone"]) for row in rows.order_by("policy_code")]


def _cases_of(changes: Any) -> dict[int, str]:
    """Reference of the newest case of each message on the page."""
    ids = [change.message_id for change in changes]
    rows = Case.objects.filter(subject_kind="message", subject_id__in=ids).order_by("pk")
    return dict(rows.values_list("subject_id", "reference"))
