"""Words that were hidden in a disguise: nobody hides a harmless word."""

from compliance.engine.findings import gettext_noop
from compliance.engine.rules.base import EVERYONE, SELLER, Rule

_REASONS = {
    "messenger": gettext_noop("Hides a word for a messenger or network behind a disguise."),
    "contact": gettext_noop("Hides a word for contact data behind a disguise."),
    "payment": gettext_noop("Hides a word for a way to pay behind a disguise."),
    "sale": gettext_noop("Hides a word for dealing outside the platform behind a disguise."),
    "gambling": gettext_noop("Hides a word for gambling behind a disguise."),
    "fake": gettext_noop("Hides a word for fakes behind a disguise."),
    "papers": gettext_noop("Hides a word for forged papers or stolen data behind a disguise."),
    "drug": gettext_noop("Hides a word for a drug behind a disguise."),
    "weapon": gettext_noop("Hides a word for a weapon behind a disguise."),
    "adult": gettext_noop("Hides a sexual word behind a disguise."),
    "insult": gettext_noop("Hides an insult behind a disguise."),
    "review": gettext_noop("Hides a word for reviews behind a disguise."),
    "cancel": gettext_noop("Hides a word for cancelling behind a disguise."),
    "data": gettext_noop("Hides a word for secret data behind a disguise."),
}
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

VEILED = "veiled_"
# Words of any shop, too (``veiled_common_…``): a heading may be spaced, so the models must agree.
_COMMON = ("messenger", "contact", "payment", "sale", "review", "cancel", "insult")
_SURE, _COMMON_SURE = 0.85, 0.6


def _rule(kind: str, name: str, confidence: float) -> Rule:
    return Rule(
        _POLICIES[kind],
        name,
        (name,),
        _REASONS[kind],
        confidence=confidence,
        unless_clause=(),
        senders=EVERYONE if kind in ("insult", "adult") else SELLER,
    )


VEILED_RULES: tuple[Rule, ...] = (
    *(_rule(kind, f"veiled_{kind}", _SURE) for kind in _POLICIES),
    *(_rule(kind, f"veiled_common_{kind}", _COMMON_SURE) for kind in _COMMON),
)
