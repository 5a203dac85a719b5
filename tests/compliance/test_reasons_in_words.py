"""The reasons of a finding in the words and the language of whoever reads them."""

from types import SimpleNamespace

import pytest
import yaml
from django.utils.translation import override

from chat.serializers import screening_json
from compliance import taxonomy
from compliance.engine.context import Context
from compliance.engine.detectors.claims import LISTED
from compliance.engine.findings import Finding, parted, with_reading
from compliance.engine.pipeline import screen
from compliance.engine.window import TOGETHER
from compliance.services import rule_texts, screening
from compliance.services.cases import _gravest
from compliance.services.policies import ENFORCEMENT_FILE
from compliance.services.screening import in_words


@pytest.fixture
def catalogue(monkeypatch):
    """A language in which every known text is written in capitals."""
    monkeypatch.setattr(screening, "gettext", str.upper)


def test_every_word_of_the_rules_and_milestones_is_in_the_catalogue():
    for policy in taxonomy.all_policies():
        assert {policy.title, policy.clause, policy.covers, policy.lesson} <= {*rule_texts.RULES}
    schemes = yaml.safe_load(ENFORCEMENT_FILE.read_text(encoding="utf-8"))["schemes"]
    for milestone in (row for scheme in schemes for row in scheme["milestones"]):
        assert {milestone["title"], milestone["detail"]} <= {*rule_texts.MILESTONES}


def test_what_follows_a_beginning_keeps_its_figures(catalogue):
    assert in_words(f"{LISTED} 12.00 USD") == f"{LISTED.upper()} 12.00 USD"
    assert in_words(f"{TOGETHER} A phone number.") == f"{TOGETHER.upper()} A PHONE NUMBER."
    assert in_words("") == ""


def test_the_hint_before_sending_gives_the_reason_the_rule_and_the_cost():
    with override("en"):
        hint = screening_json(screen("call 212-555-0147, or pay me by zelle", Context()))

    reasons = {found["policy"]: found for found in hint["findings"]}
    assert reasons["contact_redirect"]["explanation"] == "A phone number."
    assert reasons["contact_redirect"]["points"] == 3
    assert "Purchases, payments and discounts stay" in reasons["diverting_transactions"]["clause"]


def _suspicion(policy, confidence):
    return SimpleNamespace(policy_code=policy, confidence=confidence, start=0)


@pytest.mark.parametrize(
    ("suspicions", "code"),
    [
        ((("diverting_transactions", 0.9), ("harassment", 0.3)), "diverting_transactions"),
        ((("diverting_transactions", 0.9), ("harassment", 0.7)), "harassment"),
        ((("diverting_transactions", 0.9), ("minor_safety", 0.3)), "minor_safety"),
    ],
)
def test_a_case_is_opened_under_what_is_grave_and_likely(suspicions, code):
    assert _gravest([_suspicion(*row) for row in suspicions]) == code


def test_a_reason_says_what_the_words_do_and_no_figure():
    texts = ("pay me by zelle", "call 212-555-0147", "write 5 stars for a gift", "cancel the order please")
    found: list[Finding] = [row for text in texts for row in screen(text, Context()).findings]

    assert found
    assert all(row.explanation.endswith(".") and "%" not in row.explanation for row in found)


def test_marks_in_what_was_shown_do_not_part_a_reason_in_the_wrong_place():
    read = parted(with_reading("Hides a word.", "x” reads “y", "whatsapp"))
    assert read is not None
    assert (read["reason"], read["shown"], read["read"]) == ("Hides a word.", 'x" reads "y', "whatsapp")
