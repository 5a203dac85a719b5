"""What a phrase rule is."""

from dataclasses import dataclass, field
from functools import cached_property

SELLER = frozenset({"seller", "auto"})
EVERYONE = frozenset({"seller", "auto", "customer"})
# A clause that refuses, forbids or denies; a sentence that warns or quotes.
NEGATED = ("no",)
WARNED = ("warning",)


@dataclass(frozen=True)
class Rule:
    """Concepts that together break a policy.

    ``all_of`` names the concepts that must stand within ``within`` characters of the first one, in one
    sentence unless
    ``across``; ``a|b`` takes either. ``unless_clause`` and ``unless_sentence`` name concepts that clear the
    match in the
    same clause or sentence, ``unless`` anywhere in the text. ``ordered``: the others follow the first.
    """

    policy: str
    name: str
    all_of: tuple[str, ...]
    confidence: float = 0.85
    within: int = 60
    ordered: bool = False
    across: bool = False
    unless_clause: tuple[str, ...] = NEGATED
    unless_sentence: tuple[str, ...] = WARNED
    unless: tuple[str, ...] = ()
    senders: frozenset[str] = field(default=SELLER)
    explanation: str = ""

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(part.split("|")) for part in self.all_of)
