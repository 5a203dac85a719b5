"""Who works where and with which skills, changed on the page of the desk. Every change is audited."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import REVIEWERS, SUPPORT, is_staff_as
from accounts.models import User
from audit.services import record
from core.errors import Conflict, Invalid
from tickets.models import Category, Team, TeamMember, Ticket

TIERS = (1, 2)


@transaction.atomic
def save_team(
    *,
    by: User,
    name: str,
    languages: Sequence[str],
    base: Team | None,
    topics: Sequence[Category],
    team: Team | None = None,
    code: str = "",
) -> Team:
    """Make or change a team. ``topics`` are the categories whose tickets go to it from now on."""
    if base and team and base.pk == team.pk:
        raise Invalid(_("A team cannot stand in for itself."), code="team_base")
    if base and not languages:
        raise Invalid(_("Say in which languages it stands in."), code="team_languages")
    if team is None:
        if Team.objects.filter(code=code).exists():
            raise Conflict(_("There is a team with this short name."), code="team_code")
        team = Team(code=code)
    before = _plain(team) if team.pk else {}
    team.name, team.languages, team.base = name.strip()[:80], list(languages), base
    team.edited_at = timezone.now()
    team.save()
    _give_topics(team, topics)
    _audit("team.saved", team, by, {"before": before, "after": _plain(team)})
    return team


def _plain(team: Team) -> dict[str, object]:
    return {
        "name": team.name,
        "languages": team.languages,
        "base": team.base.code if team.base else "",
        "is_active": team.is_active,
        "topics": sorted(Category.objects.filter(team=team).values_list("code", flat=True)),
    }


def _give_topics(team: Team, topics: Sequence[Category]) -> None:
    """Tickets of these topics come here; those taken away go to the general team."""
    now, wanted = timezone.now(), {topic.pk for topic in topics}
    taken = Category.objects.filter(team=team).exclude(pk__in=wanted)
    taken.update(team=Team.objects.filter(code="general").first(), team_edited_at=now)
    Category.objects.filter(pk__in=wanted).exclude(team=team).update(team=team, team_edited_at=now)


@transaction.atomic
def switch_team(*, by: User, team: Team, is_active: bool) -> None:
    """Rest or wake a team. One with open tickets cannot rest: somebody would wait for nobody."""
    if not is_active:
        if team.code == "general":
            raise Conflict(_("Everything without another team goes here."), code="team_needed")
        waiting = Ticket.objects.filter(team=team, merged_into=None).exclude(state__in=["solved", "closed"])
        if count := waiting.count():
            raise Conflict(
                _("%(count)s open tickets wait here. Hand them over first.") % {"count": count},
                code="team_busy",
            )
    team.is_active, team.edited_at = is_active, timezone.now()
    team.save(update_fields=["is_active", "edited_at"])
    _audit("team.woken" if is_active else "team.rested", team, by)


@transaction.atomic
def set_member(
    *, by: User, team: Team, email: str, languages: Sequence[str], topics: Sequence[str], tier: int
) -> TeamMember:
    """Put somebody of the desk into a team, or change their skills there."""
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None or not is_staff_as(user, *SUPPORT, *REVIEWERS):
        raise Invalid(_("Nobody of the support desk has this address."), code="member_unknown")
    if tier not in TIERS:
        raise Invalid(_("There are two tiers."), code="member_tier")
    skills = {"languages": list(languages), "topics": list(topics), "tier": tier}
    member, _fresh = TeamMember.objects.update_or_create(team=team, user=user, defaults=skills)
    _audit("team.member_set", team, by, {"user": user.pk, **skills})
    return member


@transaction.atomic
def remove_member(*, by: User, team: Team, member_id: int) -> None:
    """Take somebody out of a team; their tickets stay with them until handed over."""
    member = TeamMember.objects.filter(team=team, pk=member_id).first()
    if member is None:
        return
    user_id = member.user_id
    member.delete()
    _audit("team.member_removed", team, by, {"user": user_id})


def _audit(action: str, team: Team, by: User, changes: Mapping[str, object] | None = None) -> None:
    record(
        action=action,
        actor=by,
        target_type="team",
        target_id=team.pk,
        target_label=team.code,
        changes=changes,
    )
