"""Normalise, detect, decide: the only functions that the rest of the project calls."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from compliance.engine import models
from compliance.engine.context import Context
from compliance.engine.detectors import SCAN_DETECTORS, SCREENING_DETECTORS, Detector
from compliance.engine.detectors.links import without_allowed
from compliance.engine.findings import Finding
from compliance.engine.fusion import fuse
from compliance.engine.reading import MAX_LENGTH, Reading
from compliance.engine.settings import load_settings
from compliance.engine.text import plain
from compliance.engine.window import crossing, joined_reading, split_number

ENGINE = Path(__file__).parent
# A customer is checked for these only; the other rules bind sellers.
BINDING_CUSTOMERS = frozenset({"harassment", "fraud", "sexual_content", "minor_safety", "malware"})
MASKED_POLICIES = frozenset({"contact_redirect", "data_privacy"})
_OVERLAP = 256
# Below this probability of any violation by the linear model the transformer is not asked, unless a rule
# speaks.
GATE = 0.02


@dataclass(frozen=True, slots=True)
class Result:
    """What one text led to. ``mask_spans`` are (start, end) in the original text, sorted and disjoint."""

    findings: tuple[Finding, ...]
    must_withhold: bool
    mask_spans: tuple[tuple[int, int], ...]
    ruleset: str


@dataclass(frozen=True, slots=True)
class Threshold:
    flag: float
    withhold: float | None


@lru_cache(maxsize=1)
def thresholds() -> Mapping[str, Threshold]:
    """Thresholds by policy code; ``default`` holds for policies that are not listed."""
    rows: dict[str, Any] = load_settings()["policies"]
    return {code: Threshold(row["flag"], row.get("withhold")) for code, row in rows.items()}


@lru_cache(maxsize=1)
def ruleset_version() -> str:
    """Changes whenever the engine's code, word lists, tables or models change: 12 hex digits."""
    digest = hashlib.sha256()
    for path in sorted(ENGINE.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(ENGINE).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def screen(text: str, context: Context) -> Result:
    """The exact rules, before a message is stored and behind the composer. Never raises; bounded time."""
    return _result(_above_flag(_detect(text, context, SCREENING_DETECTORS, with_window=False)), context)


def scan(text: str, context: Context) -> Result:
    """Everything the worker can bring to bear on one message."""
    return scan_batch([(text, context)])[0]


def scan_batch(items: Sequence[tuple[str, Context]], *, use_models: bool = True) -> list[Result]:
    """``scan`` for many messages at once, in the same order; rules alone where the models are missing."""
    found = [_detect(text, context, SCAN_DETECTORS, with_window=True) for text, context in items]
    scores = _model_scores(items, found) if use_models else None
    if scores is None:
        return [_result(_above_flag(one), context) for one, (_, context) in zip(found, items, strict=True)]
    results = []
    for one, score, (text, context) in zip(found, scores, items, strict=True):
        judged = fuse(_bound(one, context), score, _reported(score, context), text, context)
        results.append(_result(judged, context))
    return results


def _model_scores(
    items: Sequence[tuple[str, Context]], found: Sequence[list[Finding]]
) -> list[dict[str, float]] | None:
    """Probabilities per message; ``none`` is certain where the cheap gate sees nothing and no rule speaks."""
    spoken = [
        index for index, (text, context) in enumerate(items) if context.sender != "platform" and text.strip()
    ]
    try:
        gates = dict(zip(spoken, models.gate_batch([items[index] for index in spoken]), strict=True))
        wanted = [index for index in spoken if found[index] or gates[index] >= GATE]
        scores = dict(zip(wanted, models.score_batch([items[index] for index in wanted]), strict=True))
    except models.ModelUnavailable:
        return None
    return [scores.get(index, {"none": 1.0}) for index in range(len(items))]


def _readable(text: str, context: Context) -> str:
    """What the models read: not too long, undisguised, allowed links named, no lone surrogates."""
    clean = plain(text[:MAX_LENGTH].encode("utf-8", "replace").decode())
    return without_allowed(clean, context)


def _reported(score: Mapping[str, float], context: Context) -> tuple[str, ...]:
    if len(score) < 2:
        return ()
    return models.reported(score, sender=context.sender)


def _bound(found: list[Finding], context: Context) -> list[Finding]:
    """Without what doesn't bind this sender."""
    if context.sender != "customer":
        return found
    return [finding for finding in found if finding.policy in BINDING_CUSTOMERS]


def _above_flag(found: list[Finding]) -> list[Finding]:
    """What the rules are sure enough of without a model."""
    limits = thresholds()
    return [one for one in found if one.confidence >= (limits.get(one.policy) or limits["default"]).flag]


def _pieces(text: str) -> Iterable[tuple[int, str]]:
    """A long text in overlapping pieces, each with its offset."""
    if len(text) <= MAX_LENGTH:
        yield 0, text
        return
    for offset in range(0, len(text), MAX_LENGTH - _OVERLAP):
        yield offset, text[offset : offset + MAX_LENGTH]


def _detect(
    text: str, context: Context, detectors: Sequence[Detector], *, with_window: bool
) -> list[Finding]:
    if context.sender == "platform":
        return []
    found: list[Finding] = []
    for offset, piece in _pieces(text):
        reading = Reading(piece)
        for detector in detectors:
            if offset:
                found.extend(_moved(finding, offset) for finding in detector.find(reading, context))
            else:
                found.extend(detector.find(reading, context))
        if with_window and not offset and context.history:
            found.extend(_in_window(reading, context, found))
    return found


def _in_window(reading: Reading, context: Context, alone: list[Finding]) -> list[Finding]:
    """What the message completes together with the sender's messages before it."""
    known = frozenset(finding.policy for finding in alone)
    if context.sender == "customer":
        return []
    found = [] if "contact_redirect" in known else list(split_number(reading, context))
    joined = joined_reading(reading.text, context)
    if joined is not None:
        together, seam = joined
        every = (finding for detector in SCREENING_DETECTORS for finding in detector.find(together, context))
        found.extend(crossing(every, seam, known, reading.text))
    return found


def _moved(finding: Finding, offset: int) -> Finding:
    return replace(finding, start=finding.start + offset, end=finding.end + offset)


def _result(found: list[Finding], context: Context) -> Result:
    kept: dict[tuple[str, int, int], Finding] = {}
    for finding in _bound(found, context):
        place = (finding.policy, finding.start, finding.end)
        if place not in kept or kept[place].confidence < finding.confidence:
            kept[place] = finding
    findings = tuple(
        sorted(kept.values(), key=lambda finding: (-finding.confidence, finding.start, finding.policy))
    )
    return Result(
        findings=findings,
        must_withhold=any(_withholds(finding) for finding in findings),
        mask_spans=_mask_spans(findings),
        ruleset=ruleset_version(),
    )


def _withholds(finding: Finding) -> bool:
    limit = thresholds().get(finding.policy)
    return limit is not None and limit.withhold is not None and finding.confidence >= limit.withhold


MASKED_DETECTORS = frozenset({"phones", "links", "handles", "accounts", "addresses"})


def _mask_spans(findings: Iterable[Finding]) -> tuple[tuple[int, int], ...]:
    """Places of contact data, joined where they touch. Phrases are not masked: hiding a verb hides
    nothing."""
    spans = sorted(
        (finding.start, finding.end)
        for finding in findings
        if finding.detector in MASKED_DETECTORS and finding.end > finding.start
    )
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
