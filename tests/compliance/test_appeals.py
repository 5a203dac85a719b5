from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from audit.models import AuditEntry
from audit.services import verify
from compliance.access import may_read_appeal_file
from compliance.models import Appeal, AppealEvent, Case, Decision, PointsEntry, Restriction
from compliance.selectors.standing import active_points, running_restrictions
from compliance.services import appeals
from compliance.services.decisions import Verdict, answer_proposal, decide
from compliance.services.review_queue import claim
from core.errors import Conflict, Forbidden, Invalid
from files.models import Upload
from files.selectors import uploads_of
from files.services.uploads import store_upload
from notifications.models import Notice
from shops.models import ShopMember

pytestmark = pytest.mark.django_db

WORDS = "The number is the carrier's public line."
ANSWER = "The number is published by the carrier, so the rule allows it."


def lodge(decision, user, **more):
    values = {"ground": "allowed", "text": WORDS} | more
    return appeals.lodge(decision_id=decision.pk, user=user, **values)


def answer(appeal, reviewer, *, uphold):
    appeals.claim(appeal_id=appeal.pk, reviewer=reviewer)
    act = appeals.uphold if uphold else appeals.reject
    return act(appeal_id=appeal.pk, reviewer=reviewer, answer=ANSWER)


def running(shop):
    return [row.kind for row in running_restrictions(shop.pk, timezone.now())]


def test_an_owner_appeals_and_gets_a_number(shop, owner, manager, uphold):
    appeal = lodge(uphold(), owner)

    assert appeal.reference.startswith("A-")
    assert (appeal.level, appeal.status) == (1, "filed")
    assert list(appeal.events.values_list("kind", flat=True)) == ["filed"]
    told = Notice.objects.filter(kind="appeal_filed").values_list("user_id", flat=True)
    assert sorted(told) == sorted([owner.pk, manager.pk])


def test_agents_other_shops_and_strangers_cannot_appeal(agent, other_agent, stranger, reviewer, uphold):
    decision = uphold()

    for person in (agent, other_agent, stranger, reviewer):
        with pytest.raises(Forbidden):
            lodge(decision, person)
    assert not Appeal.objects.exists()


def test_an_appeal_needs_words_and_a_known_ground(owner, uphold):
    decision = uphold()

    with pytest.raises(Invalid):
        lodge(decision, owner, text="  ")
    with pytest.raises(Invalid):
        lodge(decision, owner, ground="mood")


def test_the_first_appeal_is_open_for_thirty_days_of_86400_seconds(owner, uphold):
    decision = uphold()

    with (
        time_machine.travel(decision.decided_at + timedelta(seconds=30 * 86_400, milliseconds=1), tick=False),
        pytest.raises(Conflict) as refusal,
    ):
        lodge(decision, owner)
    assert refusal.value.code == "too_late"
    with time_machine.travel(decision.decided_at + timedelta(seconds=30 * 86_400), tick=False):
        assert lodge(decision, owner).level == 1


def test_only_one_appeal_is_open_at_a_time(owner, manager, uphold):
    decision = uphold()
    lodge(decision, owner)

    with pytest.raises(Conflict) as refusal:
        lodge(decision, manager)
    assert refusal.value.code == "already_open"


def test_whoever_decided_the_case_cannot_answer_the_appeal(owner, reviewer, uphold):
    appeal = lodge(uphold(), owner)

    with pytest.raises(Forbidden) as refusal:
        appeals.claim(appeal_id=appeal.pk, reviewer=reviewer)
    assert refusal.value.code == "same_person"
    for act in (appeals.uphold, appeals.reject):
        with pytest.raises(Forbidden) as refusal:
            act(appeal_id=appeal.pk, reviewer=reviewer, answer=ANSWER)
        assert refusal.value.code == "same_person"
    appeal.refresh_from_db()
    assert appeal.status == "filed"


def test_both_people_of_a_two_person_decision_are_kept_away(
    owner, second_reviewer, third_reviewer, open_case
):
    case = open_case("malware")
    claim(case_id=case.pk, reviewer=second_reviewer)
    verdict = Verdict("uphold", "clear", policy_code="malware", facts="You sent a program.")
    decide(case_id=case.pk, reviewer=second_reviewer, verdict=verdict)
    claim(case_id=case.pk, reviewer=third_reviewer)
    decision = answer_proposal(case_id=case.pk, reviewer=third_reviewer, agree=True).decision
    appeal = lodge(decision, owner)

    for person in (second_reviewer, third_reviewer):
        with pytest.raises(Forbidden) as refusal:
            appeals.claim(appeal_id=appeal.pk, reviewer=person)
        assert refusal.value.code == "same_person"


