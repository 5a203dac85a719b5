"""Who may reach which case, decision and appeal."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.access import REVIEWERS, SENIOR_REVIEWERS, is_staff_as, require_staff, staff_roles
from accounts.models import User
from compliance.models import Appeal, Case, Decision, Finding, Statement
from core.errors import Forbidden, NotFound
from shops.access import get_shop, may
from shops.capabilities import Capability
from shops.models import Shop

Person = User | AnonymousUser


def role_names(user: Person) -> str:
    """The person's platform roles as the audit trail keeps them."""
    return ", ".join(sorted(staff_roles(user)))


def may_see_restricted(user: Person) -> bool:
    """Cases about the safety of minors are for senior reviewers and the lead only."""
    return bool(staff_roles(user) & set(SENIOR_REVIEWERS))


def visible_cases(user: Person) -> QuerySet[Case]:
    """The cases that this reviewer may open; ``Forbidden`` for everybody who is no reviewer."""
    require_staff(user, *REVIEWERS)
    cases = Case.objects.select_related("shop", "claimed_by")
    return cases if may_see_restricted(user) else cases.filter(is_restricted=False)


def get_case(user: Person, reference: str) -> Case:
    """The case of this number. A part is reached through the case that it belongs to."""
    whole = Case.objects.filter(reference=reference).values("part_of")
    try:
        return visible_cases(user).get(Q(reference=reference) | Q(pk__in=whole), part_of=None)
    except Case.DoesNotExist:
        raise NotFound(_("No such case.")) from None


def require_case_access(user: Person, case: Case) -> None:
    """``Forbidden`` unless this person may work on this case."""
    require_staff(user, *REVIEWERS)
    if case.is_restricted and not may_see_restricted(user):
        raise Forbidden(_("This case is in the restricted queue."), code="restricted")


def visible_findings(user: Person) -> QuerySet[Finding]:
    require_staff(user, *REVIEWERS)
    findings = Finding.objects.select_related("shop", "case")
    return findings if may_see_restricted(user) else findings.exclude(case__is_restricted=True)


def visible_appeals(user: Person) -> QuerySet[Appeal]:
    """The appeals that this reviewer may read; who may decide one is asked when it is claimed."""
    require_staff(user, *REVIEWERS)
    appeals = Appeal.objects.select_related(
        "shop", "claimed_by", "decision__policy_version", "decision__case"
    )
    return appeals if may_see_restricted(user) else appeals.exclude(decision__case__is_restricted=True)


def get_staff_appeal(user: Person, reference: str) -> Appeal:
    try:
        return visible_appeals(user).get(reference=reference)
    except Appeal.DoesNotExist:
        raise NotFound(_("No such appeal.")) from None


def violations_of(shop: Shop) -> QuerySet[Decision]:
    """Decisions against a shop, newest first. The caller has checked the person's right to the shop."""
    return (
        Decision.objects.filter(shop=shop, kind=Decision.Kind.UPHOLD, is_against_shop=True)
        .select_related("policy_version", "statement", "reversed_by", "case", "scheme")
        .prefetch_related("appeals", "points_entries", "restrictions")
        .order_by("-decided_at", "-pk")
    )


def get_own_statement(user: Person, reference: str) -> Statement:
    """The statement about a message that this person wrote for themselves, not for a shop."""
    rows = Statement.objects.select_related("decision__reversed_by")
    own = rows.filter(reference=reference, decision__is_against_shop=False)
    statement = own.filter(decision__author_id=user.pk).first() if user.is_authenticated else None
    if statement is None:
        raise NotFound(_("No such statement."))
    return statement


def get_violation(user: Person, slug: str, decision_id: int) -> Decision:
    """A decision against a shop whose health this person may read."""
    shop = get_shop(user, slug, Capability.READ_HEALTH)
    try:
        return violations_of(shop).get(pk=decision_id)
    except Decision.DoesNotExist:
        raise NotFound(_("No such violation.")) from None


def may_read_appeal_file(user: Person | None, appeal_id: str, guest: str) -> bool:
    """Files of an appeal are read by the shop's owners and managers and by reviewers who may see the case."""
    appeal = Appeal.objects.select_related("shop", "decision__case").filter(pk=appeal_id).first()
    if appeal is None or user is None or not user.is_authenticated:
        return False
    if may(user, appeal.shop, Capability.LODGE_APPEAL):
        return True
    case = appeal.decision.case
    restricted = case is not None and case.is_restricted
    return is_staff_as(user, *(SENIOR_REVIEWERS if restricted else REVIEWERS))


def get_shop_appeal(user: Person, slug: str, reference: str) -> Appeal:
    shop = get_shop(user, slug, Capability.READ_HEALTH)
    appeals = Appeal.objects.select_related("decision__policy_version", "decision__statement", "shop")
    try:
        return appeals.get(shop=shop, reference=reference)
    except Appeal.DoesNotExist:
        raise NotFound(_("No such appeal.")) from None
