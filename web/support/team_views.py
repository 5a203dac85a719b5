"""Teams of the support desk: who works there with which skills, and which topics come to them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, NotFound
from tickets.models import Category, Team
from tickets.selectors import loads_of, teams_with_members
from tickets.services import teams
from web.support.team_forms import LANGUAGES, MemberForm, TeamForm
from web.support.views import lead, staff


@require_GET
def team_list(request: HttpRequest) -> HttpResponse:
    """Every team with its people, what they can do, and how much waits for them."""
    staff(request)
    return render(
        request,
        "support/teams.html",
        {"rows": teams_with_members(), "loads": loads_of(), "languages": dict(LANGUAGES)},
    )


def _team(code: str) -> Team:
    team = Team.objects.select_related("base").filter(code=code).first()
    if team is None:
        raise NotFound(_("No such team."))
    return team


def edit(request: HttpRequest, code: str = "") -> HttpResponse:
    by = lead(request)
    team = _team(code) if code else None
    form = TeamForm(request.POST or None, team=team, initial=_initial(team))
    if request.method == "POST" and form.is_valid():
        try:
            team = teams.save_team(by=by, team=team, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The team is kept."))
            return redirect("support:team", code=team.code)
    return _page(request, team, form, MemberForm())


def _initial(team: Team | None) -> dict[str, object]:
    if team is None:
        return {}
    topics = list(Category.objects.filter(team=team, is_active=True).values_list("pk", flat=True))
    return {"name": team.name, "languages": team.languages, "base": team.base_id, "topics": topics}


def _page(request: HttpRequest, team: Team | None, form: TeamForm, member_form: MemberForm) -> HttpResponse:
    members = team.memberships.select_related("user").order_by("user__display_name") if team else []
    return render(
        request,
        "support/team.html",
        {
            "team": team,
            "form": form,
            "member_form": member_form,
            "members": members,
            "languages": dict(LANGUAGES),
            "titles": {row.code: row.path for row in Category.objects.select_related("parent")},
        },
        status=400 if form.errors or member_form.errors else 200,
    )


@require_POST
def switch(request: HttpRequest, code: str) -> HttpResponse:
    team = _team(code)
    try:
        teams.switch_team(by=lead(request), team=team, is_active=request.POST.get("to") == "on")
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("support:team", code=team.code)


@require_POST
def set_member(request: HttpRequest, code: str) -> HttpResponse:
    """Add somebody, change their skills, or take them out."""
    by, team = lead(request), _team(code)
    if gone := request.POST.get("remove"):
        teams.remove_member(by=by, team=team, member_id=int(gone) if gone.isdigit() else 0)
        return redirect("support:team", code=team.code)
    form = MemberForm(request.POST)
    if form.is_valid():
        try:
            teams.set_member(by=by, team=team, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The skills are kept."))
            return redirect("support:team", code=team.code)
    return _page(request, team, TeamForm(team=team, initial=_initial(team)), form)
