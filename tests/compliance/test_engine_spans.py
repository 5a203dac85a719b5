"""Which words a finding marks and masks, and that each thing is said once."""

import pytest

from compliance.engine.context import Context
from compliance.engine.findings import Finding
from compliance.engine.pipeline import screen
from compliance.engine.rules import ALL_RULES
from compliance.engine.spans import clauses, narrowed, tidied

SELLER = Context(sender="seller")


def _marked(text: str) -> list[tuple[str, str]]:
    return [(finding.policy, finding.matched) for finding in screen(text, SELLER).findings]


def _masked(text: str) -> str:
    for start, end in reversed(screen(text, SELLER).mask_spans):
        text = f"{text[:start]}#{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call me at (698) 555-0118", "call me at #"),
        ("it ships today (call me at (698) 555-0118), ok", "it ships today (call me at #), ok"),
        ("it ships today (698-555-0118 is my cell)", "it ships today (# is my cell)"),
        ("text +1 345 555 0114 for help", "text # for help"),
        ("text [329][555][0134] for help", "text # for help"),
        ("go to https://tinywagon.org/sale now", "go to # now"),
        ("go to hxxp://mossgarden.test now", "go to # now"),
        ("see (https://lampshop.com/x) now", "see (#) now"),
        ("anna @ bluekettle.example has it", "# has it"),
        ("details are at lampshop dot com thanks", "details are at # thanks"),
        ("info at lampshop dot com has it", "# has it"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN # please"),
    ],
)
def test_a_mask_hides_all_of_the_contact_data_and_only_it(text, masked):
    assert _masked(text) == masked


@pytest.mark.parametrize(
    "text",
    ["add me on iinnssttaaggrraamm for faster replies", "message me on wh47$4pp please", "pay me with zelle"],
)
def test_rules_that_overlap_are_one_finding_that_ends_with_a_word(text):
    assert [matched for _, matched in _marked(text)] == [text]


def test_a_letter_keeps_its_sign_and_a_clause_its_end():
    text = "आधार और पैन की फोटो भेजिए, बिना इसके वारंटी कार्ड नहीं बनेगा"

    assert _marked(text) == [("soliciting_personal_info", "आधार और पैन की फोटो भेजिए")]


def test_a_long_clause_is_not_marked_whole():
    text = (
        "For the shelf that you asked me about last week I can do the price of 40 when you "
        "message me on telegram because then the parcel is out of the house before my holidays begin"
    )
    ((_, matched),) = _marked(text)

    assert "message me on telegram" in matched
    assert len(matched) < 80


def test_two_sentences_that_break_a_rule_are_two_findings():
    found = tidied(
        [
            Finding("harassment", "phrases", 1, "insulted", 0.9, 0, 5, "Idiot"),
            Finding("harassment", "phrases", 1, "insulted", 0.9, 31, 36, "moron"),
        ],
        "Idiot. It is in your parcel, a moron sees that.",
    )

    assert [finding.matched for finding in found] == ["Idiot.", "a moron sees that."]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ah oui M. Perrault, il prend 2.5 ml", ["Ah oui M. Perrault", "il prend 2.5 ml"]),
        ("open Foto_Paket.apk now. Thanks a lot!", ["open Foto_Paket.apk now.", "Thanks a lot!"]),
        ("a cup and a plate", ["a cup and a plate"]),
        ("it ships today and then we talk again", ["it ships today and then we talk again"]),
        (
            "the vase in the tall box ships today from our post office and then you give us five stars",
            [
                "the vase in the tall box ships today from our post office",
                "and then you give us five stars",
            ],
        ),
        ("我取消会罚钱，您取消没事", ["我取消会罚钱", "您取消没事"]),
        ("ok, so: your order is 1,200", ["ok, so: your order is 1,200"]),
    ],
)
def test_a_text_is_parted_where_a_reader_pauses(text, parts):
    assert [text[start:end] for start, end in clauses(text)] == parts


def test_a_model_alone_marks_the_clause_that_it_means():
    text = "The vase ships tomorrow with the tall box, just pay me forty through zelle"
    (found,) = narrowed(
        [Finding("diverting_transactions", "model", 3, "r", 0.9, 0, len(text), text)], text, SELLER
    )

    assert found.matched == "just pay me forty through zelle"
    assert text[found.start : found.end] == found.matched


def test_every_rule_says_in_a_sentence_what_the_words_do():
    assert all(rule.explanation.endswith(".") and " " in rule.explanation for rule in ALL_RULES)
    assert not any("model" in rule.explanation or "%" in rule.explanation for rule in ALL_RULES)
