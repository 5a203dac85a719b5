"""Normalise, detect, decide: the only functions that the rest of the project calls."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from compliance.engine.context import Context
from compliance.engine.detectors import SCAN_DETECTORS, SCREENING_DETECTORS, Detector
from compliance.engine.findings import Finding
from compliance.engine.reading import MAX_LENGTH, Reading

ENGINE = Path(__file__).parent
# A customer is checked for these only; the other rules bind sellers.
BINDING_CUSTOMERS = frozenset({"harassment", "fraud", "sexual_content", "minor_safety", "malware"})
MASKED_POLICIES = frozenset({"contact_redirect", "data_privacy"})
_OVERLAP = 256


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
    rows: dict[str, Any] = yaml.safe_load((ENGINE / "thresholds.yaml").read_text(encoding="utf-8"))
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
    return _result(_detect(text, context, SCREENING_DETECTORS), context)


def scan(text: str, context: Context) -> Result:
    """Everything the worker can bring to bear on one message."""
    return scan_batch([(text, context)])[0]


def scan_batch(items: Sequence[tuple[str, Context]]) -> list[Result]:
    """``scan`` for many messages at once, in the same order."""
    return [_result(_detect(text, context, SCAN_DETECTORS), context) for text, context in items]


def _pieces(text: str) -> Iterable[tuple[int, str]]:
    """A long text in overlapping pieces, each with its offset."""
    if len(text) <= MAX_LENGTH:
        yield 0, text
        return
    for offset in range(0, len(text), MAX_LENGTH - _OVERLAP):
        yield offset, text[offset : offset + MAX_LENGTH]


def _detect(text: str, context: Context, detectors: Sequence[Detector]) -> list[Finding]:
    if context.sender == "platform":
        return []
    found: list[Finding] = []
    for offset, piece in _pieces(text):
        reading = Reading(piece)
        for detector in detectors:
            found.extend(_moved(finding, offset) for finding in detector.find(reading, context))
    return found


def _moved(finding: Finding, offset: int) -> Finding:
    if not offset:
        return finding
    values = {name: getattr(finding, name) for name in finding.__slots__}
    values["start"] += offset
    values["end"] += offset
    return Finding(**values)


def _result(found: list[Finding], context: Context) -> Result:
    limits = thresholds()
    kept: dict[tuple[str, int, int], Finding] = {}
    for finding in found:
        if context.sender == "customer" and finding.policy not in BINDING_CUSTOMERS:
            continue
        limit = limits.get(finding.policy) or limits["default"]
        if finding.confidence < limit.flag:
            continue
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
