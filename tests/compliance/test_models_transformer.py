"""The transformer behind `score_batch`, with its tokenizer: right on plain cases, steady on hostile ones."""

import hashlib
import json
from pathlib import Path

import pytest

from compliance.engine.context import Context, Turn
from compliance.engine.models import (
    CATEGORIES,
    MODEL_VERSION,
    THRESHOLDS,
    ModelUnavailable,
    reported,
    score_batch,
    settings,
    transformer_model,
)
from compliance.engine.models.packing import TEXT_PIECES, TOTAL_PIECES, starts, windows
from compliance.engine.models.text_input import ModelInput, plain
from compliance.engine.models.transformer import Vocabulary

SELLER = Context(sender="seller")
CUSTOMER = Context(sender="customer")
REFERENCE = json.loads(Path(__file__).with_name("tokenizer_reference.json").read_text(encoding="utf-8"))
STORED = json.loads((settings.FOLDER / "calibration.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tokenizer():
    return Vocabulary(settings.FOLDER / "vocabulary.npz").tokenizer


@pytest.mark.parametrize("row", REFERENCE, ids=[row["text"][:12] for row in REFERENCE])
def test_the_tokenizer_equals_the_reference(row, tokenizer):
    assert tokenizer.encode(plain(row["text"])) == row["numbers"]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("text me on whatsapp +1 212 555 0147", "contact_redirect"),
        ("order on our own website instead, 15% off there and no platform fee", "diverting_transactions"),
        ("Leave us five stars and we send you a 10 dollar gift card.", "feedback_tampering"),
        ("Please cancel the order yourself, choose 'changed my mind' as the reason.", "cancel_request"),
        ("We only sell AAA replicas, same logo, nobody sees a difference.", "counterfeit_ip"),
        ("加我微信，私下转账给你便宜点", "diverting_transactions"),
        ("Mandame tu correo y tu contraseña para revisar tu cuenta", "soliciting_personal_info"),
        ("You stupid cow, I know where you live and I will come for you.", "harassment"),
    ],
)
def test_a_plain_violation_is_likeliest_under_its_category(text, category):
    (scores,) = score_batch([(text, SELLER)])

    assert max(scores, key=scores.__getitem__) == category


@pytest.mark.parametrize(
    "text",
    [
        "Yes, it fits a 14 inch laptop.",
        "Your parcel left the warehouse this morning, tracking is 9400 1000 0000 0000.",
        "Please pay only through the cart, we never ask for Zelle or Venmo.",
        "What is your preferred type of show?",
        "It is $10.",
        "Thank you for your patience!",
        "您好，今天下午就发货。",
    ],
)
def test_ordinary_talk_of_a_shop_is_not_reported(text):
    (scores,) = score_batch([(text, SELLER)])

    assert reported(scores) == ()


@pytest.mark.parametrize(
    "text",
    [
        "my number is 212 555 0147, please call me when it's ready",
        "please cancel my order",
        "this is the worst shop ever, I want my money back",
        "can I pay with venmo?",
    ],
)
def test_a_customers_own_wishes_and_complaints_are_not_reported(text):
    (scores,) = score_batch([(text, CUSTOMER)])

    assert reported(scores, sender="customer") == ()


def test_scores_are_probabilities_of_every_category():
    scores = score_batch([("hello", SELLER), ("call me", CUSTOMER)])

    for row in scores:
        assert tuple(row) == CATEGORIES
        assert sum(row.values()) == pytest.approx(1, abs=1e-3)


def test_what_does_not_bind_a_customer_goes_to_none():
    (scores,) = score_batch([("add me on whatsapp +1 212 555 0147", CUSTOMER)])

    assert scores["contact_redirect"] == 0
    assert scores["none"] > 0.9


def test_a_batch_scores_nearly_like_its_texts_one_by_one():
    """Nearly: int8 scales are taken for a whole batch."""
    texts = ["do you have it in blue?", "", "pay me outside, 20% off", "好的" * 30, "x " * 400]

    together = score_batch([(text, SELLER) for text in texts])

    for text, row in zip(texts, together, strict=True):
        (alone,) = score_batch([(text, SELLER)])
        assert row["none"] == pytest.approx(alone["none"], abs=0.08)


def test_an_answer_is_judged_with_the_question_before_it():
    question = Context(sender="seller", history=(Turn("customer", "so is this a copy of the real bag?"),))
    answer = "yes, same factory look, nobody can tell"

    alone, asked = score_batch([(answer, SELLER), (answer, question)])

    assert asked["none"] < alone["none"]


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "\ud800", "\u202e" * 500, "a" * 100_000, "😀" * 5_000, "\u0300" * 4_000, "字" * 100_000],
    ids=["empty", "nul", "surrogate", "bidi", "long", "emoji", "marks", "han"],
)
def test_hostile_text_gets_scores(text):
    (scores,) = score_batch([(text, SELLER)])

    assert 0 <= scores["none"] <= 1


def test_windows_cover_a_long_text_and_keep_the_earlier_lines(tokenizer):
    text = ModelInput("seller", "one two three four five " * 60, (("customer", "why is that?"),))

    found = windows(text, tokenizer)

    assert len(found) > 1
    assert all(len(numbers) <= TOTAL_PIECES and length <= len(numbers) for numbers, length in found)
    assert starts(TEXT_PIECES) == [0]
    assert starts(TEXT_PIECES + 1) == [0, 1]
    assert starts(100_000)[-1] == 100_000 - TEXT_PIECES


def test_a_missing_network_says_that_no_model_is_there(monkeypatch, tmp_path):
    transformer_model.cache_clear()
    monkeypatch.setattr(settings, "FOLDER", tmp_path)

    with pytest.raises(ModelUnavailable):
        transformer_model()

    transformer_model.cache_clear()


def test_the_stored_hashes_are_those_of_the_files():
    """So that figures, thresholds and files can't drift apart."""
    assert STORED["files"]
    for name, digest in STORED["files"].items():
        assert hashlib.sha256((settings.FOLDER / name).read_bytes()).hexdigest() == digest
    assert STORED["version"] == MODEL_VERSION


def test_every_category_has_thresholds_for_every_group():
    assert set(THRESHOLDS) == set(CATEGORIES) - {"none"}
    for groups in THRESHOLDS.values():
        assert set(groups) == {"all", "en", "cjk", "other", "customer"}
        assert all(0 < value < 1 for value in groups.values())


def test_the_files_are_small_enough_for_git():
    assert sum((settings.FOLDER / name).stat().st_size for name in STORED["files"]) < 45_000_000
