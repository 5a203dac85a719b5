"""A shop disputes one session: filed once, answered with reasons, and what that does to ledger and weeks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from audit.models import AuditEntry
from chat.models import Session, SessionMark
from chat.services import sessions as chat_sessions
from compliance.models import Decision, PointsEntry
from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from metrics.models import Dispute, WeeklyEvaluation
from metrics.services import disputes, spam_marks
from metrics.services.weeks import evaluate_week
from notifications.models import Notice
from tests.chat.ledger_rows import MONDAY, store
from tests.factories import ConversationFactory, ShopMemberFactory

pytestmark = pytest.mark.django_db
WEEK = date(2026, 3, 2)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def conversation(shop, customer):
    shop.time_zone = "UTC"
    shop.save()
    return ConversationFactory(shop=shop, customer=customer)


@pytest.fixture
def missed(conversation):
    """A question on Monday that nobody answered."""
    store(conversation, 0, "customer")
    chat_sessions.rebuild_sessions(conversation)
    return Session.objects.get(conversation=conversation)


def fill_the_week(shop, *, answered, missed):
    for number in range(answered + missed):
        other = ConversationFactory(shop=shop)
        store(other, number / 10, "customer")
        if number < answered:
            store(other, number / 10 + 1, "member", "It ships today.")
        chat_sessions.rebuild_sessions(other)


def file(session, actor, **more):
    values = {"reason": "no_answer_needed", "evidence": "", "now": NOW, "seq": session.first_seq} | more
    return disputes.file_dispute(
        shop=session.shop, actor=actor, conversation_id=session.conversation_id, **values
    )


def answer(dispute, reviewer, *, is_upheld, words="Read the chat.", now=NOW):
    return disputes.answer(dispute_id=dispute.pk, by=reviewer, is_upheld=is_upheld, words=words, now=now)


def test_a_session_is_disputed_once_however_often_it_is_filed(missed, agent):
    first = file(missed, agent)
    again = file(missed, agent, reason="spam", evidence="Look.")

    assert again == first
    assert first.session["verdict"] == "missed"
    assert first.due_at == NOW + timedelta(hours=72)
    assert AuditEntry.objects.filter(action="dispute.filed").count() == 1
    assert Session.objects.get().reason == "", "filing alone changes nothing"


def test_upholding_takes_the_session_out_and_tells_the_shop(missed, agent, owner, reviewer):
    dispute = answer(file(missed, agent), reviewer, is_upheld=True)

    session = Session.objects.get()
    assert (session.reason, session.is_provisional) == ("dispute_upheld", False)
    assert dispute.status == "upheld"
    told = Notice.objects.filter(kind="dispute_answered")
    assert set(told.values_list("user_id", flat=True)) == {agent.pk, owner.pk}
    assert told.first().url.endswith(f"/performance/disputes/{dispute.reference}/")
    assert AuditEntry.objects.get(action="dispute.upheld").reason == "Read the chat."


def test_rejecting_leaves_the_session_as_it_was(missed, agent, reviewer):
    answer(file(missed, agent), reviewer, is_upheld=False)

    assert Session.objects.get().reason == ""
    assert not SessionMark.objects.exists()
    assert AuditEntry.objects.filter(action="dispute.rejected").exists()


def test_an_upheld_dispute_corrects_the_judged_week_and_takes_its_point_back(missed, agent, reviewer):
    call_command("sync_policies", verbosity=0)
    fill_the_week(missed.shop, answered=8, missed=1)  # 8 of 10: below the floor of 85 %.
    before = evaluate_week(shop=missed.shop, monday=WEEK, now=NOW)
    assert before.outcome == "enforcement"
    assert PointsEntry.objects.get().points == 1

    answer(file(missed, agent), reviewer, is_upheld=True)

    after = WeeklyEvaluation.objects.get(revision=2)
    assert after.replaces == before
    assert (after.in_time, after.counted) == (8, 9)  # 88.9 %: a warning costs nothing.
    assert after.outcome == "warning"
    assert sum(PointsEntry.objects.values_list("points", flat=True)) == 0
    assert Decision.objects.filter(kind="reverse").count() == 1
    assert WeeklyEvaluation.objects.count() == 2
    assert AuditEntry.objects.filter(action="decision.taken_back").exists()


def test_an_answer_taken_back_lets_the_session_count_again(missed, agent, reviewer, second_reviewer):
    dispute = answer(file(missed, agent), reviewer, is_upheld=True)
    with pytest.raises(Forbidden):
        disputes.reopen(dispute_id=dispute.pk, by=reviewer, words="Wrong.", now=NOW)

    disputes.reopen(dispute_id=dispute.pk, by=second_reviewer, words="Wrong.", now=NOW)

    assert Session.objects.get().reason == ""
    assert Dispute.objects.get().status == "open"
    answer(dispute, reviewer, is_upheld=True, now=NOW + timedelta(hours=1))
    assert Session.objects.get().reason == "dispute_upheld"
    assert Notice.objects.filter(kind="dispute_answered", user=agent).count() == 2


def test_what_was_taken_back_may_be_filed_again(missed, agent):
    dispute = file(missed, agent)
    for _ in range(2):
        disputes.withdraw(dispute_id=dispute.pk, actor=agent, now=NOW)

    assert file(missed, agent).pk != dispute.pk


@pytest.mark.parametrize("kind", ["answered", "excluded", "late filing"])
def test_what_does_not_count_against_the_shop_or_is_too_old_cannot_be_disputed(conversation, agent, kind):
    store(conversation, 0, "customer")
    if kind == "answered":
        store(conversation, 1, "member", "It ships today.")
    chat_sessions.rebuild_sessions(conversation)
    if kind == "excluded":
        chat_sessions.mark_spam(conversation=conversation, actor=agent)
    now = MONDAY + timedelta(days=15, seconds=1) if kind == "late filing" else NOW

    with pytest.raises(Conflict):
        file(Session.objects.get(), agent, now=now)


def test_the_last_moment_to_file_is_fourteen_days_after_the_deadline(missed, agent):
    assert file(missed, agent, now=MONDAY + timedelta(days=15)).status == "open"


def test_some_reasons_need_words(missed, agent):
    for reason, error in (("platform_error", "needs your words"), ("because", "Choose a reason")):
        with pytest.raises(Invalid, match=error):
            file(missed, agent, reason=reason)


def test_analysts_and_strangers_file_nothing(missed, shop, other_agent):
    analyst = ShopMemberFactory(shop=shop, role="analyst").user
    with pytest.raises(Forbidden):
        file(missed, analyst)
    other = other_agent.shop_memberships.get().shop
    with pytest.raises(NotFound):
        disputes.file_dispute(
            shop=other,
            actor=other_agent,
            conversation_id=missed.conversation_id,
            seq=1,
            reason="spam",
            evidence="",
            now=NOW,
        )


def test_only_reviewers_answer_once_with_words_and_not_for_their_own_shop(missed, agent, reviewer, shop):
    dispute = file(missed, agent)
    with pytest.raises(Forbidden):
        answer(dispute, agent, is_upheld=True)
    with pytest.raises(Invalid):
        answer(dispute, reviewer, is_upheld=True, words=" ")
    ShopMemberFactory(shop=shop, user=reviewer, role="agent")
    with pytest.raises(Forbidden):
        answer(dispute, reviewer, is_upheld=True)
    reviewer.shop_memberships.update(is_active=False)
    answer(dispute, reviewer, is_upheld=False)
    with pytest.raises(Conflict):
        answer(dispute, reviewer, is_upheld=True)


def test_a_rejected_spam_mark_counts_again_and_cannot_be_set_once_more(missed, agent, reviewer):
    conversation = missed.conversation
    chat_sessions.mark_spam(conversation=conversation, actor=agent)
    mark = SessionMark.objects.get()
    assert (Session.objects.get().reason, Session.objects.get().is_provisional) == ("spam", True)

    spam_marks.settle(mark_id=mark.pk, by=reviewer, is_spam=False, words="A real question.", now=NOW)

    assert Session.objects.get().reason == ""
    assert Notice.objects.filter(kind="spam_mark_settled", user=agent).exists()
    assert AuditEntry.objects.filter(action="spam_mark.rejected").exists()
    conversation.refresh_from_db()
    chat_sessions.mark_spam(conversation=conversation, actor=agent)
    assert Session.objects.get().reason == "", "the same messages cannot be marked again"
    with pytest.raises(DomainError):
        spam_marks.settle(mark_id=mark.pk, by=reviewer, is_spam=True, words="Spam.", now=NOW)


def test_a_confirmed_spam_mark_stays_whatever_the_shop_does(missed, agent, reviewer):
    conversation = missed.conversation
    chat_sessions.mark_spam(conversation=conversation, actor=agent)

    spam_marks.settle(
        mark_id=SessionMark.objects.get().pk, by=reviewer, is_spam=True, words="Advertising.", now=NOW
    )
    chat_sessions.unmark_spam(conversation=conversation)

    assert (Session.objects.get().reason, Session.objects.get().is_provisional) == ("spam", False)


def test_a_rejected_mark_corrects_the_judged_week(missed, agent, reviewer):
    fill_the_week(missed.shop, answered=9, missed=0)
    chat_sessions.mark_spam(conversation=missed.conversation, actor=agent)
    before = evaluate_week(shop=missed.shop, monday=WEEK, now=NOW)
    assert (before.in_time, before.counted) == (9, 9)

    spam_marks.settle(
        mark_id=SessionMark.objects.get().pk, by=reviewer, is_spam=False, words="No spam.", now=NOW
    )

    after = WeeklyEvaluation.objects.get(revision=2)
    assert (after.in_time, after.counted, after.outcome) == (9, 10, "met")
