"""Advertising by what a shop does: the same again, to many, to people who never wrote or asked it to stop.

What lies outside the conversation (copies to other customers, consent) comes with ``Context.outreach``.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from compliance.engine.context import Context, Outreach, Turn
from compliance.engine.detectors.base import make_finding
from compliance.engine.evidence import evidence_model, features
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.fingerprint import letters_of
from compliance.engine.models.settings import CATEGORIES
from compliance.engine.reading import Reading, asked_concepts, concepts_of
from compliance.engine.rules.base import SELLER
from compliance.engine.settings import load_settings

_SHORTEST = 25
_SHORTEST_LETTERS = 12
_SAME = 88.0
_MAX_COMPARED = 12
_REMEMBERED = 40
_SPAM = CATEGORIES.index("spam")
# A customer who says one of these wants to hear of offers.
_INTEREST = frozenset({"promo_word", "advert", "cheaper"})
# A price in the cart, or a refusal, answers somebody.
_ANSWERS = ("on_platform", "refuse", "free_of")
_QUESTIONS = ("?", "？", "؟")
# Two exclamation marks on end, two pictures anywhere.
_PICTURE = "[\u2600-\u27bf\U0001f300-\U0001faff]"
_SHOUTED = re.compile(f"[!！]{{2}}|{_PICTURE}.*{_PICTURE}", re.DOTALL)
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_SURE, _LIKELY, _WEAK = 0.9, 0.85, 0.7


@dataclass(frozen=True, slots=True)
class SpamSettings:
    """See ``thresholds.yaml``, section ``spam``."""

    window_hours: float
    distance: int
    customers: int
    not_written: int
    answer_hours: float
    answer_days: float
    follow_up_hours: float
    evidence: float


@lru_cache(maxsize=1)
def spam_settings() -> SpamSettings:
    return SpamSettings(**load_settings()["spam"])


def is_advert(text: str) -> bool:
    """Whether a text uses words that only advertising uses."""
    return "advert" in concepts_of(text)


_letters = lru_cache(maxsize=2_048)(letters_of)


class RepeatDetector:
    """Behaviour rather than words: repetition, no customer turn in between, a "please stop" ignored."""

    name = "repeats"
    version = 2

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        if context.sender not in SELLER:
            return
        long = len(reading.text) >= _SHORTEST
        if context.outreach is not None:
            yield from self._unasked(reading, context, context.outreach)
        if not context.history:
            return
        promotes = reading.has("promo_word", "advert")
        if promotes and (
            (long and "stop_ads" in asked_concepts(context))
            or (_asked_to_stop(context.history) and _strength(reading, context))
        ):
            yield self._finding(
                reading, "after_stop", _LIKELY, gettext_noop("Advertising after the customer asked to stop.")
            )
        elif long or len(_letters(reading.text)) >= _SHORTEST_LETTERS:
            yield from self._again(reading, context, long=long)

    def _unasked(self, reading: Reading, context: Context, facts: Outreach) -> Iterator[Finding]:
        """A message that answers nobody, by the shop's other conversations and the customer's wishes."""
        if facts.consent == "given":
            return
        limits = spam_settings()
        strength = _strength(reading, context)
        if strength is None:
            return
        if facts.customers >= limits.customers and facts.not_written >= limits.not_written:
            reason = (
                f"Nearly the same advertising was sent to {facts.customers} customers "
                f"in {_lasted(facts.minutes)}, {facts.not_written} of whom had not written."
            )
            yield self._finding(reading, "fan_out", strength, reason)
        elif facts.consent == "withdrawn":
            reason = gettext_noop("Advertising to a customer who took back the consent to it.")
            yield self._finding(reading, "consent_withdrawn", strength, reason)
        elif facts.is_muted:
            reason = gettext_noop(
                "Advertising, without being asked, to a customer who muted this conversation."
            )
            yield self._finding(reading, "muted", min(strength, _LIKELY), reason)
        elif not facts.has_written:
            reason = gettext_noop("Advertising to a customer who has never written to the shop.")
            yield self._finding(reading, "no_customer_turn", min(strength, _LIKELY), reason)

    def _again(self, reading: Reading, context: Context, *, long: bool) -> Iterator[Finding]:
        """The same text, or one advert after another, in this conversation."""
        recent = context.history[-_MAX_COMPARED:]
        if _is_asked(recent):
            return
        promotes = reading.has("promo_word", "advert")
        unanswered = _unanswered(recent)
        same, adverts = _same(reading.text, recent), _advertised(context.history)
        if long and ((same and promotes) or (same >= 2 and unanswered >= 2)):
            yield self._finding(reading, "repeated", _LIKELY, _times("The same message", same + 1))
        elif adverts and _strength(reading, context):
            yield self._finding(
                reading, "adverts", 0.8, _times("Advertising that nobody asked for", adverts + 1)
            )
        elif (
            reading.has("advert")
            and _shouts(reading.text)
            and not reading.has(*_ANSWERS)
            and not _spoke_of_offers(recent)
            and _strength(reading, context) == _SURE
        ):
            yield self._finding(
                reading,
                "unasked",
                0.8,
                gettext_noop("Advertising, and the customer had not asked about offers."),
            )
        elif long and promotes and unanswered >= 3:
            yield self._finding(
                reading, "unanswered", 0.8, gettext_noop("Advertising in a row without an answer.")
            )

    def _finding(self, reading: Reading, rule: str, confidence: float, explanation: str) -> Finding:
        return make_finding(
            self,
            reading,
            policy="spam",
            rule=rule,
            confidence=confidence,
            start=0,
            end=len(reading.folded.text),
            explanation=explanation,
        )


def _strength(reading: Reading, context: Context) -> float | None:
    """How sure it is that a text advertises; ``None``: it doesn't. A service notice is no advert."""
    adverts, promos = len(reading.hits.get("advert", ())), len(reading.hits.get("promo_word", ()))
    if adverts >= 2 or (adverts and (promos >= 2 or reading.has("cheaper") or "%" in reading.folded.text)):
        return _SURE
    if _spam_share(reading, context) >= spam_settings().evidence:
        return _SURE if adverts else _LIKELY
    return _WEAK if adverts else None


