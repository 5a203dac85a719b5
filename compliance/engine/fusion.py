"""Brings rules and models together: one probability for each category, and who of them said what.

Each category gets a sum of weighted evidence: what the models think of it, what the rules found, what clears
it. The sums and a zero for "none" go through one softmax. All categories share the weights
(``data/fusion.json``) but for one offset each; ``training/fuse.py`` fits them on lines that no model saw.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compliance.engine.context import Context
from compliance.engine.detectors.phrases import REFUSABLE
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.models.settings import CATEGORIES, CUSTOMER_CATEGORIES
from compliance.engine.settings import load_settings

MODEL = "model"
WEIGHTS = Path(__file__).with_name("data") / "fusion.json"
# Detectors that read data, not meaning: what they find stays though a model sees no harm in it.
EXACT_DETECTORS = frozenset(
    {"phones", "links", "handles", "accounts", "addresses", "window", "claims", "repeats"}
)
MASKED_DETECTORS = frozenset({"phones", "links", "handles", "accounts", "addresses"})
# A phrase that had to be undisguised: the disguise itself speaks against it, and models can't read it.
DISGUISED_VIEWS = frozenset(
    {"squashed", "despaced", "lookalike", "misspelled", "turned", "veiled", "decoded"}
)
# Too grave to be dropped because a model disagrees: a person looks.
GRAVE = frozenset({"minor_safety", "malware"})

CODES = CATEGORIES[:-1]
_PLACE = {code: place for place, code in enumerate(CODES)}
_REFUSABLE = np.array([code in REFUSABLE for code in CODES], np.float64)
_UNBOUND = np.array([code not in CUSTOMER_CATEGORIES for code in CODES])
_LIMIT = 9.0
_NEVER = -40.0
_DETECTORS = ("phones", "links", "handles", "accounts")
_SALE = frozenset({"pay_verb", "buy_verb", "cheaper", "pay_app", "money"})
NAMES = (
    "deep", "deep_any", "light", "light_any", "gate", "evidence", "evidence_any",
    "phrase", "phrase_sure", "phrases", *(f"by_{name}" for name in _DETECTORS), "exact_sure", "window",
    "other_phrase", "other_exact", "diverts_contact", "diverts_sale", "refuse", "warning", "on_platform",
    *(f"offset_{code}" for code in CODES),
)  # fmt: skip
_AT = {name: place for place, name in enumerate(NAMES)}
_OFFSETS = _AT[f"offset_{CODES[0]}"]

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """What the models say of one message.

    ``light`` and ``deep`` are missing where cheaper models were sure and spared the light network and the
    transformer the work. ``evidence`` are log probabilities by category, ``none`` last; ``light`` are
    probabilities in the same order; ``gate`` is the linear model's probability of any violation.
    """

    gate: float
    evidence: NDArray[np.float32]
    light: NDArray[np.float32] | None = None
    deep: Mapping[str, float] | None = None

    @property
    def kind(self) -> str:
        """Which of the three sets of weights fits: ``quick``, ``light`` or ``full``."""
        if self.deep is not None:
            return "full"
        return "quick" if self.light is None else "light"


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """See ``thresholds.yaml``, section ``fusion``."""

    exact_floor: float
    disguised_floor: float
    flag: float
    flag_other: float
    flag_in_talk: float
    customer_flag: float
    second: float
    ask_light: float
    ask: float
    settled: float


@lru_cache(maxsize=1)
def fusion_settings() -> FusionSettings:
    return FusionSettings(**load_settings()["fusion"])


@lru_cache(maxsize=1)
def weights() -> Mapping[str, Matrix]:
    """``full``: with every model's word; ``light``: without the transformer's; ``quick``: without both."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {kind: np.array([row.get(name, 0.0) for name in NAMES]) for kind, row in stored.items()}


def _logit(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))


def _logits(shares: Matrix) -> Matrix:
    shares = np.clip(shares, 1e-4, 1 - 1e-4)
    found: Matrix = np.log(shares / (1 - shares))
    return found


class Case(NamedTuple):
    """What is known of one message before the models speak."""

    found: Sequence[Finding]
    concepts: frozenset[str]
    context: Context


def tables(cases: Sequence[Case], scores: Sequence[Scores]) -> Matrix:
    """(messages, categories, evidence): a row of evidence for each category, in the order of ``NAMES``."""
    rows = np.zeros((len(cases), len(CODES), len(NAMES)))
    rows[:, :, _OFFSETS:] = np.eye(len(CODES))
    if not cases:
        return rows
    _add_scores(rows, scores)
    for number, case in enumerate(cases):
        if "on_platform" in case.concepts:
            rows[number, :, _AT["on_platform"]] = 1
        if "refuse" in case.concepts:
            rows[number, :, _AT["refuse"]] = _REFUSABLE
        if "warning" in case.concepts:
            rows[number, :, _AT["warning"]] = _REFUSABLE
        if case.found:
            _add_rules(rows[number], case.found, case.concepts)
    return rows


