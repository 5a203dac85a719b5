"""Finds what a message means by the concepts that stand together in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from compliance.engine.concepts import Hit, Hits
from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding, with_reading
from compliance.engine.reading import Reading, asked_concepts, just_asked_concepts
from compliance.engine.rules import ALL_RULES, Rule, confidence_of, measured_confidences

# What a shop can refuse to do; a refusal in the same sentence clears the match.
REFUSABLE = frozenset(
    {
        "contact_redirect",
        "diverting_transactions",
        "additional_payments",
        "soliciting_personal_info",
        "feedback_tampering",
        "prohibited_products",
        "counterfeit_ip",
        "gambling",
        "fraud",
        "malware",
    }
)
# Asked of a customer; words to a business ("your newsletter") are a customer's own.
ASKED_OF_A_PERSON = frozenset({"feedback_tampering", "spam", "cancel_request", "soliciting_personal_info"})
UNREFUSED = ("off_platform", "elsewhere", "secrecy")
# How sure a rule at most gets by a disguise.
_DISGUISED = 0.85
_ONLY = re.compile(r"\b(?:only|just) (?:accept|take)s?$|\baccept only$")
# A hostile text can repeat one word thousands of times: the first occurrences decide.
MAX_ANCHORS = 20


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    view: str


class _Ruleset:
    """A sender's rules, and which of them the concepts of a text allow: a set of concepts is a number."""

    def __init__(self, sender: str) -> None:
        self.rules = tuple(rule for rule in ALL_RULES if sender in rule.senders)
        named = dict.fromkeys(concept for rule in self.rules for part in rule.parts for concept in part)
        self.bits = {concept: 1 << place for place, concept in enumerate(named)}
        self._parts = [
            tuple(sum({self.bits[concept] for concept in part}) for part in rule.parts) for rule in self.rules
        ]
        self._by_anchor: dict[int, int] = {}
        for number, rule in enumerate(self.rules):
            for concept in rule.parts[0]:
                bit = self.bits[concept]
                self._by_anchor[bit] = self._by_anchor.get(bit, 0) | 1 << number
        self.candidates = lru_cache(maxsize=32_768)(self._candidates)

    def _candidates(self, present: int) -> tuple[Rule, ...]:
        """The rules each of whose parts has a concept among these, in the order of the ruleset."""
        anchored = 0
        left = present
        while left:
            bit = left & -left
            anchored |= self._by_anchor.get(bit, 0)
            left ^= bit
        found = []
        while anchored:
            number = (anchored & -anchored).bit_length() - 1
            anchored &= anchored - 1
            for part in self._parts[number]:
                if not part & present:
                    break
            else:
                found.append(self.rules[number])
        return tuple(found)


@lru_cache(maxsize=4)
def _ruleset(sender: str) -> _Ruleset:
    return _Ruleset(sender)


def _nearest(
    anchor: Hit, candidates: Sequence[Hit], rule: Rule, taken: Sequence[Hit], said: frozenset[str], text: str
) -> Hit | None:
    """The occurrence nearest to the anchor; ``said``: words that may not play another part."""
    best: Hit | None = None
    best_gap = rule.within + 1
    anchor_start, anchor_end, _ = anchor
    for hit in candidates:
        start, end, _ = hit
        if start >= anchor_end:
            gap = start - anchor_end
        elif end <= anchor_start:
            if rule.ordered:
                continue
            gap = anchor_start - end
        else:
            continue  # One word can't play two parts.
        if gap < best_gap:
            if said and text[start:end] in said:
                continue
            for other_start, other_end, _ in taken:
                if start < other_end and other_start < end:
                    break
            else:
                best, best_gap = hit, gap
    return best


def _occurrences(hits: Hits, part: tuple[str, ...]) -> list[Hit]:
    """The first occurrences of any of these concepts."""
    if len(part) == 1:
        return hits[part[0]][:MAX_ANCHORS]
    return [hit for concept in part for hit in hits.get(concept, ())][:MAX_ANCHORS]


def _match(reading: Reading, rule: Rule) -> _Match | None:
    hits = reading.hits
    first, *others = rule.parts
    pools = [_occurrences(hits, part) for part in others]
    text = reading.folded.text
    said: frozenset[str] = frozenset()
    for anchor in _occurrences(hits, first):
        chosen = [anchor]
        for pool in pools:
            if rule.distinct:
                said = frozenset(text[hit.start : hit.end] for hit in chosen)
            hit = _nearest(anchor, pool, rule, chosen, said, text)
            if hit is None or not (rule.across or reading.is_one_sentence(anchor.start, hit.start)):
                break
            chosen.append(hit)
        else:
            start, end = min(hit.start for hit in chosen), max(hit.end for hit in chosen)
            if not _is_vetoed(reading, rule, chosen, start, end):
                views = {hit.view for hit in chosen} - {"folded"}
                return _Match(start, end, min(views) if views else "folded")
    return None


