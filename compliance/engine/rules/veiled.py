"""Words that were hidden in a disguise: nobody hides a harmless word."""

from compliance.engine.findings import gettext_noop
from compliance.engine.rules.base import EVERYONE, SELLER, Rule

_HIDDEN = gettext_noop("Hides a telling word behind a disguise.")
_POLICIES = {
    "messenger": "contact_redirect",
    "contact": "contact_redirect",
    "payment": "diverting_transactions",
    "sale": "diverting_transactions",
    "gambling": "gambling",
    "fake": "counterfeit_ip",
    "papers": "prohibited_products",
    "drug": "prohibited_products",
    "weapon": "prohibited_products",
    "adult": "sexual_content",
    "insult": "harassment",
    "review": "feedback_tampering",
    "cancel": "cancel_request",
    "data": "soliciting_personal_info",
}

# Words of any shop, too (``veiled_common_…``): a heading may be spaced, so the models must agree.
_COMMON = ("messenger", "contact", "payment", "sale", "review", "cancel", "insult")
_SURE, _COMMON_SURE = 0.85, 0.6


def _rule(kind: str, name: str, confidence: float) -> Rule:
    return Rule(
        _POLICIES[kind],
        name,
        (name,),
        _HIDDEN,
        confidence=confidence,
        unless_clause=(),
        senders=EVERYONE if kind in ("insult", "adult") else SELLER,
    )


VEILED_RULES: tuple[Rule, ...] = (
    *(_rule(kind, f"veiled_{kind}", _SURE) for kind in _POLICIES),
    *(_rule(kind, f"veiled_common_{kind}", _COMMON_SURE) for kind in _COMMON),
)
