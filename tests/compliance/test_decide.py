from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.models import AuditEntry
from audit.services import verify
from compliance.models import Case, Decision, PointsEntry, Proposal, Statement
from compliance.selectors.standing import active_points
from compliance.services.decisions import Verdict, answer_proposal, decide, record_automatic, undo
from compliance.services.review_queue import claim
from core.errors import Conflict, Forbidden, Invalid
from notifications.models import Notice
from tests.compliance.conftest import FACTS

pytestmark = pytest.mark.django_db

UPHOLD = Verdict("uphold", "clear", policy_code="contact_redirect", facts=FACTS)
DISMISS = Verdict("dismiss", "the carrier's public line")


def test_an_upheld_case_brings_points_a_statement_and_notices(
    shop, owner, manager, agent, reviewer, open_case, heard
):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    decision = decide(case_id=case.pk, reviewer=reviewer, verdict=UPHOLD).decision

    case.refresh_from_db()
    assert (case.status, case.decision, case.claimed_by) == ("upheld", decision, None)
    assert decision.points == 3
    assert decision.policy_version.policy.code == "contact_redirect"
    entry = PointsEntry.objects.get()
    assert entry.ends_at - entry.starts_at == timedelta(seconds=90 * 86_400)
    assert active_points(shop.pk, timezone.now()) == 3
    statement = Statement.objects.get()
    assert statement.reference.startswith("S-")
    assert statement.body["facts"] == FACTS
    told = Notice.objects.filter(kind="statement").values_list("user_id", flat=True)
    assert sorted(told) == sorted([owner.pk, manager.pk])  # not the agent
    about = {"subject_kind": "listing", "subject_id": case.subject_id}
    assert ("content_hidden", about | {"mode": "mask", "spans": [[11, 23]]}) in heard
    assert [fact["outcome"] for name, fact in heard if name == "case_settled"] == ["upheld"]


def test_every_decision_is_in_the_audit_trail(reviewer, open_case):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    decide(case_id=case.pk, reviewer=reviewer, verdict=UPHOLD)

    entry = AuditEntry.objects.get(action="case.upheld")
    assert (entry.actor_id, entry.actor_role, entry.reason) == (reviewer.pk, "reviewer", "clear")
    assert entry.changes["points"] == 3
    assert verify().ok


def test_a_dismissed_case_gives_the_words_back_and_costs_nothing(shop, reviewer, open_case, heard):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    decide(case_id=case.pk, reviewer=reviewer, verdict=DISMISS)

    case.refresh_from_db()
    assert case.status == "dismissed"
    assert ("content_restored", {"subject_kind": "listing", "subject_id": case.subject_id}) in heard
    assert not PointsEntry.objects.exists()
    assert not Statement.objects.exists()
    assert not Notice.objects.exists()


def test_a_case_must_be_claimed_first(reviewer, open_case):
    case = open_case()

    with pytest.raises(Conflict) as refusal:
        decide(case_id=case.pk, reviewer=reviewer, verdict=UPHOLD)

    assert refusal.value.code == "not_claimed"
    assert not Decision.objects.exists()


def test_a_case_that_somebody_else_holds_cannot_be_decided(reviewer, second_reviewer, open_case):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)

    with pytest.raises(Conflict) as refusal:
        decide(case_id=case.pk, reviewer=second_reviewer, verdict=UPHOLD)

    assert refusal.value.code == "claimed_by_other"


def test_the_later_of_two_decisions_is_refused_and_changes_nothing(
    reviewer, second_reviewer, open_case, shop
):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    Case.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))  # the first one's lease ran out
    claim(case_id=case.pk, reviewer=second_reviewer)
    decide(case_id=case.pk, reviewer=second_reviewer, verdict=UPHOLD)

    with pytest.raises(Conflict) as refusal:
        decide(case_id=case.pk, reviewer=reviewer, verdict=DISMISS)

    assert refusal.value.code == "already_decided"
    assert (Decision.objects.count(), active_points(shop.pk, timezone.now())) == (1, 3)


@pytest.mark.parametrize(
    "verdict,code",
    [
        (Verdict("uphold", "", policy_code="contact_redirect", facts=FACTS), "reason_missing"),
        (Verdict("uphold", "x", policy_code="contact_redirect", facts=" "), "facts_missing"),
        (Verdict("uphold", "x", policy_code="no_such_rule", facts=FACTS), "unknown_policy"),
        (
            Verdict("uphold", "x", policy_code="contact_redirect", facts=FACTS, points=30),
            "points_out_of_range",
        ),
        (Verdict("maybe", "x"), "unknown_verdict"),
    ],
)
def test_a_verdict_that_is_not_whole_is_refused(reviewer, open_case, verdict, code):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)

    with pytest.raises(Invalid) as refusal:
        decide(case_id=case.pk, reviewer=reviewer, verdict=verdict)

    assert refusal.value.code == code


def test_an_agent_of_the_shop_cannot_decide(agent, open_case):
    case = open_case()

    with pytest.raises(Forbidden):
        claim(case_id=case.pk, reviewer=agent)


def test_the_first_low_violation_brings_a_lesson_and_the_second_brings_points(shop, uphold):
    first = uphold("cancel_request")
    second = uphold("cancel_request")

    assert (first.is_lesson, first.points) == (True, 0)
    assert (second.is_lesson, second.points) == (False, 2)
    assert active_points(shop.pk, timezone.now()) == 2
    assert first.statement.body["effects"][0].startswith("A lesson instead of points")


