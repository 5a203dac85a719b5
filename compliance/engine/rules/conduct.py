"""Harassment, sexual content, minors, fraud, malware, forbidden goods."""

from compliance.engine.rules.base import EVERYONE, Rule

CONDUCT_RULES: tuple[Rule, ...] = (
    Rule(
        "fraud",
        "one_time_code_asked",
        ("secret_code", "give_me"),
        within=50,
        confidence=0.9,
        senders=EVERYONE,
        explanation="Asks for a one-time code, which opens somebody's account.",
    ),
)
