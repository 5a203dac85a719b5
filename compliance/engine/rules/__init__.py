"""Every phrase rule, by policy family. The explicit tuple is the ruleset."""

from compliance.engine.rules.base import Rule
from compliance.engine.rules.conduct import CONDUCT_RULES
from compliance.engine.rules.offers import OFFER_RULES
from compliance.engine.rules.redirect import REDIRECT_RULES

ALL_RULES: tuple[Rule, ...] = (*REDIRECT_RULES, *OFFER_RULES, *CONDUCT_RULES)

__all__ = ["ALL_RULES", "Rule"]
