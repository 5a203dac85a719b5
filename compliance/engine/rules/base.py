"""What a phrase rule is."""

from dataclasses import dataclass, field
from functools import cached_property

SELLER = frozenset({"seller", "auto"})
EVERYONE = frozenset({"seller", "auto", "customer"})
CUSTOMER = frozenset({"customer"})
# A clause that refuses, forbids or denies; a sentence that warns or quotes.
NEGATED = ("no",)
WARNED = ("warning",)


@dataclass(frozen=True)
class Rule:
    """Concepts that together break a policy.

    ``all_of`` names the concepts that must stand within ``within`` characters of the first one, in one
    sentence
    unless ``across``; ``a|b`` takes either. ``unless_clause`` and ``unless_sentence`` name concepts that
    clear the
    match in the same clause or sentence, ``unless`` anywhere in the text. ``ordered``: the others follow the
    first.
    ``longest`` limits the rule to short messages. ``distinct``: what plays two parts must be two words.
    ``after`` names a concept that the customer's last message must
    hold, ``not_after`` one that clears the match there.
    """

    policy: str
    name: str
    all_of: tuple[str, ...]
    explanation: str = ""
    confidence: float = 0.8
    within: int = 60
    ordered: bool = False
    across: bool = False
    unless_clause: tuple[str, ...] = NEGATED
    unless_sentence: tuple[str, ...] = WARNED
    unless: tuple[str, ...] = ()
    senders: frozenset[str] = field(default=SELLER)
    longest: int = 0
    distinct: bool = False
    after: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(part.split("|")) for part in self.all_of)