def _is_vetoed(reading: Reading, rule: Rule, chosen: list[Hit], start: int, end: int) -> bool:
    hits = reading.hits
    if rule.policy in ASKED_OF_A_PERSON and "to_business" in hits:
        return True
    if rule.policy in REFUSABLE and "refuse" in hits:
        sentences = {reading.sentence(hit.start) for hit in chosen}
        for hit in hits["refuse"]:
            if reading.sentence(hit.start) in sentences and not (
                _within(hit, reading, UNREFUSED) or _is_accepted(hit, chosen, reading)
            ):
                return True
    clauses: set[int] = set()
    for concept in rule.unless_clause:
        for hit in hits.get(concept, ()):
            clauses = clauses or {reading.clause(part.start) for part in chosen}
            inside = any(hit.start < part.end and part.start < hit.end for part in chosen)
            if not inside and reading.clause(hit.start) in clauses:
                return True
    ends: set[int] = set()
    for concept in rule.unless_sentence:
        for hit in hits.get(concept, ()):
            ends = ends or {reading.sentence(start), reading.sentence(end - 1)}
            inside = any(hit.start < part.end and part.start < hit.end for part in chosen)
            if not inside and reading.sentence(hit.start) in ends:
                return True
    return any(concept in hits for concept in rule.unless)


def _within(hit: Hit, reading: Reading, concepts: tuple[str, ...]) -> bool:
    """Whether the hit lies in an occurrence of one of these concepts ("not on the app" refuses nothing)."""
    return any(
        other.start <= hit.start and hit.end <= other.end
        for concept in concepts
        for other in reading.hits.get(concept, ())
    )


def _is_accepted(hit: Hit, chosen: Sequence[Hit], reading: Reading) -> bool:
    """Whether what the message names is the one thing taken ("I only accept ..."): nothing is refused."""
    return bool(_ONLY.search(reading.folded.text, hit.start, hit.end)) and any(
        0 <= part.start - hit.end <= 1 for part in chosen
    )


def _fits_context(rule: Rule, context: Context) -> bool:
    """Whether the customer's last messages allow the rule: an answer to their own request may be innocent."""
    if rule.after and just_asked_concepts(context).isdisjoint(rule.after):
        return False
    return not rule.not_after or asked_concepts(context).isdisjoint(rule.not_after)


class PhraseDetector:
    """Applies the rules of ``compliance.engine.rules`` to the concepts of one reading."""

    name = "phrases"
    version = 1

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        for rule, match in _matches(reading, context):
            explanation = rule.explanation
            if word := reading.read_as.get((rule.name, match.start, match.end)):
                first, last = reading.original(match.start, match.end)
                if reading.text[first:last].lower() != word:
                    explanation = with_reading(explanation, reading.text[first:last], word)
            yield make_finding(
                self,
                reading,
                policy=rule.policy,
                rule=rule.name,
                confidence=_confidence(rule, match),
                start=match.start,
                end=match.end,
                view=match.view,
                explanation=explanation,
            )


def _confidence(rule: Rule, match: _Match) -> float:
    """The rule's; higher where words had to be undisguised, unless disguises are what the rule is about."""
    known = confidence_of(rule)
    if match.view == "folded" or rule.name not in measured_confidences():
        return known
    return max(known, min(_DISGUISED, known + 0.2))


def _matches(reading: Reading, context: Context) -> Iterator[tuple[Rule, _Match]]:
    ruleset = _ruleset(context.sender)
    bits = ruleset.bits
    present = 0
    for concept in reading.hits:
        present |= bits.get(concept, 0)
    if not present:
        return
    for rule in ruleset.candidates(present):
        if rule.longest and len(reading.folded.text) > rule.longest:
            continue
        if not _fits_context(rule, context):
            continue
        if match := _match(reading, rule):
            yield rule, match


def matching_rules(reading: Reading, context: Context) -> list[Rule]:
    """The phrase rules that a text fulfils, whatever their confidence."""
    return [rule for rule, _ in _matches(reading, context)]
