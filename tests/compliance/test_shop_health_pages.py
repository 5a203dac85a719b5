"""Shop Health as the shop's people see it: through the pages, not the services."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from compliance.models import Appeal
from compliance.services import appeals
from tests.compliance.conftest import FACTS

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def address(name, *args):
    return reverse(f"seller:{name}", args=args)


@pytest.fixture
def as_user(client):
    def act(user):
        client.force_login(user)
        return client

    return act


def test_a_shop_without_violations_sees_an_empty_page(as_user, shop, owner):
    response = as_user(owner).get(address("health", shop.slug))

    assert response.status_code == 200
    assert "No violations" in response.text


def test_points_milestones_and_the_statement_are_on_the_page(as_user, shop, owner, uphold):
    decision = uphold()
    response = as_user(owner).get(address("violation", shop.slug, decision.pk))

    assert response.status_code == 200
    assert '<span class="figure">3</span>' in response.text
    assert "9 below the next milestone" in response.text
    assert decision.statement.reference in response.text
    assert "<mark>312-555-0178</mark>" in response.text
    assert FACTS in response.text
    assert "Campaigns close" in response.text


@pytest.mark.parametrize(
    ("language", "title", "clause", "milestone"),
    [
        ("es", "Contacto fuera del chat", "No compartas ni indiques", "Se cierran las campañas"),
        ("zh-hans", "聊天之外的联系", "请勿提供或引向", "关闭活动"),
    ],
)
def test_a_statement_speaks_the_language_of_its_reader(
    as_user, shop, owner, uphold, language, title, clause, milestone
):
    decision = uphold()
    browser = as_user(owner)
    browser.cookies["django_language"] = language
    names = ("violation", "statement", "appeal_new")
    pages = {name: browser.get(address(name, shop.slug, decision.pk)).text for name in names}
    rules = browser.get(address("policies", shop.slug)).text

    assert all(title in page for page in pages.values())
    assert all(clause in page for page in (pages["violation"], pages["statement"], rules))
    assert milestone in pages["violation"]
    assert not any("Contact outside the chat" in page for page in [*pages.values(), rules])


@pytest.mark.parametrize("points,blocks", [([3], ["p3"]), ([12, 12], ["p12", "p12"]), ([24], ["p12", "p12"])])
def test_points_are_drawn_between_their_milestones(as_user, shop, owner, uphold, points, blocks):
    policies = {3: "contact_redirect", 12: "prohibited_products", 24: "fraud"}
    for number in points:
        uphold(policies[number])
    text = as_user(owner).get(address("health", shop.slug)).text

    assert sum(text.count(f'class="pt-block {name}"') for name in set(blocks)) == len(blocks)


def test_a_running_restriction_is_announced_on_top(as_user, shop, owner, uphold):
    uphold("prohibited_products")

    assert "No campaigns" in as_user(owner).get(address("health", shop.slug)).text


def test_words_of_a_message_are_escaped(as_user, shop, owner, uphold):
    decision = uphold(text="<script>1</script> 312-555-0178 is mine")
    response = as_user(owner).get(address("statement", shop.slug, decision.pk))

    assert "<script>1</script>" not in response.text
    assert "&lt;script" in response.text


def test_the_record_for_the_dsa_database_can_be_downloaded(as_user, shop, owner, uphold):
    decision = uphold()
    response = as_user(owner).get(address("statement_json", shop.slug, decision.pk))

    assert json.loads(response.content)["puid"] == decision.statement.reference
    assert decision.statement.reference in response["Content-Disposition"]


def test_other_shops_and_strangers_are_told_there_is_nothing(as_user, shop, uphold, other_agent, stranger):
    decision = uphold()

    for person in (other_agent, stranger):
        for name, args in [
            ("health", [shop.slug]),
            ("violation", [shop.slug, decision.pk]),
            ("statement", [shop.slug, decision.pk]),
            ("statement_json", [shop.slug, decision.pk]),
            ("appeal_new", [shop.slug, decision.pk]),
            ("appeals", [shop.slug]),
        ]:
            assert as_user(person).get(address(name, *args)).status_code == 404, (name, person)


def test_anonymous_visitors_are_asked_to_log_in(client, shop):
    response = client.get(address("health", shop.slug))

    assert response.status_code == 302
    assert "login" in response["Location"]


def test_an_agent_reads_the_page_but_gets_no_appeal_form(as_user, shop, agent, uphold):
    decision = uphold()
    page = as_user(agent).get(address("violation", shop.slug, decision.pk))

    assert page.status_code == 200
    assert "Owners and managers of the shop can appeal" in page.text
    assert as_user(agent).get(address("appeal_new", shop.slug, decision.pk)).status_code == 403


def test_the_owner_appeals_through_the_form_and_gets_a_number(
    as_user, shop, owner, uphold, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    decision = uphold()
    client = as_user(owner)
    form = {
        "ground": "allowed",
        "text": "It is the carrier's public line.",
        "files": [SimpleUploadedFile("proof.pdf", PDF, content_type="application/pdf")],
    }
    response = client.post(address("appeal_new", shop.slug, decision.pk), form, follow=True)

    appeal = Appeal.objects.get()
    assert response.redirect_chain[-1][0] == address("appeal", shop.slug, appeal.reference)
    assert appeal.reference in response.text
    assert "proof.pdf" in response.text


def test_a_form_without_words_keeps_what_was_chosen_and_says_what_is_missing(as_user, shop, owner, uphold):
    decision = uphold()
    response = as_user(owner).post(address("appeal_new", shop.slug, decision.pk), {"ground": "allowed"})

    assert response.status_code == 422
    assert "error-summary" in response.text
    assert not Appeal.objects.exists()


def test_lodging_twice_leads_to_the_one_appeal(as_user, shop, owner, uphold):
    decision = uphold()
    form = {"ground": "allowed", "text": "It is the carrier's public line."}
    as_user(owner).post(address("appeal_new", shop.slug, decision.pk), form)
    again = as_user(owner).post(address("appeal_new", shop.slug, decision.pk), form)

    assert again["Location"] == address("appeal", shop.slug, Appeal.objects.get().reference)


def test_a_question_is_answered_on_the_appeals_page(as_user, shop, owner, second_reviewer, uphold):
    appeal = appeals.lodge(decision_id=uphold().pk, user=owner, ground="facts", text="No.")
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.ask(appeal_id=appeal.pk, reviewer=second_reviewer, question="Was it a saved reply?")
    client = as_user(owner)
    assert "Was it a saved reply?" in client.get(address("appeal", shop.slug, appeal.reference)).text

    client.post(address("appeal_answer", shop.slug, appeal.reference), {"text": "Yes."})

    appeal.refresh_from_db()
    assert appeal.status == "in_review"


def test_the_answer_to_an_appeal_names_no_reviewer(as_user, shop, owner, second_reviewer, uphold):
    appeal = appeals.lodge(decision_id=uphold().pk, user=owner, ground="facts", text="No.")
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.reject(appeal_id=appeal.pk, reviewer=second_reviewer, answer="The order did not need it.")
    text = as_user(owner).get(address("appeal", shop.slug, appeal.reference)).text

    assert "The order did not need it." in text
    assert second_reviewer.display_name not in text
    assert second_reviewer.email not in text
    assert "Second appeal" in text


def test_a_decision_that_was_taken_back_says_so(as_user, shop, owner, second_reviewer, uphold):
    decision = uphold()
    appeal = appeals.lodge(decision_id=decision.pk, user=owner, ground="facts", text="No.")
    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
    appeals.uphold(appeal_id=appeal.pk, reviewer=second_reviewer, answer="You are right.")
    text = as_user(owner).get(address("violation", shop.slug, decision.pk)).text

    assert '<span class="figure">0</span>' in text
    assert "Taken back" in text


def test_the_owner_withdraws_an_appeal(as_user, shop, owner, uphold):
    appeal = appeals.lodge(decision_id=uphold().pk, user=owner, ground="facts", text="No.")
    as_user(owner).post(address("appeal_withdraw", shop.slug, appeal.reference))

    appeal.refresh_from_db()
    assert appeal.status == "withdrawn"
