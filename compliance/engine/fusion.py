"""Brings rules and models together: both are named in what comes out, with whether they agree."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from compliance.engine.context import Context
from compliance.engine.findings import Finding
from compliance.engine.settings import load_settings

MODEL = "model"
# Exact detectors read data, not meaning: a model that sees no harm counts little against them.
EXACT_DETECTORS = frozenset({"phones", "links", "handles", "accounts", "addresses", "window", "claims"})


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """See ``thresholds.yaml``, section ``fusion``."""

    exact_floor: float
    phrase_floor: float
    ceiling: float
    flag: float
    customer_flag: float
    second: float
    keep_close: float
    alone: float


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
    kept: list[Finding] = []
    strength: dict[str, float] = {}
    for finding in found:
        floor = settings.exact_floor if finding.detector in EXACT_DETECTORS else settings.phrase_floor
        weight = _logit(min(max(violation, floor), settings.ceiling))
        confidence = _probability(_logit(finding.confidence) + weight)
        flag = settings.customer_flag if context.sender == "customer" else settings.flag
        if confidence < flag:
            continue
        agrees = scores.get(finding.policy, 0.0) >= settings.second or finding.policy in reported
        note = f"the model agrees ({violation:.0%})" if agrees else f"the model does not ({violation:.0%})"
        explanation = f"{finding.explanation} ({note})".strip()
        kept.append(replace(finding, confidence=round(confidence, 3), explanation=explanation))
        strength[finding.policy] = max(strength.get(finding.policy, -9.0), _logit(finding.confidence))
    policies = {finding.policy for finding in kept}
    for code in reported if violation >= settings.alone else ():
        if code in policies or (policies and scores[code] < settings.second):
            continue
        kept.append(_model_finding(code, violation, scores, text, agreed=bool(policies)))
    return _likeliest(kept, scores, strength, settings)


def _likeliest(
    found: list[Finding], scores: Mapping[str, float], strength: Mapping[str, float], settings: FusionSettings
) -> list[Finding]:
    """Only the likeliest categories: a reviewer is helped by one reason, not by four."""
    if len({finding.policy for finding in found}) < 2:
        return found
    ranks = {
        finding.policy: strength.get(finding.policy, 0.0)
        + math.log(max(scores.get(finding.policy, 0.0), 0.01))
        for finding in found
    }
    best = max(ranks.values())
    return [finding for finding in found if ranks[finding.policy] >= best - settings.keep_close]


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