def test_a_reviewer_who_works_for_the_shop_cannot_answer(shop, owner, second_reviewer, uphold):
    appeal = lodge(uphold(), owner)
    ShopMember.objects.create(shop=shop, user=second_reviewer, role="analyst")

    with pytest.raises(Forbidden) as refusal:
        appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    assert refusal.value.code == "conflict_of_interest"


def test_an_overturn_undoes_everything_exactly(
    shop, owner, manager, reviewer, second_reviewer, uphold, heard
):
    decision = uphold()
    appeal = lodge(decision, owner)
    heard.clear()
    answer(appeal, second_reviewer, uphold=True)

    case = Case.objects.get()
    assert case.status == "overturned"
    assert active_points(shop.pk, timezone.now()) == 0
    entry, reversal = PointsEntry.objects.order_by("pk")
    assert (reversal.points, reversal.reverses, reversal.ends_at) == (-3, entry, entry.ends_at)
    about = {"subject_kind": "listing", "subject_id": case.subject_id}
    assert ("content_restored", about) in heard
    fallen = next(fact for name, fact in heard if name == "decision_reversed")
    assert (fallen["decision_id"], fallen["source"]) == (decision.pk, decision.source)
    told = Notice.objects.filter(kind="decision_overturned").values_list("user_id", flat=True)
    assert sorted(told) == sorted([owner.pk, manager.pk])
    appeal.refresh_from_db()
    assert (appeal.status, appeal.decided_by, appeal.answer) == ("upheld", second_reviewer, ANSWER)
    assert appeal.outcome.reverses == decision
    assert AuditEntry.objects.filter(action="appeal.upheld", actor_id=second_reviewer.pk).exists()
    assert verify().ok


def test_somebody_who_was_told_and_left_the_shop_is_told_again(shop, owner, manager, second_reviewer, uphold):
    decision = uphold()
    ShopMember.objects.filter(user=manager).update(is_active=False)
    answer(lodge(decision, owner), second_reviewer, uphold=True)

    told = Notice.objects.filter(kind="decision_overturned").values_list("user_id", flat=True)
    assert sorted(told) == sorted([owner.pk, manager.pk])


def test_an_overturn_lifts_what_the_ledger_no_longer_reaches(shop, owner, second_reviewer, uphold):
    first = uphold("prohibited_products")  # 12
    second = uphold("prohibited_products")  # 24
    assert running(shop) == ["campaigns_closed", "campaigns_closed", "affiliate_off", "replies_only"]

    answer(lodge(first, owner), second_reviewer, uphold=True)

    # The second one alone reaches 12: its closing of campaigns stays, the rest is lifted.
    assert running(shop) == ["campaigns_closed"]
    kept = Restriction.objects.get(status="in_force")
    assert kept.decision == second
    assert active_points(shop.pk, timezone.now()) == 12


def test_a_restriction_that_a_later_decision_still_reaches_stays(shop, owner, second_reviewer, uphold):
    uphold("prohibited_products")  # 12: campaigns close
    late = uphold()  # 15: nothing new

    answer(lodge(late, owner), second_reviewer, uphold=True)

    assert running(shop) == ["campaigns_closed"]


def test_a_rejection_opens_a_second_and_last_appeal_for_fifteen_days(
    shop, owner, second_reviewer, third_reviewer, uphold
):
    decision = uphold()
    rejected = answer(lodge(decision, owner), second_reviewer, uphold=False)
    assert active_points(shop.pk, timezone.now()) == 3

    just_after = time_machine.travel(rejected.decided_at + timedelta(days=15, seconds=1), tick=False)
    with just_after, pytest.raises(Conflict) as refusal:
        lodge(decision, owner)
    assert refusal.value.code == "too_late"

    second = lodge(decision, owner)
    assert second.level == 2
    with pytest.raises(Forbidden) as refused:
        appeals.claim(appeal_id=second.pk, reviewer=second_reviewer)
    assert refused.value.code == "same_person"
    answer(second, third_reviewer, uphold=False)
    with pytest.raises(Conflict) as final:
        lodge(decision, owner)
    assert final.value.code == "final"


