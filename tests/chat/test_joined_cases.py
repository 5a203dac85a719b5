"""Words and files of one message are one case: reviewed together, decided once, undone together."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import StaffRole, User
from accounts.services import grant_staff_role
from chat.access import Side, Viewer
from chat.models import Message
from chat.serializers import message_json
from chat.services import file_checks, messages
from chat.services.scanning import subject_of
from compliance.engine.findings import Finding as Found
from compliance.models import Case, Decision, PointsEntry
from compliance.selectors.cases import QueueFilter, is_cleared, queue, state_of
from compliance.services import appeals, attachments
from compliance.services.attachments import Examination
from compliance.services.cases import open_case
from compliance.services.decisions import Verdict, answer_proposal, decide, undo
from compliance.services.findings import record_findings
from compliance.services.reports import report
from compliance.services.review_queue import claim, claim_next
from compliance.services.screening import Screening
from core.errors import Conflict
from files.models import Upload
from files.services import store_upload
from tests.factories import ConversationFactory, UserFactory
from tests.files.conftest import picture

WORDS = "Write me at 312-555-0178 to pay less"
NUMBER = (12, 24)


@pytest.fixture(autouse=True)
def uploads_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.CLAMAV_ADDRESS = ""


@pytest.fixture
def message(customer, shop, agent) -> Message:
    upload = store_upload(file=SimpleUploadedFile("offer.png", picture()), purpose="chat", user=agent)
    Upload.objects.filter(pk=upload.pk).update(state="clean")
    sent = messages.send_message(
        conversation=ConversationFactory(customer=customer, shop=shop),
        author=agent,
        body=WORDS,
        client_ref=uuid4(),
        attachments=[str(upload.public_id)],
    )
    return sent.message


@pytest.fixture
def third_reviewer(db) -> User:
    user = UserFactory(email="third-reviewer@example.com")
    grant_staff_role(user=user, role=StaffRole.TS_LEAD)
    return user


@pytest.fixture
def find_in_files(message, monkeypatch):
    """Judges the message's files as if one rule had been broken there, and holds them."""

    def judge(policy="contact_redirect") -> None:
        uploads = list(Upload.objects.filter(subject_kind="message", subject_id=str(message.pk)))
        found = Found(policy, "codes", 1, "tel", 0.95, 10, 22, "312-555-0178", "code", "A code that calls.")
        row = {"id": str(uploads[0].public_id), "start": 0, "end": 22, "parts": [], "gaps": []}
        row |= {"name": "offer.png", "sha256": "0" * 64, "print": "", "nudity": None}
        examination = Examination(
            text="offer.png\n312-555-0178",
            screening=Screening((found,), True, (), "r1"),
            files=[row],
            held={uploads[0].pk: (Upload.Held.WITHHELD, ())},
        )
        monkeypatch.setattr(attachments, "examine", lambda *_: examination)
        file_checks.judge(str(message.pk), uploads)

    return judge


def find_in_words(message, policy="contact_redirect") -> None:
    found = Found(policy, "phones", 1, policy, 0.9, *NUMBER, WORDS[slice(*NUMBER)])
    record_findings(subject=subject_of(message), screening=Screening((found,), False, (NUMBER,), "r1"))


def settle(case, reviewer, outcome="uphold", policy="contact_redirect"):
    claim(case_id=case.pk, reviewer=reviewer)
    facts = "A phone number in words and picture." if outcome == "uphold" else ""
    policy = policy if outcome == "uphold" else ""
    return decide(case_id=case.pk, reviewer=reviewer, verdict=Verdict(outcome, "clear", policy, facts=facts))


def shown(message, user):
    """The words and the state of the file as the customer gets them."""
    fresh = Message.objects.get(pk=message.pk)
    seen = message_json(fresh, Viewer(user.pk, Side.CUSTOMER))
    return seen["body"], seen["attachments"][0]["state"]


def in_queue() -> list[Case]:
    return list(queue(Case.objects.all(), QueueFilter(), reviewer_id=0))


@pytest.mark.parametrize("words_first", [True, False])
def test_words_and_files_wait_as_one_case_with_the_gravest_suspicion(message, find_in_files, words_first):
    if words_first:
        find_in_words(message, "spam")
        find_in_files("fraud")
    else:
        find_in_files("spam")
        find_in_words(message, "fraud")

    [case] = in_queue()
    assert case.policy_code == "fraud"
    assert Case.objects.exclude(pk=case.pk).get().part_of == case


