"""The console as reviewers use it: through the pages, not the services."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from audit.services import record
from compliance import taxonomy
from compliance.models import Case, Decision, Finding
from compliance.services import appeals
from compliance.services.review_queue import claim
from tests.compliance.conftest import FACTS
from web.console.explanations import facts_from
from web.rule_words import ACTIONS

pytestmark = pytest.mark.django_db

VERDICT = {"verdict": "contact_redirect", "reason": "clear", "facts": FACTS}


def address(name, *args):
    return reverse(f"console:{name}", args=args)


@pytest.fixture
def as_user(client):
    def act(user):
        client.force_login(user)
        return client

    return act


def test_an_empty_queue_says_so(as_user, reviewer):
    response = as_user(reviewer).get(address("cases"))

    assert response.status_code == 200
    assert "No cases here" in response.text


def test_the_queue_lists_the_gravest_first_and_hides_the_restricted(
    as_user, reviewer, second_reviewer, open_case
):
    medium, high, critical = open_case(), open_case("fraud"), open_case("minor_safety")
    plain = as_user(reviewer).get(address("cases")).text
    senior = as_user(second_reviewer).get(address("cases")).text

    assert plain.index(high.reference) < plain.index(medium.reference)
    assert critical.reference not in plain
    assert senior.index(critical.reference) < senior.index(high.reference)


def test_the_desk_speaks_the_reviewers_language(as_user, reviewer, open_case):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    browser = as_user(reviewer)
    browser.cookies["django_language"] = "es"
    pages = [browser.get(address("case", case.reference)).text, browser.get(address("findings")).text]
    policies = browser.get(address("policies")).text

    assert all("Contacto fuera del chat" in page for page in pages)
    assert "Enlaces, teléfono, correo, mensajería" in pages[0]  # What the rule covers.
    assert "<span>tú, 15 min</span>" in " ".join(pages[0].split())
    assert not any("Contact outside the chat" in page for page in pages)
    assert "<td>retener" in policies
    assert ">withhold" not in policies


def test_every_default_action_has_words():
    assert set(ACTIONS) == set(taxonomy.ACTIONS)


def test_a_refused_decision_is_marked_so_that_a_narrow_screen_shows_it(as_user, reviewer, open_case):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)

    refused = as_user(reviewer).post(address("decide", case.reference), VERDICT | {"reason": ""})

    assert refused.status_code == 422
    assert 'class="desk at-case is-refused"' in refused.text
    assert "is-refused" not in as_user(reviewer).get(address("case", case.reference)).text


def test_filters_narrow_the_queue(as_user, reviewer, open_case):
    medium, high = open_case(), open_case("fraud")
    text = as_user(reviewer).get(address("cases"), {"severity": "3"}).text

    assert high.reference in text
    assert medium.reference not in text


def test_imported_history_can_be_left_out(as_user, reviewer, open_case):
    live, imported = open_case(), open_case(is_imported=True)
    client = as_user(reviewer)
    everything = client.get(address("cases")).text
    only_live = client.get(address("cases"), {"live": "1"}).text

    assert live.reference in everything
    assert imported.reference in everything
    assert imported.reference not in only_live


def test_the_desk_shows_the_words_the_reason_the_rule_and_the_consequences(
    as_user, shop, owner, reviewer, open_case
):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    text = as_user(reviewer).get(address("case", case.reference)).text

    assert "<mark>312-555-0178</mark>" in text
    assert "why" in text  # the detector's explanation
    assert "version 1" in text
    assert "0 to <b>3 points</b>" in text
    assert "Sends the reasons to 1 person" in text


def test_a_report_that_names_no_shop_reads_as_a_report_not_as_a_message(as_user, reviewer, open_case):
    case = open_case("fraud", kind="ticket", shop_id=None, author_kind="system")
    text = as_user(reviewer).get(address("case", case.reference)).text

    assert "It names no shop that we know" in text
    assert "A customer’s message" not in text
    assert "<b>Platform</b>" not in text


def test_only_reviewers_enter(as_user, agent, stranger, open_case):
    case = open_case()

    for person in (agent, stranger):
        for name, args in [("cases", []), ("case", [case.reference]), ("findings", []), ("appeals", [])]:
            assert as_user(person).get(address(name, *args)).status_code == 403, (name, person)


def test_a_plain_reviewer_is_told_that_a_restricted_case_does_not_exist(as_user, reviewer, open_case):
    case = open_case("minor_safety")

    assert as_user(reviewer).get(address("case", case.reference)).status_code == 404


def test_restricted_words_are_folded_away(as_user, second_reviewer, open_case):
    case = open_case("minor_safety")
    text = as_user(second_reviewer).get(address("case", case.reference)).text

    assert "Hidden for your protection" in text
    assert AuditEntry.objects.get(action="case.read").actor_id == second_reviewer.pk
    assert text.count("312-555-0178") == 1  # inside the fold only


def test_who_read_a_case_is_in_the_audit_trail_once_an_hour(as_user, reviewer, second_reviewer, open_case):
    case = open_case()
    for _ in range(2):
        as_user(reviewer).get(address("case", case.reference))
    as_user(second_reviewer).get(address("case", case.reference))
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        as_user(reviewer).get(address("case", case.reference))

    entries = AuditEntry.objects.filter(action="case.read", target_id=str(case.pk)).order_by("number")
    read_by = list(entries.values_list("actor_id", flat=True))
    assert read_by == [reviewer.pk, second_reviewer.pk, reviewer.pk]


def test_claim_decide_and_go_on_to_the_next_case(as_user, shop, owner, reviewer, open_case):
    first, second = open_case(), open_case()
    client = as_user(reviewer)
    with time_machine.travel(timezone.now(), tick=False):  # The offer to undo stands for ten seconds.
        client.post(address("claim", first.reference))
        response = client.post(address("decide", first.reference), VERDICT)
        desk = client.get(response["Location"]).text

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.status == "upheld"
    assert response["Location"] == address("case", second.reference)
    assert second.claimed_by == reviewer
    assert "Last case" in desk


def test_undo_brings_the_case_back(as_user, shop, owner, reviewer, open_case):
    case = open_case()
    client = as_user(reviewer)
    client.post(address("claim", case.reference))
    client.post(address("decide", case.reference), VERDICT)
    response = client.post(address("undo", Decision.objects.get().pk))

    case.refresh_from_db()
    assert (case.status, case.claimed_by) == ("open", reviewer)
    assert response["Location"] == address("case", case.reference)


def test_a_verdict_without_facts_keeps_what_was_written(as_user, reviewer, open_case):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    response = as_user(reviewer).post(
        address("decide", case.reference), {"verdict": "contact_redirect", "reason": "my reason", "facts": ""}
    )

    assert response.status_code == 422
    assert 'value="my reason"' in response.text
    assert not Decision.objects.exists()


def test_the_second_of_two_reviewers_sees_a_clear_refusal(as_user, reviewer, second_reviewer, open_case):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    response = as_user(second_reviewer).post(address("decide", case.reference), VERDICT)

    assert response.status_code == 409
    assert "Somebody else is working on this case" in response.text
    assert not Decision.objects.exists()


def test_a_graver_form_is_decided_with_its_own_points(as_user, shop, owner, reviewer, open_case):
    case = open_case("harassment")
    claim(case_id=case.pk, reviewer=reviewer)
    form = {"verdict": "harassment", "reason": "hate", "facts": FACTS, "points-harassment": "12"}
    as_user(reviewer).post(address("decide", case.reference), form)

    assert Decision.objects.get().points == 12


def test_another_rule_can_be_chosen(as_user, shop, owner, reviewer, open_case):
    case = open_case()
    claim(case_id=case.pk, reviewer=reviewer)
    form = {"verdict": "other", "other_policy": "gambling", "reason": "a lottery", "facts": FACTS}
    as_user(reviewer).post(address("decide", case.reference), form)

    assert Decision.objects.get().policy_version.policy.code == "gambling"


def test_skip_note_and_escalate(as_user, reviewer, second_reviewer, open_case):
    first, second = open_case(), open_case()
    client = as_user(reviewer)
    client.post(address("claim", first.reference))
    client.post(address("note", first.reference), {"text": "seen before"})
    assert client.post(address("skip", first.reference))["Location"] == address("case", second.reference)

    client.post(address("escalate", second.reference), {"text": "unsure about the carrier"})
    second.refresh_from_db()
    assert (second.is_escalated, second.claimed_by) == (True, None)
    assert list(first.events.values_list("kind", flat=True)) == ["opened", "claimed", "note", "skipped"]


def test_the_second_person_confirms_on_the_desk(
    as_user, shop, owner, second_reviewer, third_reviewer, open_case
):
    case = open_case("malware")
    claim(case_id=case.pk, reviewer=second_reviewer)
    client = as_user(second_reviewer)
    client.post(address("decide", case.reference), {"verdict": "malware", "reason": "clear", "facts": FACTS})
    assert Case.objects.get().status == "second_review"

    client = as_user(third_reviewer)
    assert case.reference in client.get(address("second_review")).text
    client.post(address("claim", case.reference))
    assert "Proposed decision" in client.get(address("case", case.reference)).text
    client.post(address("answer_proposal", case.reference), {"act": "agree"})
    assert Decision.objects.get().confirmed_by == third_reviewer


def test_findings_are_listed_with_their_case(as_user, reviewer, open_case):
    case = open_case()
    text = as_user(reviewer).get(address("findings")).text

    assert "312-555-0178" in text
    assert case.reference in text
    assert "No findings" in as_user(reviewer).get(address("findings"), {"policy": "fraud"}).text


def test_the_first_decider_gets_no_form_on_the_appeal(as_user, owner, reviewer, uphold):
    appeal = appeals.lodge(decision_id=uphold().pk, user=owner, ground="facts", text="No.")
    client = as_user(reviewer)

    assert "You had a part in this decision" in client.get(address("appeal", appeal.reference)).text
    response = client.post(address("answer_appeal", appeal.reference), {"act": "uphold", "answer": "x"})
    assert response.status_code == 403
    appeal.refresh_from_db()
    assert appeal.status == "filed"


def test_another_reviewer_takes_the_decision_back(as_user, owner, second_reviewer, uphold):
    appeal = appeals.lodge(decision_id=uphold().pk, user=owner, ground="facts", text="It is the carrier's.")
    client = as_user(second_reviewer)
    client.post(address("claim_appeal", appeal.reference))
    page = client.get(address("appeal", appeal.reference)).text
    assert "It is the carrier&#x27;s." in page
    assert "3 become 0" in page
    client.post(address("answer_appeal", appeal.reference), {"act": "uphold", "answer": "So it is."})

    appeal.refresh_from_db()
    assert appeal.status == "upheld"


def test_the_rules_in_force_are_listed(as_user, reviewer):
    text = as_user(reviewer).get(address("policies")).text

    assert "contact_redirect" in text
    assert "minor_safety" in text


def test_a_closing_waits_for_a_second_person(as_user, shop, owner, reviewer, second_reviewer, uphold):
    for _ in range(4):
        uphold("prohibited_products")
    text = as_user(second_reviewer).get(address("closings")).text

    assert "Shop closed" in text


def test_the_lead_verifies_the_audit_trail_on_its_page(as_user, third_reviewer, reviewer):
    record(action="case.dismissed", target_type="case", target_id=1)

    assert as_user(reviewer).get(address("audit")).status_code == 403
    assert (
        "The trail is whole: 1 entry" in as_user(third_reviewer).get(address("audit"), {"verify": "1"}).text
    )


def test_the_suggested_facts_leave_out_what_the_model_thinks():
    finding = Finding(explanation="A phone number. (the model does not, 1%)", matched="312-555-0142")

    assert facts_from([finding]) == "A phone number: “312-555-0142”."