def _add_scores(rows: Matrix, scores: Sequence[Scores]) -> None:
    rows[:, :, _AT["gate"]] = _logits(np.array([one.gate for one in scores]))[:, None]
    logs = np.stack([one.evidence for one in scores]).astype(np.float64)
    _add_model(rows, range(len(scores)), "evidence", logs, 1 - np.exp(logs[:, -1]))
    light = [at for at, one in enumerate(scores) if one.light is not None]
    if light:
        values = np.array([scores[at].light for at in light], np.float64)
        _add_model(rows, light, "light", np.log(np.maximum(values, 1e-6)), 1 - values[:, -1])
    deep = [at for at, one in enumerate(scores) if one.deep is not None]
    if deep:
        said = (scores[at].deep or {} for at in deep)
        values = np.array([[one.get(code, 0.0) for code in CATEGORIES] for one in said])
        _add_model(rows, deep, "deep", np.log(np.maximum(values, 1e-6)), 1 - values[:, -1])


def _add_model(rows: Matrix, places: Sequence[int], name: str, logs: Matrix, violation: Matrix) -> None:
    """One model's log probabilities for some of the messages, and its probability of any violation."""
    rows[list(places), :, _AT[name]] = np.clip(logs[:, :-1] - logs[:, -1:], -_LIMIT, _LIMIT)
    rows[list(places), :, _AT[f"{name}_any"]] = _logits(violation)[:, None]


def _add_rules(rows: Matrix, found: Sequence[Finding], concepts: frozenset[str]) -> None:
    phrases: dict[str, set[str]] = {}
    exact: set[str] = set()
    for finding in found:
        row = rows[_PLACE[finding.policy]]
        sure = _logit(finding.confidence)
        if finding.detector == "phrases":
            if finding.policy not in phrases:
                row[_AT["phrase_sure"]] = sure
            phrases.setdefault(finding.policy, set()).add(finding.rule)
            row[_AT["phrase"]] = 1
            row[_AT["phrase_sure"]] = max(row[_AT["phrase_sure"]], sure)
            row[_AT["phrases"]] = math.log(len(phrases[finding.policy]))
        else:
            exact.add(finding.policy)
            if finding.detector in _DETECTORS:
                row[_AT[f"by_{finding.detector}"]] = 1
            row[_AT["exact_sure"]] = max(row[_AT["exact_sure"]], sure)
        if finding.view == "window":
            row[_AT["window"]] = 1
    for place, code in enumerate(CODES):
        rows[place, _AT["other_phrase"]] = bool(phrases) and code not in phrases
        rows[place, _AT["other_exact"]] = bool(exact) and code not in exact
    if any(finding.policy == "contact_redirect" for finding in found):
        divert = rows[_PLACE["diverting_transactions"]]
        divert[_AT["diverts_contact"]] = 1
        divert[_AT["diverts_sale"]] = not _SALE.isdisjoint(concepts)


def probabilities(cases: Sequence[Case], scores: Sequence[Scores]) -> Matrix:
    """(messages, categories and ``none``), rows which add up to one."""
    rows = tables(cases, scores)
    sums = np.zeros((len(cases), len(CATEGORIES)))
    kinds = np.array([one.kind for one in scores])
    for kind in set(kinds):
        sums[kinds == kind, :-1] = rows[kinds == kind] @ weights()[kind]
    settings = fusion_settings()
    for number, case in enumerate(cases):
        for finding in case.found:
            floor = _floor(finding, settings)
            if floor:
                place = _PLACE[finding.policy]
                least = _logit(finding.confidence) + _logit(floor)
                sums[number, place] = max(sums[number, place], least)
        if case.context.sender == "customer":
            sums[number, :-1][_UNBOUND] = _NEVER
    if len(sums):
        sums = np.exp(sums - sums.max(1, keepdims=True))
    shares: Matrix = sums / sums.sum(1, keepdims=True)
    return shares


def _floor(finding: Finding, settings: FusionSettings) -> float:
    """How far the models may speak against a finding, as a probability; 0 = as far as they like."""
    if finding.detector in EXACT_DETECTORS or finding.policy in GRAVE:
        return settings.exact_floor
    return settings.disguised_floor if finding.view in DISGUISED_VIEWS else 0.0


