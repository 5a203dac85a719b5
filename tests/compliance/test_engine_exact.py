"""The exact layer and the word lists: both matchers agree, files are well-formed, all languages covered."""

import json
import random

import pytest

from compliance.engine.concepts import LexiconError, all_terms, concepts_by_lang, read_lexicon
from compliance.engine.exact import AhoCorasickMatcher, HyperscanMatcher
from compliance.engine.rules import ALL_RULES, measured_confidences
from compliance.engine.text import fold, lookalike, squash
from compliance.engine.veiled import terms
from tests.compliance.test_engine_hostile import BUILT_AGAINST

LANGUAGES = {
    "en",
    "es",
    "pt",
    "zh",
    "ja",
    "ko",
    "vi",
    "tl",
    "id",
    "ms",
    "th",
    "fr",
    "de",
    "it",
    "ru",
    "ar",
    "hi",
    "tr",
}


def test_both_matchers_find_the_same():
    rng = random.Random(5)
    terms = sorted({term.text for term in all_terms()})
    chosen = rng.sample(terms, 3_000)
    first, second = AhoCorasickMatcher(chosen), HyperscanMatcher(chosen)
    texts = [" ".join(rng.sample(terms, 12)) for _ in range(60)] + [t[:2_000] for t in BUILT_AGAINST.values()]
    for text in texts:
        assert sorted(first.find(text)) == sorted(second.find(text)), json.dumps(text)[:200]


def test_rules_name_only_concepts_that_exist():
    known = {term.concept for term in (*all_terms(), *terms())} | {"number", "money"}
    for rule in ALL_RULES:
        named = {concept for part in rule.parts for concept in part}
        named |= {*rule.unless, *rule.unless_clause, *rule.unless_sentence, *rule.after, *rule.not_after}
        assert named <= known, (rule.name, named - known)


def test_rule_names_are_unique_and_confidences_are_of_rules():
    names = [rule.name for rule in ALL_RULES]
    assert len(names) == len(set(names))
    assert set(measured_confidences()) <= set(names)


@pytest.mark.parametrize(
    "concept",
    ["messenger", "pay_verb", "cheaper", "review_noun", "cancel_verb", "fee_noun", "no", "severe_insult"],
)
def test_every_language_has_words_for_what_matters(concept):
    assert concepts_by_lang()[concept] >= LANGUAGES


@pytest.mark.parametrize(
    "content", ["en: x", "@concept a b c", "@concept a\nno colon", "@concept a\nen: \u200b*"]
)
def test_a_broken_lexicon_is_refused(content):
    with pytest.raises(LexiconError):
        list(read_lexicon("x.txt", content))


@pytest.mark.parametrize(
    "text, folded",
    [
        ("Ｐａｙ", "pay"),
        ("Chuyển khoản đi", "chuyen khoan di"),
        ("ⓖⓜⓐⓘⓛ 🅰🅱", "gmail ab"),
        ("٠٥٠ ०१", "050 01"),
        ("W\u200bh\u00ada\u2060t", "what"),
        ("e\u0301 É", "e e"),
        ("카톡", "카톡"),
    ],
)
def test_folding_undoes_a_disguise(text, folded):
    view = fold(text)
    assert view.text == folded
    start, end = view.span(0, len(view.text))
    assert text[start:end] == text


def test_lookalikes_of_other_alphabets_read_as_latin():
    view = lookalike(fold("Zеllе раураl"))
    assert view is not None
    assert view.text == "zelle paypal"


def test_squashing_reads_leet_and_removes_signs():
    assert squash("v3n-m.0").text == "venmo"
    assert squash("teeell").text == "tel"
