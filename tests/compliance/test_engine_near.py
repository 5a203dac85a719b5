"""Telling words nearly spelt as usual, or written by a key, are read; what only resembles them isn't."""

import pytest

from compliance.engine import near
from compliance.engine.context import Context
from compliance.engine.findings import with_reading
from compliance.engine.keys import korean_keys
from compliance.engine.pipeline import observe, screen
from compliance.services import screening
from compliance.services.screening import in_words

SELLER = Context(sender="seller")
READ = {
    "stars for vowels": ("we have bl*wj*b here", "bl*wj*b", "blowjob"),
    "a hidden middle": ("use p____l for it", "p____l", "paypal"),
    "the first letter gone": ("my 'obile number is inside", "'obile number", "mobile number"),
    "no vowels": ("what is the psswrd", "psswrd", "password"),
    "letters in disorder": ("I also sell scotelynd canibans", "canibans", "cannabis"),
    "as it sounds": ("it is a kounterfeyt", "kounterfeyt", "counterfeit"),
    "a stuffed letter": ("come to the casjino", "casjino", "casino"),
    "backwards": ("give me the edoc nigol", "edoc nigol", "login code"),
    "thirteen letters on": ("I need the cnffjbeq", "cnffjbeq", "password"),
    "another keyboard": ("дай мне gfhjkm", "gfhjkm", "пароль"),
    "Pig Latin": ("pay by itcoinbay", "itcoinbay", "bitcoin"),
}
LEFT_ALONE = (
    "The kratos figure and the postal card are in the box.",
    "Casona is a lovely shop in Haryana, ask for Hendo or Marion.",
    "We pack it in cellophane, not in cellulose.",
    "Is the storied granada bowl from Toledo?",
    "Le disque est signalé sur la facture.",
)


@pytest.mark.parametrize("name", READ)
def test_a_word_is_read_where_it_stands(name):
    text, shown, word = READ[name]
    assert (shown, word) in [(text[one.start : one.end], one.word) for one in near.corrected(text)]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_ordinary_words_beside_a_telling_one_are_left_alone(text):
    assert not near.corrected(text)


def test_a_disguise_is_a_finding_that_says_what_it_reads():
    found = screen("give me the edoc nigol", SELLER).findings
    assert "soliciting_personal_info" in {one.policy for one in found}
    assert any("“edoc nigol” reads “login code”." in one.explanation for one in found)


def test_a_slip_of_the_pen_is_judged_by_what_is_said_with_it():
    assert not screen("Your pasword stays with you alone.", SELLER).findings
    asked = screen("Send me your passwrot so I can verify your account.", SELLER).findings
    assert "soliciting_personal_info" in {one.policy for one in asked}
    assert not [one for one in asked if one.rule.startswith("veiled_")]


def test_the_models_read_what_is_meant():
    assert observe("Want bl*wj*b? I send them", SELLER).meant == "Want blowjob? I send them"
    assert observe("take r~i~f~l~e too", SELLER).meant == "take rifle too"
    assert observe("The bowl is blue.", SELLER).meant == "The bowl is blue."


@pytest.mark.parametrize("text", ["this is bullsh*t", "well sh*t, wrong box", "txt me when it is there"])
def test_what_decency_or_haste_writes_so_is_no_disguise(text):
    assert not near.corrected(text)


def test_korean_typed_on_english_keys():
    assert korean_keys("카톡") == "zkxhr"


def test_the_reading_follows_the_reason_in_every_language(monkeypatch):
    monkeypatch.setattr(screening, "gettext", lambda text: {"A.": "B."}.get(text, text))
    told = with_reading("A.", "wh@t\ns", "whats")
    assert in_words(told) == "B. “wh@t s” reads “whats”."
    assert in_words(f"{told} Found in note.pdf.").endswith("Found in note.pdf.")


@pytest.mark.parametrize(
    "text", ["★ R e v i e w s ★", "T E L E P H O N E table, 60 cm", "R E V I E W S\nLovely bowl."]
)
def test_wide_headings_hide_nothing(text):
    assert not [one for one in screen(text, SELLER).findings if one.rule.startswith("veiled_")]


def test_a_part_of_a_word_in_letters_apart_is_no_word_of_its_own():
    found = screen("Du A r s c h l o c h!", SELLER).findings
    assert {one.policy for one in found} == {"harassment"}
    assert "“A r s c h l o c h” reads “arschloch”." in found[0].explanation