def flag_for(context: Context, *, english: bool) -> float:
    """The probability of any violation from which a message is flagged."""
    settings = fusion_settings()
    if context.sender == "customer":
        return settings.customer_flag
    if context.history:
        return settings.flag_in_talk
    return settings.flag if english else settings.flag_other


def fuse(case: Case, scores: Scores, shares: Matrix, text: str, *, english: bool) -> list[Finding]:
    """The findings that count, with their joint confidence, and the models' own where no rule spoke.

    ``shares`` is the message's row of ``probabilities``.
    """
    found = case.found
    violation = 1 - float(shares[-1])
    if violation < flag_for(case.context, english=english):
        return []
    kept: list[Finding] = []
    most = float(shares[:-1].max())
    for policy in _reported(shares, violation, found):
        # The likeliest category stands for the whole suspicion, a second one for as much as it is likelier.
        share = violation * float(shares[_PLACE[policy]]) / most
        said = [finding for finding in found if finding.policy == policy]
        thought = _thought(scores, policy)
        kept += [_with_model(finding, violation, share, thought) for finding in said]
        if not said:
            kept.append(_model_finding(policy, share, text))
    return kept


def _likeliest(shares: Matrix, violation: float) -> list[str]:
    """The likeliest category, and the second where it is nearly as likely."""
    first, second = np.argsort(-shares[:-1])[:2]
    near = shares[second] >= fusion_settings().second * violation
    return [CODES[first], CODES[second]] if near else [CODES[first]]


def _reported(shares: Matrix, violation: float, found: Iterable[Finding]) -> list[str]:
    """The likeliest categories, and those whose data was read exactly: it must be masked in any case."""
    exact = [finding.policy for finding in found if finding.detector in MASKED_DETECTORS]
    return list(dict.fromkeys([*_likeliest(shares, violation), *exact]))


def is_explained(case: Case, shares: Matrix) -> bool:
    """Whether a rule found every category that would be reported with these probabilities."""
    said = {finding.policy for finding in case.found}
    return said.issuperset(_likeliest(shares, 1 - float(shares[-1])))


def _thought(scores: Scores, policy: str) -> float:
    """What the best model that was asked thinks of this category; the gate knows only of any violation."""
    if scores.deep is not None:
        return scores.deep.get(policy, 0.0)
    return scores.gate if scores.light is None else float(scores.light[_PLACE[policy]])


def _with_model(finding: Finding, violation: float, share: float, thought: float) -> Finding:
    """The finding with the confidence in its category, and whether the model agrees."""
    return replace(
        finding,
        confidence=round(violation if _is_read(finding) else share, 3),
        model=round(thought, 3),
        agrees=thought >= 0.5,
    )


def _is_read(finding: Finding) -> bool:
    """Whether other categories take nothing from the finding: data that was read, or too grave for that."""
    return finding.detector in EXACT_DETECTORS or finding.policy in GRAVE


# What each category means, for explanations.
_MEANS = {
    "minor_safety": gettext_noop("Seems to draw a minor into secrecy, private contact or gifts."),
    "harassment": gettext_noop("Seems to insult, threaten or demean somebody."),
    "prohibited_products": gettext_noop("Seems to offer goods that may not be sold here."),
    "counterfeit_ip": gettext_noop("Seems to offer a fake, a replica or an unlicensed copy."),
    "gambling": gettext_noop("Seems to invite somebody to bet or to play for money."),
    "fraud": gettext_noop("Seems to deceive somebody for gain."),
    "malware": gettext_noop("Seems to bring harmful software or remote access onto a device."),
    "data_privacy": gettext_noop("Seems to give away or misuse a customer’s personal data."),
    "sexual_content": gettext_noop("Seems to be sexual or an advance."),
    "diverting_transactions": gettext_noop("Seems to move the purchase or the payment off the platform."),
    "additional_payments": gettext_noop("Seems to ask for money on top of the order."),
    "contact_redirect": gettext_noop("Seems to point to contact outside this chat."),
    "soliciting_personal_info": gettext_noop("Seems to ask for personal data that the order does not need."),
    "cancel_request": gettext_noop("Seems to ask the customer to cancel the order."),
    "feedback_tampering": gettext_noop("Seems to ask for, reward or press about a review."),
    "spam": gettext_noop("Seems to be advertising that nobody asked for."),
    "misleading_offer": gettext_noop("Seems to claim something untrue or to worsen the terms of the order."),
}


def _model_finding(code: str, confidence: float, text: str) -> Finding:
    return Finding(
        policy=code,
        detector=MODEL,
        version=3,
        rule=code,
        confidence=round(confidence, 3),
        start=0,
        end=len(text),
        matched=text,
        view="original",
        explanation=_MEANS[code],
        model=round(confidence, 3),
        agrees=False,
    )
