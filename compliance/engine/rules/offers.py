"""Money on top of the order, personal data, reviews, cancelling, misleading offers, advertising."""

from compliance.engine.rules.base import Rule

OFFER_RULES: tuple[Rule, ...] = (
    Rule(
        "feedback_tampering",
        "stars_asked",
        ("ask_stars",),
        confidence=0.8,
        explanation="Asks for, rewards or presses about a review.",
    ),
    Rule(
        "cancel_request",
        "cancel_asked",
        ("cancel_ask",),
        confidence=0.75,
        explanation="Asks the customer to cancel the order.",
    ),
)