def _shouts(text: str) -> bool:
    """Whether a text is got up as an advert. "15 % off in the cart" in plain letters serves who is buying."""
    return bool(_SHOUTED.search(text)) or sum(map(str.isupper, _LONG_WORD.findall(text))) > 1


def _spam_share(reading: Reading, context: Context) -> float:
    """What the concepts alone make of it, as a probability."""
    logs = evidence_model().log_probabilities([features(reading, (), context)])
    return math.exp(float(logs[0, _SPAM]))


def _same(text: str, turns: Sequence[Turn]) -> int:
    """How many of the shop's turns say the same, but for names, numbers and signs."""
    letters = _letters(text)
    return sum(
        fuzz.ratio(_letters(turn.text), letters, score_cutoff=_SAME) > 0
        for turn in turns
        if turn.sender in SELLER and len(turn.text) >= _SHORTEST_LETTERS
    )


def _unanswered(turns: Sequence[Turn]) -> int:
    """How many messages stand after the customer's last one."""
    for count, turn in enumerate(reversed(turns)):
        if turn.sender == "customer":
            return count
    return len(turns)


def _is_asked(turns: Sequence[Turn]) -> bool:
    """Whether the customer has just asked something, or spoken of offers: a saved reply answers that."""
    turn = turns[-1]
    if turn.sender != "customer":
        return False
    concepts = concepts_of(turn.text)
    if "stop_ads" in concepts:
        return False
    return bool(_INTEREST & concepts) or any(sign in turn.text for sign in _QUESTIONS)


def _spoke_of_offers(turns: Sequence[Turn]) -> bool:
    """Whether the customer's words of late have to do with offers or a purchase."""
    return any(turn.sender == "customer" and _INTEREST & concepts_of(turn.text) for turn in turns)


def _advertised(history: Sequence[Turn]) -> int:
    """How often the shop has advertised since the customer last spoke of offers."""
    count = 0
    for turn in reversed(history[-_REMEMBERED:]):
        if turn.sender == "customer" and _INTEREST & concepts_of(turn.text):
            return count
        count += turn.sender in SELLER and is_advert(turn.text)
    return count


def _asked_to_stop(history: Sequence[Turn]) -> bool:
    """Whether the customer turned down advertising before and hasn't spoken of offers since."""
    for at in range(len(history) - 1, max(-1, len(history) - 1 - _REMEMBERED), -1):
        turn = history[at]
        if turn.sender != "customer":
            continue
        concepts = concepts_of(turn.text)
        if "stop_ads" in concepts:
            before = history[max(0, at - 6) : at]
            return any(other.sender in SELLER and is_advert(other.text) for other in before)
        if _INTEREST & concepts:
            return False
    return False


def _times(what: str, count: int) -> str:
    return f"{what}, {count} times in this conversation." if count > 2 else f"{what}, a second time."


def _lasted(minutes: int) -> str:
    """ "40 minutes", "2 hours"."""
    if minutes < 90:
        return f"{max(minutes, 1)} minute{'' if minutes <= 1 else 's'}"
    return f"{round(minutes / 60)} hours"
