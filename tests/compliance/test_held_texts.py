"""A decision takes a shop's or product's own words from customers; a successful appeal brings them back."""

import pytest
from django.urls import reverse
from django.utils import timezone

from compliance.engine.findings import Finding as Found
from compliance.models import Case, TextScan
from compliance.services import appeals, standing_texts
from compliance.services.cases import open_case
from compliance.services.decisions import Verdict, decide, undo
from compliance.services.findings import Subject, record_findings
from compliance.services.review_queue import claim
from compliance.services.screening import Screening
from shops.models import Shop
from tests.factories import ProductFactory

NUMBER = "312-555-0178"


@pytest.fixture
def product(shop):
    return ProductFactory(
        shop=shop, title="Walnut board", description=f"Call {NUMBER} to pay less.", warranty="2 years"
    )


def subject_about(text) -> Subject:
    return Subject(
        kind=text.kind,
        id=text.id,
        shop_id=text.shop.pk,
        author_id=None,
        author_kind="member",
        text=text.text,
        occurred_at=timezone.now(),
    )


def text_of(row):
    return standing_texts.shop_text(row) if isinstance(row, Shop) else standing_texts.product_text(row)


def find(row, *words) -> None:
    """What a scan of the row's text as it stands leaves behind; words: (policy, word)."""
    text = text_of(row)
    found = tuple(
        Found(policy, "phones", 1, policy, 0.9, start, start + len(word), word)
        for policy, word in words
        for start in [text.text.index(word)]
    )
    record_findings(subject=subject_about(text), screening=Screening(found, False, (), "r1"))
    TextScan.objects.update_or_create(
        subject_kind=text.kind,
        subject_id=text.id,
        defaults={"digest": text.digest, "ruleset": "r1", "findings": len(found)},
    )


def case_about(row, word) -> Case:
    """An open case about the row's text as it stands, with this word found in it."""
    find(row, ("contact_redirect", word))
    return case_of(row)


def case_of(row) -> Case:
    text = text_of(row)
    return Case.objects.get(subject_kind=text.kind, subject_id=text.id, status="open")


def uphold(case, reviewer, policy="contact_redirect"):
    claim(case_id=case.pk, reviewer=reviewer)
    verdict = Verdict("uphold", "clear", policy_code=policy, facts="A phone number stands in the text.")
    return decide(case_id=case.pk, reviewer=reviewer, verdict=verdict).decision


def overturn(decision, owner, reviewer) -> None:
    appeal = appeals.lodge(decision_id=decision.pk, user=owner, ground="allowed", text="It is the helpline.")
    appeals.claim(appeal_id=appeal.pk, reviewer=reviewer)
    appeals.uphold(appeal_id=appeal.pk, reviewer=reviewer, answer="It is.")


def page_of(client, product) -> str:
    address = reverse("storefront:product", args=[product.shop.slug, product.slug])
    return client.get(address).content.decode()


def test_customers_read_the_reason_instead_of_the_words(client, product, reviewer):
    assert NUMBER in page_of(client, product)

    decision = uphold(case_about(product, NUMBER), reviewer)

    page = page_of(client, product)
    assert NUMBER not in page
    assert "taken down because it broke a rule" in page
    assert decision.policy_version.title in page
    assert "2 years" in page  # Nothing was found in the terms.
    assert any("taken down" in line for line in decision.statement.body["effects"])


def test_a_rule_that_hides_no_message_still_takes_a_text_down(client, product, reviewer):
    uphold(case_about(product, NUMBER), reviewer, "misleading_offer")

    assert NUMBER not in page_of(client, product)


def test_a_name_stays_with_the_marked_words_covered(client, shop, product, reviewer):
    product.title = f"Walnut board {NUMBER}"
    product.save()
    shop.name, shop.description = f"Northfield {NUMBER}", "Handmade."
    shop.save()

    uphold(case_about(product, NUMBER), reviewer)
    uphold(case_about(shop, NUMBER), reviewer)

    product.refresh_from_db()
    shop.refresh_from_db()
    assert product.title == "Walnut board …"
    assert (shop.name, shop.description) == ("Northfield …", "Handmade.")


def test_a_shop_text_that_was_only_reported_goes_whole_and_the_name_stays(client, shop, reviewer):
    shop.description = "We never answer."
    shop.save()
    subject = subject_about(standing_texts.shop_text(shop))
    case = open_case(subject=subject, policy_code="harassment", source="report", evidence={})

    uphold(case, reviewer, "harassment")

    page = client.get(reverse("storefront:shop", args=[shop.slug])).content.decode()
    assert "never answer" not in page
    assert shop.name in page
    assert "taken down" in page


