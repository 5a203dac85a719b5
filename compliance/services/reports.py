"""A person says that something breaks the rules."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from compliance import taxonomy
from compliance.models import Case, CaseEvent, Report
from compliance.services.cases import Subject, add_event, audit_case, open_case, raise_severity
from core.errors import Invalid, RateLimited

REPORTS_A_DAY = 30  # per person; more is a campaign, not a report


@transaction.atomic
def report(*, subject: Subject, reporter: User, policy_code: str, text: str = "") -> Report:
    """Open the subject's case, or join the open one. The same person's second report of it changes nothing.

    The caller has checked that the reporter may see the content.
    """
    if policy_code not in taxonomy.policies_by_code():
        raise Invalid(_("There is no such rule."), code="unknown_policy")
    if earlier := _earlier(subject, reporter):
        return earlier
    since = timezone.now() - timedelta(days=1)
    if Report.objects.filter(reporter=reporter, created_at__gt=since).count() >= REPORTS_A_DAY:
        raise RateLimited(_("You have sent many reports today. Please go on tomorrow."), retry_after=86_400)
    case = open_case(
        subject=subject, policy_code=policy_code, source=Case.Source.REPORT, evidence={}, actor=reporter
    )
    raise_severity(case, policy_code)
    row, is_new = Report.objects.get_or_create(
        case=case, reporter=reporter, defaults={"policy_code": policy_code, "text": text.strip()}
    )
    if is_new:
        add_event(case, CaseEvent.Kind.REPORTED, actor=reporter, text=text.strip())
        audit_case(case, "reported", actor=reporter, changes={"policy": policy_code})
    return row


@transaction.atomic
def report_by_ticket(*, subject: Subject, policy_code: str, text: str, reporter: User | None) -> Case:
    """Open a case for a report that came as a ticket, also from somebody without an account (DSA, 16).

    The ticket is the reporter's receipt and brings them the outcome, so no ``Report`` row is kept here.
    """
    if policy_code not in taxonomy.policies_by_code():
        raise Invalid(_("There is no such rule."), code="unknown_policy")
    case = open_case(
        subject=subject, policy_code=policy_code, source=Case.Source.REPORT, evidence={}, actor=reporter
    )
    raise_severity(case, policy_code)
    add_event(case, CaseEvent.Kind.REPORTED, actor=reporter, text=text.strip()[:2000])
    changes = {"policy": policy_code, "ticket": subject.id, "has_account": reporter is not None}
    audit_case(case, "reported", actor=reporter, changes=changes)
    return case


def _earlier(subject: Subject, reporter: User) -> Report | None:
    """What this person already said about this content: nobody has it reviewed again and again."""
    rows = Report.objects.filter(
        reporter=reporter, case__subject_kind=subject.kind, case__subject_id=subject.id
    )
    return rows.order_by("pk").first()
