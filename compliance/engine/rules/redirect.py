"""Contact outside the chat, sales and payments off the platform."""

from compliance.engine.rules.base import Rule

REDIRECT_RULES: tuple[Rule, ...] = (
    Rule(
        "contact_redirect",
        "messenger_invitation",
        ("messenger", "contact_verb"),
        confidence=0.85,
        within=40,
        explanation="Points to a messenger outside this chat.",
    ),
    Rule(
        "diverting_transactions",
        "pay_app_offer",
        ("pay_app", "pay_verb|cheaper"),
        confidence=0.85,
        within=50,
        explanation="Offers to pay outside the platform.",
    ),
)
