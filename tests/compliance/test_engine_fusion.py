"""Rules and models together: what agreement and disagreement do to a finding."""

from dataclasses import replace

import numpy as np

from compliance.engine import models
from compliance.engine.context import Context, Turn
from compliance.engine.findings import Finding
from compliance.engine.fusion import CODES, Case, Scores, flag_for, fuse, fusion_settings, probabilities
from compliance.engine.models.settings import CATEGORIES
from compliance.engine.pipeline import observe, scan_batch, screen
from compliance.engine.spans import narrowed

SELLER = Context(sender="seller")
CUSTOMER = Context(sender="customer")
NOTHING: frozenset[str] = frozenset()


def _rule(policy="diverting_transactions", confidence=0.8, detector="phrases", view="folded"):
    return Finding(policy, detector, 1, "r", confidence, 0, 4, "text", view=view, explanation="Why.")


def _scores(**named):
    """Scores of a transformer that sees these categories, and of cheaper models that agree."""
    deep = dict.fromkeys(CATEGORIES, 0.0) | {"none": 1 - sum(named.values())} | named
    shares = np.array([max(deep[code], 1e-4) for code in CATEGORIES])
    light = (shares / shares.sum()).astype(np.float32)
    return Scores(1 - deep["none"], np.log(light), light, deep)


def _fuse(found, scores, context=SELLER, *, concepts=NOTHING, english=True):
    case = Case(found, concepts, context)
    return fuse(case, scores, probabilities([case], [scores])[0], "buy buy", english=english)


def test_agreement_raises_and_is_told():
    (finding,) = _fuse([_rule()], _scores(diverting_transactions=0.9))
    assert finding.confidence > 0.95
    assert finding.agrees
    assert finding.explanation == "Why."  # plain words: who agrees stands in its own field


def test_a_phrase_that_the_models_find_harmless_is_dropped():
    assert _fuse([_rule(confidence=0.7)], _scores(spam=0.01)) == []


def test_exact_data_stays_though_the_model_sees_nothing():
    number = _rule("contact_redirect", 0.95, "phones")
    (finding,) = _fuse([number], _scores(spam=0.01))
    assert finding.agrees is False


def test_an_undisguised_name_stays_though_the_model_cannot_read_it():
    name = _rule("contact_redirect", 0.85, view="squashed")
    assert [finding.policy for finding in _fuse([name], _scores(spam=0.01))] == ["contact_redirect"]


def test_a_weak_rule_counts_with_the_model():
    (finding, *_) = _fuse([_rule(confidence=0.5)], _scores(diverting_transactions=0.85))
    assert finding.detector == "phrases"


def test_a_model_alone_names_itself():
    (finding,) = _fuse([], _scores(spam=0.95))
    assert (finding.detector, finding.policy, finding.matched) == ("model", "spam", "buy buy")
    assert _fuse([], _scores(spam=0.1)) == []


def test_the_models_decide_between_two_rules():
    found = [_rule("fraud", 0.8), _rule("additional_payments", 0.8)]
    kept = _fuse(found, _scores(additional_payments=0.9, fraud=0.02))
    assert [finding.policy for finding in kept] == ["additional_payments"]


def test_a_refusal_and_words_of_the_platform_speak_against_a_violation():
    def confidence(*concepts):
        kept = _fuse(
            [_rule(confidence=0.85)], _scores(diverting_transactions=0.8), concepts=frozenset(concepts)
        )
        return max((finding.confidence for finding in kept), default=0.0)

    assert confidence() > confidence("refuse")
    assert confidence() > confidence("on_platform")


def test_what_binds_sellers_only_never_holds_a_customer():
    assert _fuse([], _scores(cancel_request=0.99), CUSTOMER) == []
    assert [finding.policy for finding in _fuse([], _scores(harassment=0.99), CUSTOMER)] == ["harassment"]


def test_thresholds_are_data_by_language_and_role(monkeypatch):
    settings = replace(fusion_settings(), flag=0.2, flag_other=0.8, flag_in_talk=0.7, customer_flag=0.9)
    monkeypatch.setattr("compliance.engine.fusion.fusion_settings", lambda: settings)
    assert flag_for(SELLER, english=True) == 0.2
    assert flag_for(SELLER, english=False) == 0.8
    assert flag_for(CUSTOMER, english=True) == 0.9
    answering = replace(SELLER, history=(Turn("customer", "Hello"),))
    assert flag_for(answering, english=True) == flag_for(answering, english=False) == 0.7


def test_every_category_has_a_weight_of_its_own():
    for code in CODES:
        kept = _fuse([], _scores(**{code: 0.97}))
        assert [finding.policy for finding in kept][:1] == [code]


def test_a_message_without_words_or_of_the_platform_is_scanned_and_clean():
    results = scan_batch([("", SELLER), ("call 212-555-0147", Context(sender="platform")), ("hi", SELLER)])
    assert [result.findings for result in results] == [(), (), ()]


def test_evidence_tells_languages_apart_from_meaning():
    english = observe("pay me on paypal, it is cheaper", SELLER).evidence[0]
    german = observe("zahlen Sie mit paypal, das ist billiger", SELLER).evidence[0]
    assert {"pay_app", "cheaper"} <= english & german


def test_a_model_alone_marks_the_sentence_that_it_means():
    text = "The board measures 40 by 25. Give us five stars and I send you ten dollars back. Have a nice day!"
    found = [finding for finding in scan_batch([(text, SELLER)])[0].findings if finding.detector == "model"]
    narrow = narrowed(
        [Finding("feedback_tampering", "model", 2, "feedback_tampering", 0.9, 0, len(text), text)],
        text,
        SELLER,
    )
    assert [finding.matched for finding in narrow] == ["Give us five stars and I send you ten dollars back."]
    assert all(text[finding.start : finding.end] == finding.matched for finding in found)


def test_a_number_to_call_is_found_beside_the_word_order():
    text = "Order shows Tomas Reyl, (775) 555-0188, is this you?"
    assert [text[start:end] for start, end in screen(text, SELLER).mask_spans] in (
        ["(775) 555-0188"],
        ["775) 555-0188"],
    )


def test_the_transformer_is_not_asked_what_rules_explain_beyond_doubt(monkeypatch):
    asked = []
    score = models.score_batch
    monkeypatch.setattr(models, "score_batch", lambda items: asked.extend(items) or score(items))
    plain = "Pay me on PayPal, not here: shop@example-mail.com, 20% off outside of the platform"

    (result,) = scan_batch([(plain, SELLER)])

    assert result.findings
    assert not asked
    scan_batch([("come by the stall on sunday, same jug, nobody takes a cut there", SELLER)])
    assert asked
