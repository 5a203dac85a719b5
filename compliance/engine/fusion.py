"""Brings rules and models together: both are named in what comes out, with whether they agree."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from compliance.engine.context import Context
from compliance.engine.detectors.phrases import refuses
from compliance.engine.findings import Finding
from compliance.engine.settings import load_settings

MODEL = "model"
# Exact detectors read data, not meaning: a model that sees no harm counts little against them.
EXACT_DETECTORS = frozenset({"phones", "links", "handles", "accounts", "window", "claims"})

# Too grave to be dropped because a model disagrees: a person looks.
GRAVE = frozenset({"minor_safety", "malware"})


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """See ``thresholds.yaml``, section ``fusion``."""

    exact_floor: float
    phrase_floor: float
    ceiling: float
    phrase_weight: float
    several: float
    flag: float
    customer_flag: float
    alone: float
    refused: float
    keep_close: float


@lru_cache(maxsize=1)
def fusion_settings() -> FusionSettings:
    return FusionSettings(**load_settings()["fusion"])


def _logit(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))


def _probability(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def fuse(
    found: Iterable[Finding],
    scores: Mapping[str, float],
    reported: tuple[str, ...],
    text: str,
    context: Context,
) -> list[Finding]:
    """Findings with the model's word taken into account, and findings of the model alone.

    ``scores`` are calibrated probabilities per category and ``none``; ``reported`` is what the models alone
    report.
    """
    settings = fusion_settings()
    violation = 1 - scores.get("none", 1.0)
    flag = settings.customer_flag if context.sender == "customer" else settings.flag
    by_policy: dict[str, list[Finding]] = {}
    for finding in found:
        by_policy.setdefault(finding.policy, []).append(finding)
    ranks: dict[str, float] = {}
    kept: list[Finding] = []
    for policy, findings in by_policy.items():
        strength, floor = _strength(findings, settings)
        confidence = _probability(strength + _logit(min(max(violation, floor), settings.ceiling)))
        if confidence < flag:
            continue
        ranks[policy] = strength + math.log(max(scores.get(policy, 0.0), 0.01))
        kept += [_with_model(finding, confidence, violation, scores) for finding in findings]
    alone = settings.alone
    if reported and not kept and context.sender != "customer" and refuses(text):
        alone = settings.refused
    if violation >= alone and (kept or reported):
        likeliest = sorted((code for code in scores if code != "none"), key=lambda code: -scores[code])[:2]
        for code in likeliest:
            if code not in ranks:
                ranks[code] = math.log(max(scores[code], 0.01))
                kept.append(_model_finding(code, violation, scores, text, agreed=bool(by_policy)))
    best = max(ranks.values(), default=0.0)
    return [finding for finding in kept if ranks[finding.policy] >= best - settings.keep_close]


def _strength(findings: list[Finding], settings: FusionSettings) -> tuple[float, float]:
    """What the rules of one policy say together, as log-odds, and how far the model may speak against it."""
    exact = [
        finding for finding in findings if finding.detector in EXACT_DETECTORS or finding.policy in GRAVE
    ]
    if exact:
        return max(_logit(finding.confidence) for finding in exact), settings.exact_floor
    rules = {finding.rule for finding in findings}
    best = max(_logit(finding.confidence) for finding in findings)
    return settings.phrase_weight * (best + settings.several * (len(rules) - 1)), settings.phrase_floor


def _with_model(
    finding: Finding, confidence: float, violation: float, scores: Mapping[str, float]
) -> Finding:
    """The finding with the joint confidence; its explanation says whether the model agrees."""
    share = scores.get(finding.policy, 0.0)
    agrees = share >= violation / 3 and violation >= 0.5
    note = f"the model agrees, {violation:.0%}" if agrees else f"the model does not, {violation:.0%}"
    return replace(
        finding, confidence=round(confidence, 3), explanation=f"{finding.explanation} ({note})".strip()
    )


def _model_finding(
    code: str, violation: float, scores: Mapping[str, float], text: str, *, agreed: bool
) -> Finding:
    return Finding(
        policy=code,
        detector=MODEL,
        version=1,
        rule=code,
        confidence=round(violation, 3),
        start=0,
        end=len(text),
        matched=text,
        view="original",
        explanation=f"The model takes this message for {code} ({scores[code]:.0%})"
        + (", rules found something else." if agreed else "; no rule does."),
    )