def test_a_customers_violation_costs_the_shop_nothing(shop, owner, customer, uphold):
    decision = uphold("harassment", author_kind="customer", author_id=customer.pk)

    assert (decision.points, decision.is_against_shop) == (0, False)
    assert active_points(shop.pk, timezone.now()) == 0
    assert list(Notice.objects.values_list("user_id", flat=True)) == [customer.pk]
    assert decision.statement.body["addressee"] == {"kind": "person", "name": "Priya Raman"}


def test_a_graver_form_may_cost_more_within_the_rules_range(uphold):
    assert uphold("harassment", points=12).points == 12


def test_a_case_about_a_minor_needs_two_people(shop, second_reviewer, third_reviewer, open_case):
    case = open_case("minor_safety")
    claim(case_id=case.pk, reviewer=second_reviewer)
    verdict = Verdict("uphold", "clear", policy_code="minor_safety", facts=FACTS)
    outcome = decide(case_id=case.pk, reviewer=second_reviewer, verdict=verdict)

    case.refresh_from_db()
    assert (outcome.decision, case.status) == (None, "second_review")
    assert not PointsEntry.objects.exists()
    with pytest.raises(Forbidden) as refusal:
        claim(case_id=case.pk, reviewer=second_reviewer)
    assert refusal.value.code == "same_person"

    claim(case_id=case.pk, reviewer=third_reviewer)
    decision = answer_proposal(case_id=case.pk, reviewer=third_reviewer, agree=True).decision

    assert (decision.decided_by, decision.confirmed_by) == (second_reviewer, third_reviewer)
    assert decision.points == 48
    assert decision.statement.body["content"]["text"] is None  # never shown again


def test_a_second_person_who_disagrees_opens_the_case_again(second_reviewer, third_reviewer, open_case):
    case = open_case("minor_safety")
    claim(case_id=case.pk, reviewer=second_reviewer)
    decide(case_id=case.pk, reviewer=second_reviewer, verdict=DISMISS)
    claim(case_id=case.pk, reviewer=third_reviewer)
    answer_proposal(case_id=case.pk, reviewer=third_reviewer, agree=False, reason="look again")

    case.refresh_from_db()
    assert (case.status, case.is_escalated) == ("open", True)
    assert Proposal.objects.get().status == "refused"
    assert not Decision.objects.exists()


def test_a_plain_reviewer_does_not_reach_the_restricted_queue(reviewer, open_case):
    case = open_case("minor_safety")

    with pytest.raises(Forbidden) as refusal:
        claim(case_id=case.pk, reviewer=reviewer)
    assert refusal.value.code == "restricted"


def test_a_decision_can_be_undone_within_seconds(shop, owner, reviewer, open_case, heard):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    decision = decide(case_id=case.pk, reviewer=reviewer, verdict=UPHOLD).decision
    undo(decision_id=decision.pk, reviewer=reviewer)

    case.refresh_from_db()
    assert (case.status, case.claimed_by, case.decision) == ("open", reviewer, None)
    assert active_points(shop.pk, timezone.now()) == 0
    assert [n.mail_state for n in Notice.objects.all()] == ["cancelled"]
    # Masked again, as the automatic check had left it.
    assert [name for name, _ in heard if name.startswith("content")][-1] == "content_hidden"
    again = decide(case_id=case.pk, reviewer=reviewer, verdict=DISMISS).decision
    assert again.source == f"case:{case.pk}:3"


def test_it_is_too_late_to_undo_after_ten_seconds(reviewer, uphold):
    decision = uphold()

    with time_machine.travel(timezone.now() + timedelta(seconds=11)), pytest.raises(Conflict) as refusal:
        undo(decision_id=decision.pk, reviewer=reviewer)
    assert refusal.value.code == "too_late"


def test_an_automatic_decision_is_taken_once_per_source(shop, owner):
    first, second = (
        record_automatic(
            shop=shop,
            policy_code="low_response_rate",
            subject_kind="weekly_evaluation",
            subject_id=5,
            facts="4 of 10 chats were answered within 24 hours.",
            points=1,
            source="weekly-evaluation:5",
        )
        for _ in range(2)
    )

    assert first == second
    assert (first.points, first.is_automatic, first.is_lesson) == (1, True, False)
    assert active_points(shop.pk, timezone.now()) == 1
    assert Notice.objects.get().user == owner
    assert first.statement.dsa == {}


def test_the_database_refuses_to_change_decisions_points_and_statements(uphold):
    decision = uphold()

    for rows in (Decision.objects.filter(pk=decision.pk), PointsEntry.objects, Statement.objects):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(id=99)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all().delete()


@pytest.mark.django_db(transaction=True)
def test_many_hands_on_one_case_make_one_decision(shop, owner, open_case, reviewer):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    results = []

    def work():
        try:
            results.append(decide(case_id=case.pk, reviewer=reviewer, verdict=UPHOLD).decision.pk)
        except Conflict as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results.count("already_decided") == 5
    assert (Decision.objects.count(), PointsEntry.objects.count(), Statement.objects.count()) == (1, 1, 1)
    assert Notice.objects.count() == 1
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_many_cases_of_one_shop_decided_at_once_reach_each_milestone_once(shop, open_case, reviewer):
    cases = [open_case() for _ in range(8)]  # 8 × 3 points: 12 is reached by the fourth, 24 by the eighth
    for case in cases:
        claim(case_id=case.pk, reviewer=reviewer)

    def work(case):
        try:
            decide(case_id=case.pk, reviewer=reviewer, verdict=UPHOLD)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[case]) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    reached = [d.effects["milestone"]["points"] for d in Decision.objects.all() if d.effects["milestone"]]
    assert sorted(reached) == [12, 24]
    assert active_points(shop.pk, timezone.now()) == 24
    assert verify().ok
