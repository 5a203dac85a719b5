"""Rules and models together: what agreement and disagreement do to a finding."""

from compliance.engine.context import Context
from compliance.engine.findings import Finding
from compliance.engine.fusion import fuse

SELLER = Context(sender="seller")


def _rule(policy="diverting_transactions", confidence=0.8, detector="phrases"):
    return Finding(policy, detector, 1, "r", confidence, 0, 4, "text", explanation="Why.")


def _scores(**named):
    return {"none": 1 - sum(named.values()), **named}


def test_agreement_raises_and_is_said():
    (finding,) = fuse(
        [_rule()], _scores(diverting_transactions=0.9), ("diverting_transactions",), "text", SELLER
    )
    assert finding.confidence > 0.95
    assert "the model agrees" in finding.explanation


def test_a_phrase_that_the_model_finds_harmless_is_dropped():
    assert fuse([_rule()], _scores(spam=0.01), (), "text", SELLER) == []


def test_exact_data_stays_though_the_model_sees_nothing():
    number = _rule("contact_redirect", 0.95, "phones")
    (finding,) = fuse([number], _scores(spam=0.01), (), "text", SELLER)
    assert "the model does not" in finding.explanation


def test_a_weak_rule_counts_with_the_model():
    (finding,) = fuse([_rule(confidence=0.5)], _scores(diverting_transactions=0.85), (), "text", SELLER)
    assert finding.detector == "phrases"


def test_a_model_alone_names_itself():
    (finding,) = fuse([], _scores(spam=0.95), ("spam",), "buy buy", SELLER)
    assert (finding.detector, finding.policy, finding.matched) == ("model", "spam", "buy buy")
    assert fuse([], _scores(spam=0.3), ("spam",), "buy buy", SELLER) == []
