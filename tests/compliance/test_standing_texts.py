"""Texts of shops, products and saved replies are scanned when new or changed, and again under new rules."""

import pytest

from chat.models import SavedReply
from chat.services.saved_replies import save_reply
from compliance.models import Case, Finding, TextScan
from compliance.services import standing_texts
from compliance.services.decisions import Verdict, decide
from compliance.services.review_queue import claim
from compliance.tasks import sweep_standing_texts
from tests.factories import ProductFactory

CONTACT = "Order cheaper on WhatsApp +1 212 555 0147"


def uphold(case, reviewer, policy="contact_redirect"):
    claim(case_id=case.pk, reviewer=reviewer)
    verdict = Verdict("uphold", "clear", policy_code=policy, facts="A phone number.")
    return decide(case_id=case.pk, reviewer=reviewer, verdict=verdict).decision


def kinds():
    return set(Finding.objects.values_list("subject_kind", flat=True))


def test_shop_and_product_texts_are_found_once(shop):
    shop.description = CONTACT
    shop.save()
    product = ProductFactory(shop=shop, description=CONTACT)
    ProductFactory(shop=shop, description="Made of walnut, 40 cm long.")

    sweep_standing_texts()
    before = Finding.objects.count()
    assert standing_texts.sweep() == 0

    assert kinds() == {"shop_text", "product_text"}
    assert Finding.objects.count() == before
    case = Case.objects.get(subject_kind="product_text")
    assert (case.subject_id, case.shop) == (product.pk, shop)


def test_a_changed_text_is_scanned_again_and_makes_a_new_case(shop, reviewer):
    product = ProductFactory(shop=shop, description=CONTACT)
    standing_texts.sweep()
    case = Case.objects.get(subject_kind="product_text")
    claim(case_id=case.pk, reviewer=reviewer)
    decide(case_id=case.pk, reviewer=reviewer, verdict=Verdict("dismiss", "a mistake"))

    product.description = f"New! {CONTACT}"
    product.save()
    assert standing_texts.sweep() == 1

    assert Case.objects.filter(subject_kind="product_text", status="open").count() == 1


def test_a_new_ruleset_scans_everything_again(shop):
    ProductFactory(shop=shop)
    standing_texts.sweep()
    count = TextScan.objects.count()
    TextScan.objects.update(ruleset="older")

    assert standing_texts.sweep() == count


def test_a_saved_reply_is_scanned_as_it_is_saved(shop, agent):
    save_reply(shop=shop, shortcut="wa", title="Contact", body=CONTACT, by=agent)

    reply = SavedReply.objects.get()
    assert Case.objects.get().subject_id == reply.pk
    assert kinds() == {"saved_reply"}


@pytest.mark.parametrize("policy", ["contact_redirect", "fraud"])
def test_a_decision_about_a_saved_reply_hides_nothing(shop, agent, reviewer, second_reviewer, policy):
    save_reply(shop=shop, shortcut="wa", title="Contact", body=CONTACT, by=agent)

    decision = uphold(Case.objects.get(), reviewer, policy)

    assert decision.hide_mode == ""