def test_a_reviewer_sees_both_and_decides_once(client, message, reviewer, find_in_files):
    find_in_words(message)
    find_in_files()
    case = claim_next(reviewer=reviewer)
    part = Case.objects.exclude(pk=case.pk).get()
    client.force_login(reviewer)
    page = client.get(reverse("console:case", args=[part.reference])).content.decode()
    assert case.reference in page  # The part's own address leads to the whole.
    assert "A code that calls" in page
    assert "offer.png" in page
    assert "<mark" in page

    decision = settle(case, reviewer).decision

    assert Decision.objects.get() == decision
    assert PointsEntry.objects.count() == 1
    assert set(Case.objects.values_list("status", "decision")) == {("upheld", decision.pk)}
    [half] = decision.statement.body["content"]["parts"]
    assert half["text"] == "offer.png\n312-555-0178"
    assert claim_next(reviewer=reviewer) is None


def test_upheld_hides_both_and_a_successful_appeal_gives_both_back(
    message, customer, owner, reviewer, second_reviewer, find_in_files
):
    find_in_words(message, "fraud")
    find_in_files()
    decision = settle(Case.objects.get(part_of=None), reviewer, policy="fraud").decision
    message.refresh_from_db()
    assert message.state == "withheld"
    assert Upload.objects.get().held == "withheld"

    appeal = appeals.lodge(decision_id=decision.pk, user=owner, ground="allowed", text="The carrier's line.")
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.uphold(appeal_id=appeal.pk, reviewer=second_reviewer, answer="It is public.")

    assert shown(message, customer) == (WORDS, "clean")
    assert set(Case.objects.values_list("status", flat=True)) == {"overturned"}


def test_a_dismissal_frees_both_for_good(message, customer, reviewer, find_in_files):
    find_in_words(message)
    find_in_files()

    settle(Case.objects.get(part_of=None), reviewer, "dismiss")

    assert shown(message, customer) == (WORDS, "clean")
    assert is_cleared("message", message.pk)
    assert is_cleared("message_files", message.pk)


def test_an_undone_decision_opens_both_and_holds_the_files_as_the_check_did(
    message, customer, reviewer, find_in_files
):
    find_in_words(message)
    find_in_files()
    decision = settle(Case.objects.get(part_of=None), reviewer).decision

    undo(decision_id=decision.pk, reviewer=reviewer)

    assert set(Case.objects.values_list("status", "decision")) == {("open", None)}
    assert shown(message, customer)[1] == "held"
    assert len(in_queue()) == 1


def test_who_reports_the_words_hears_what_became_of_the_case_about_the_files(
    message, customer, reviewer, find_in_files
):
    find_in_files()
    report(subject=subject_of(message), reporter=customer, policy_code="contact_redirect", text="A number!")

    settle(Case.objects.get(part_of=None), reviewer)

    assert customer.notices.filter(kind="report_answered").count() == 1


def test_what_is_found_after_the_decision_is_one_linked_case_and_costs_no_points_twice(
    client, message, reviewer, second_reviewer, find_in_files
):
    find_in_words(message)
    first = in_queue()[0]
    settle(first, reviewer)

    find_in_files()
    find_in_words(message, "spam")

    [later] = in_queue()
    assert (later.subject_kind, later.part_of, later.follows) == ("message_files", None, first)
    assert Case.objects.get(part_of=later).subject_kind == "message"
    claim(case_id=later.pk, reviewer=second_reviewer)
    client.force_login(second_reviewer)
    page = client.get(reverse("console:case", args=[later.reference])).text
    assert f"belongs to case {first.reference}" in page
    assert "Violation: Contact outside the chat, 3 points" in page
    assert "No more points: this message was decided under this rule before" in page
    again = settle(later, second_reviewer).decision
    assert again.points == 0
    assert [entry.points for entry in PointsEntry.objects.all()] == [3]
    assert later.reference in client.get(reverse("console:case", args=[first.reference])).text


def test_another_rule_broken_in_the_same_message_costs_its_own_points(message, reviewer, find_in_files):
    find_in_words(message)
    settle(in_queue()[0], reviewer)
    find_in_files("fraud")

    assert settle(in_queue()[0], reviewer, policy="fraud").decision.points > 0


def test_points_taken_back_on_appeal_can_be_given_in_the_later_case(
    message, owner, reviewer, second_reviewer, find_in_files
):
    find_in_words(message)
    decision = settle(in_queue()[0], reviewer).decision
    appeal = appeals.lodge(decision_id=decision.pk, user=owner, ground="allowed", text="The carrier's line.")
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.uphold(appeal_id=appeal.pk, reviewer=second_reviewer, answer="It is public.")
    find_in_files()

    assert settle(in_queue()[0], reviewer).decision.points == 3