def test_an_appeal_that_succeeds_brings_the_words_back(client, product, owner, reviewer, second_reviewer):
    overturn(uphold(case_about(product, NUMBER), reviewer), owner, second_reviewer)

    page = page_of(client, product)

    assert NUMBER in page
    assert "taken down" not in page


def test_an_undone_decision_brings_the_words_back(client, product, reviewer):
    decision = uphold(case_about(product, NUMBER), reviewer)

    undo(decision_id=decision.pk, reviewer=reviewer)

    assert NUMBER in page_of(client, product)


def test_what_the_shop_wrote_since_stays_when_the_decision_falls(client, product, reviewer):
    decision = uphold(case_about(product, NUMBER), reviewer)
    product.refresh_from_db()
    product.description = "Made of walnut."
    product.save()
    assert "taken down" not in page_of(client, product)

    undo(decision_id=decision.pk, reviewer=reviewer)

    page = page_of(client, product)
    assert "Made of walnut." in page
    assert NUMBER not in page


def test_a_text_that_was_mended_before_the_decision_is_left_alone(client, product, reviewer):
    case = case_about(product, NUMBER)
    product.description = "Made of walnut."
    product.save()

    decision = uphold(case, reviewer)

    assert decision.hide_mode == ""
    assert "Made of walnut." in page_of(client, product)


def test_a_text_that_was_changed_for_the_worse_before_the_decision_goes_too(client, product, reviewer):
    case = case_about(product, NUMBER)
    product.description = f"Please call {NUMBER}!"
    product.save()
    find(product, ("contact_redirect", NUMBER))

    uphold(case, reviewer)

    assert NUMBER not in page_of(client, product)


@pytest.mark.parametrize("description", ["Made, of walnut.", ""])
def test_a_number_in_the_title_is_covered_though_the_description_was_changed(product, reviewer, description):
    product.title, product.description = f"Board {NUMBER}", "Made of walnut."
    product.save()
    case = case_about(product, NUMBER)
    product.description = description
    product.save()
    find(product, ("contact_redirect", NUMBER))

    decision = uphold(case, reviewer)

    product.refresh_from_db()
    assert (product.title, product.description) == ("Board …", description)
    assert list(decision.held_text.fields) == ["title"]


def test_only_what_broke_the_rule_of_the_decision_is_taken(product, reviewer):
    find(product, ("contact_redirect", NUMBER), ("misleading_offer", "Walnut"))

    uphold(case_of(product), reviewer)

    product.refresh_from_db()
    assert (product.title, product.description) == ("Walnut board", "")


def test_a_finding_in_words_that_are_gone_takes_nothing(product, reviewer):
    product.title = f"Board {NUMBER}"
    product.save()
    find(product, ("contact_redirect", NUMBER))
    case = case_of(product)
    product.title, product.description = "Walnut board for cheese", f"Call {NUMBER}."
    product.save()
    find(product, ("contact_redirect", NUMBER))

    uphold(case, reviewer)

    product.refresh_from_db()
    assert (product.title, product.description) == ("Walnut board for cheese", "")


def test_a_mended_text_is_not_taken_down_under_the_rule_that_it_no_longer_breaks(product, reviewer):
    case = case_about(product, NUMBER)
    product.description = "Best offer of the year."
    product.save()
    find(product, ("misleading_offer", "Best offer"))

    decision = uphold(case, reviewer)

    product.refresh_from_db()
    assert decision.hide_mode == ""
    assert product.description == "Best offer of the year."


def test_one_decision_that_falls_gives_nothing_back_while_another_holds(
    client, product, owner, reviewer, second_reviewer
):
    first = uphold(case_about(product, NUMBER), reviewer)
    product.refresh_from_db()
    product.description = f"Now call {NUMBER}."
    product.save()
    second = uphold(case_about(product, NUMBER), reviewer)

    overturn(first, owner, second_reviewer)
    assert NUMBER not in page_of(client, product)

    undo(decision_id=second.pk, reviewer=reviewer)
    assert f"Now call {NUMBER}." in page_of(client, product)


def test_a_number_of_which_a_digit_was_changed_in_its_place_goes_too(product, reviewer):
    case = case_about(product, NUMBER)
    product.description = product.description.replace(NUMBER, "312-555-0179")
    product.save()
    find(product, ("contact_redirect", "312-555-0179"))

    uphold(case, reviewer)

    product.refresh_from_db()
    assert (product.title, product.description) == ("Walnut board", "")
