from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import StaffRole
from accounts.services import grant_staff_role
from audit.models import AuditEntry
from compliance.selectors.fairness import board, statements_for_export
from compliance.services import appeals
from compliance.services.decisions import Verdict, decide, record_automatic
from compliance.services.review_queue import claim
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TITLES = {"contact_redirect": "Contact", "fraud": "Fraud"}


@pytest.fixture
def policy_manager(db):
    user = UserFactory()
    grant_staff_role(user=user, role=StaffRole.POLICY_MANAGER)
    return user


def figures():
    now = timezone.now() + timedelta(seconds=1)
    return board(since=now - timedelta(days=30), now=now, titles=TITLES)


def test_the_board_counts_what_was_confirmed_dismissed_and_overturned(
    shop, owner, reviewer, second_reviewer, open_case, uphold
):
    for _ in range(4):
        uphold()
    fallen = uphold()
    dismissed = open_case()
    claim(case_id=dismissed.pk, reviewer=reviewer)
    decide(case_id=dismissed.pk, reviewer=reviewer, verdict=Verdict("dismiss", "public line"))
    appeal = appeals.lodge(decision_id=fallen.pk, user=owner, ground="facts", text="No.")
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.uphold(appeal_id=appeal.pk, reviewer=second_reviewer, answer="Yes.")

    found = figures()
    contact = found.policies[0]
    assert (contact.name, contact.found, contact.decided) == ("Contact", 6, 6)
    assert (contact.upheld, contact.overturned) == (5, 1)
    assert (contact.upheld_percent, contact.overturned_percent) == (83, 20)
    assert found.appeals == {"upheld": 1}
    assert [line.name for line in found.policies] == ["Contact"]


def test_no_rate_is_shown_for_a_handful_of_decisions(uphold):
    uphold()

    assert figures().policies[0].upheld_percent is None


def test_imported_history_is_left_out(reviewer, open_case):
    case = open_case(is_imported=True)
    claim(case_id=case.pk, reviewer=reviewer)
    decide(case_id=case.pk, reviewer=reviewer, verdict=Verdict("dismiss", "old"))

    assert figures().total.decided == 0


def test_the_export_holds_statements_about_content_only_and_goes_on_where_it_ended(shop, owner, uphold):
    first, second = uphold(), uphold()
    record_automatic(
        shop=shop,
        policy_code="low_response_rate",
        subject_kind="weekly_evaluation",
        subject_id=1,
        facts="4 of 10.",
        points=1,
        source="weekly-evaluation:1",
    )

    assert [row.decision for row in statements_for_export()] == [first, second]
    assert [row.decision for row in statements_for_export(after=first.statement.pk)] == [second]


def test_only_policy_managers_and_the_lead_export_and_each_export_is_remembered(
    client, reviewer, policy_manager, uphold
):
    decision = uphold()
    address = reverse("console:export_statements")
    client.force_login(reviewer)
    assert client.post(address).status_code == 403
    client.force_login(policy_manager)
    answer = client.post(address).json()

    assert [row["puid"] for row in answer["statements"]] == [decision.statement.reference]
    assert AuditEntry.objects.get(action="statements.exported").actor_id == policy_manager.pk


def test_the_page_shows_the_figures_to_reviewers_only(client, reviewer, stranger, uphold):
    uphold()
    client.force_login(reviewer)
    text = client.get(reverse("console:fairness"), {"days": "90"}).text
    assert "Contact outside the chat" in text
    client.force_login(stranger)
    assert client.get(reverse("console:fairness")).status_code == 403