def test_what_is_found_while_a_second_person_is_asked_follows_that_case_and_joins_it_if_refused(
    message, third_reviewer, second_reviewer, find_in_files
):
    find_in_words(message, "malware")
    first = in_queue()[0]
    settle(first, third_reviewer, policy="malware")

    find_in_files()

    [later] = in_queue()
    assert later.follows == first
    claim(case_id=first.pk, reviewer=second_reviewer)
    answer_proposal(case_id=first.pk, reviewer=second_reviewer, agree=False, reason="No.")
    assert in_queue() == [first]
    later.refresh_from_db()
    assert later.part_of == first


def test_undo_takes_in_what_was_found_since_in_words_and_files(
    message, reviewer, second_reviewer, find_in_files
):
    find_in_words(message)
    first = in_queue()[0]
    decision = settle(first, reviewer).decision
    find_in_words(message, "spam")
    second = in_queue()[0]
    find_in_files()
    claim(case_id=second.pk, reviewer=second_reviewer)

    undo(decision_id=decision.pk, reviewer=reviewer)

    assert in_queue() == [first]
    assert set(Case.objects.exclude(pk=first.pk).values_list("part_of", "status")) == {(first.pk, "open")}
    with pytest.raises(Conflict, match=first.reference):
        decide(case_id=second.pk, reviewer=second_reviewer, verdict=Verdict("dismiss", "clear"))
    again = settle(first, reviewer).decision
    assert set(Case.objects.values_list("status", "decision")) == {("upheld", again.pk)}
    assert again.points == 3
    assert [half["kind"] for half in again.statement.body["content"]["parts"]] == ["message_files"]


def test_undo_hands_no_restricted_case_to_who_may_not_see_it(message, reviewer):
    find_in_words(message)
    first = in_queue()[0]
    decision = settle(first, reviewer).decision
    find_in_words(message, "minor_safety")

    undo(decision_id=decision.pk, reviewer=reviewer)

    first.refresh_from_db()
    assert (first.status, first.is_restricted, first.claimed_by) == ("open", True, None)


def test_undo_is_refused_in_words_while_a_second_person_is_asked_about_what_was_found_since(
    message, third_reviewer
):
    find_in_words(message)
    decision = settle(in_queue()[0], third_reviewer).decision
    find_in_words(message, "malware")
    second = in_queue()[0]
    settle(second, third_reviewer, policy="malware")

    with pytest.raises(Conflict, match=f"{second.reference} about this content waits for a second person"):
        undo(decision_id=decision.pk, reviewer=third_reviewer)

    assert not Decision.objects.filter(reverses=decision).exists()
    assert PointsEntry.objects.count() == 1


def test_halves_of_different_messages_stay_apart(message, find_in_files, agent):
    other = messages.send_message(
        conversation=message.conversation, author=agent, body=WORDS, client_ref=uuid4()
    ).message
    open_case(subject=subject_of(other), policy_code="fraud", source="report", evidence={})

    find_in_files()

    assert len(in_queue()) == 2


def test_what_joins_while_somebody_reviews_is_not_decided_unseen(client, message, reviewer, find_in_files):
    find_in_words(message)
    case = claim_next(reviewer=reviewer)
    client.force_login(reviewer)
    address = reverse("console:case", args=[case.reference])
    state = client.get(address).context["state"]
    form = {"verdict": "contact_redirect", "reason": "clear", "facts": "A number.", "seen": state}

    find_in_files()
    refused = client.post(reverse("console:decide", args=[case.reference]), form)

    assert refused.status_code == 409
    assert "Something new joined this case" in refused.text
    assert "A code that calls" in refused.text
    assert 'value="clear"' in refused.text
    assert not Decision.objects.exists()
    client.post(reverse("console:decide", args=[case.reference]), form | {"seen": refused.context["state"]})
    assert set(Case.objects.values_list("status", flat=True)) == {"upheld"}


def test_without_a_page_what_joined_since_the_claim_is_not_decided_unseen(message, reviewer, find_in_files):
    find_in_words(message)
    case = claim_next(reviewer=reviewer)
    find_in_files()

    with pytest.raises(Conflict, match="Something new joined"):
        decide(case_id=case.pk, reviewer=reviewer, verdict=Verdict("dismiss", "clear"))

    assert settle(case, reviewer, "dismiss").decision is not None


def test_the_same_suspicion_found_again_stops_no_decision(message, reviewer):
    find_in_words(message)
    case = claim_next(reviewer=reviewer)
    seen = state_of(case)
    found = Found("contact_redirect", "phones", 2, "contact_redirect", 0.9, *NUMBER, WORDS[slice(*NUMBER)])
    record_findings(subject=subject_of(message), screening=Screening((found,), False, (NUMBER,), "r2"))

    assert decide(case_id=case.pk, reviewer=reviewer, verdict=Verdict("dismiss", "clear"), seen=seen).decision