def test_an_overturned_decision_cannot_be_appealed_again(owner, second_reviewer, uphold):
    decision = uphold()
    answer(lodge(decision, owner), second_reviewer, uphold=True)

    with pytest.raises(Conflict) as refusal:
        lodge(decision, owner)
    assert refusal.value.code == "already_reversed"


def test_an_answer_needs_reasons(owner, second_reviewer, uphold):
    appeal = lodge(uphold(), owner)
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)

    with pytest.raises(Invalid) as refusal:
        appeals.reject(appeal_id=appeal.pk, reviewer=second_reviewer, answer=" ")
    assert refusal.value.code == "answer_missing"


def test_an_appeal_that_a_colleague_holds_is_refused(owner, second_reviewer, third_reviewer, uphold):
    appeal = lodge(uphold(), owner)
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)

    with pytest.raises(Conflict) as refusal:
        appeals.uphold(appeal_id=appeal.pk, reviewer=third_reviewer, answer=ANSWER)
    assert refusal.value.code == "claimed_by_other"


def test_a_question_stops_the_review_until_it_is_answered(owner, second_reviewer, uphold):
    appeal = lodge(uphold(), owner)
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.ask(appeal_id=appeal.pk, reviewer=second_reviewer, question="Was it a saved reply?")
    appeal.refresh_from_db()
    assert appeal.status == "more_info"

    appeals.answer_question(appeal_id=appeal.pk, user=owner, text="Yes, since March.")

    appeal.refresh_from_db()
    assert (appeal.status, appeal.question_due_at) == ("in_review", None)
    kinds = list(AppealEvent.objects.values_list("kind", flat=True))
    assert kinds == ["filed", "in_review", "asked", "answered"]


def test_an_unanswered_question_lets_the_appeal_lapse_once(owner, second_reviewer, uphold):
    appeal = lodge(uphold(), owner)
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.ask(appeal_id=appeal.pk, reviewer=second_reviewer, question="Was it a saved reply?")
    due = timezone.now() + appeals.ANSWER_WITHIN

    assert appeals.lapse_unanswered(now=due - timedelta(minutes=1)) == 0
    assert appeals.lapse_unanswered(now=due + timedelta(minutes=1)) == 1
    assert appeals.lapse_unanswered(now=due + timedelta(minutes=1)) == 0
    appeal.refresh_from_db()
    assert appeal.status == "lapsed"


def test_a_shop_can_withdraw_its_appeal(owner, uphold):
    decision = uphold()
    appeal = lodge(decision, owner)
    appeals.withdraw(appeal_id=appeal.pk, user=owner)

    with pytest.raises(Conflict) as refusal:
        lodge(decision, owner)
    assert refusal.value.code == "final"


def test_files_go_with_the_appeal_and_only_the_shops_heads_and_reviewers_read_them(
    owner, agent, manager, stranger, second_reviewer, uphold, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    file = ContentFile(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n", name="proof.pdf")
    upload = store_upload(file=file, purpose=Upload.Purpose.APPEAL, user=owner)
    appeal = lodge(uphold(), owner, file_ids=[str(upload.public_id)])

    assert [row.pk for row in uploads_of("appeal", [appeal.pk])[str(appeal.pk)]] == [upload.pk]
    for person, expected in ((manager, True), (second_reviewer, True), (agent, False), (stranger, False)):
        assert may_read_appeal_file(person, str(appeal.pk), "") is expected


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_answering_one_appeal_change_the_ledger_once(
    shop, owner, second_reviewer, third_reviewer, uphold
):
    appeal = lodge(uphold(), owner)
    results = []

    def work(person):
        try:
            answer(appeal, person, uphold=True)
            results.append("done")
        except Conflict as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[person]) for person in (second_reviewer, third_reviewer) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results.count("done") == 1
    assert (Decision.objects.filter(kind="reverse").count(), PointsEntry.objects.count()) == (1, 2)
    assert active_points(shop.pk, timezone.now()) == 0
    assert Notice.objects.filter(kind="decision_overturned").count() == 1
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_two_heads_of_the_shop_lodging_at_once_make_one_appeal(owner, manager, uphold):
    decision = uphold()
    results = []

    def work(person):
        try:
            results.append(lodge(decision, person).level)
        except Conflict as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[person]) for person in (owner, manager) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, results)) == ["1", "already_open", "already_open", "already_open"]
