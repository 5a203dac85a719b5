"""Every phrase rule, by policy family. The explicit tuple is the ruleset."""

from functools import lru_cache
from pathlib import Path

from compliance.engine.rules.base import Rule
from compliance.engine.rules.conduct import CONDUCT_RULES
from compliance.engine.rules.offers import OFFER_RULES
from compliance.engine.rules.redirect import REDIRECT_RULES
from compliance.engine.rules.veiled import VEILED_RULES

ALL_RULES: tuple[Rule, ...] = (*REDIRECT_RULES, *OFFER_RULES, *CONDUCT_RULES, *VEILED_RULES)
_CONFIDENCES = Path(__file__).parent.parent / "data" / "rule_confidence.tsv"


@lru_cache(maxsize=1)
def measured_confidences() -> dict[str, float]:
    """How often each rule was right on the training files, written by ``python -m
    bench.detect.calibrate``."""
    if not _CONFIDENCES.exists():
        return {}
    rows = (line.split("\t") for line in _CONFIDENCES.read_text(encoding="utf-8").splitlines())
    return {row[0]: float(row[1]) for row in rows}


def confidence_of(rule: Rule) -> float:
    """The measured confidence of a rule, or the one it was written with."""
    return measured_confidences().get(rule.name, rule.confidence)


__all__ = ["ALL_RULES", "Rule", "confidence_of", "measured_confidences"]
