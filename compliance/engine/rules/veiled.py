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

VEILED_RULES: tuple[Rule, ...] = tuple(
    Rule(
        policy,
        f"veiled_{kind}",
        (f"veiled_{kind}",),
        _HIDDEN,
        confidence=0.85,
        unless_clause=(),
        senders=EVERYONE if kind in ("insult", "adult") else SELLER,
    )
    for kind, policy in _POLICIES.items()
)
