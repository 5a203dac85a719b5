"""Normalise, detect, decide: the only functions that the rest of the project calls."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from compliance.engine import models
from compliance.engine.ciphers import decoded
from compliance.engine.context import Context
from compliance.engine.detectors import CUSTOMER_DETECTORS, SCAN_DETECTORS, SCREENING_DETECTORS, Detector
from compliance.engine.detectors.links import without_allowed
from compliance.engine.evidence import Features, evidence_model, features
from compliance.engine.findings import Finding, with_reading
from compliance.engine.fusion import (
    MASKED_DETECTORS,
    MODEL,
    Case,
    Scores,
    fuse,
    fusion_settings,
    is_explained,
    probabilities,
)
from compliance.engine.languages import is_english
from compliance.engine.near import corrected
from compliance.engine.reading import MAX_LENGTH, Reading
from compliance.engine.rules.veiled import VEILED
from compliance.engine.scripts import respelt, veils
from compliance.engine.settings import load_settings
from compliance.engine.spans import narrowed, tidied
from compliance.engine.text import plain
from compliance.engine.traits import ALONE, LONG, MIXED, NEAR
from compliance.engine.veiled import named
from compliance.engine.window import crossing, joined_reading, may_cross, split_number
from compliance.engine.wordbook import whole_terms

ENGINE = Path(__file__).parent
# A customer is checked for these only; the other rules bind sellers.
BINDING_CUSTOMERS = frozenset({"harassment", "fraud", "sexual_content", "minor_safety", "malware"})
MASKED_POLICIES = frozenset({"contact_redirect", "data_privacy"})
_OVERLAP = 256
# How sure a finding is at least whose words were written in a code.
_CODED = 0.85
# Findings of one policy that a result lists; all of them are masked.
MAX_OF_POLICY = 40


@dataclass(frozen=True, slots=True)
class Result:
    """What one text led to. ``mask_spans`` are (start, end) in the original text, sorted and disjoint.

    ``suspicion``: the probability of any violation, also where it led to no finding; by rules alone, how sure
    the surest of them is.
    """

    findings: tuple[Finding, ...]
    must_withhold: bool
    mask_spans: tuple[tuple[int, int], ...]
    ruleset: str
    suspicion: float = 0.0


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
    found, _ = _detect(text, context, SCREENING_DETECTORS, with_window=False)
    return _result(_above_flag(found), text, context)


def scan(text: str, context: Context) -> Result:
    """Everything the worker can bring to bear on one message."""
    return scan_batch([(text, context)])[0]


def scan_batch(items: Sequence[tuple[str, Context]], *, use_models: bool = True) -> list[Result]:
    """``scan`` for many messages at once, in the same order; rules alone where the models are missing."""
    seen = [observe(text, context) for text, context in items]
    told = [(one.meant, context) for one, (_, context) in zip(seen, items, strict=True)]
    scores = _model_scores(told, seen) if use_models else None
    if scores is None:
        return [
            _suspected(_result(_above_flag(one.found), text, context), _surest(one.found))
            for one, (text, context) in zip(seen, items, strict=True)
        ]
    results = [_clean()] * len(items)
    spoken = [index for index, score in enumerate(scores) if score is not None]
    said = [score for score in scores if score is not None]
    cases = [_case(seen[index], items[index][1]) for index in spoken]
    shares = probabilities(cases, said)
    for index, case, score, row in zip(spoken, cases, said, shares, strict=True):
        text, context = items[index]
        found = fuse(case, score, row, text, english=seen[index].english)
        results[index] = _suspected(
            _result(_with_places(found, text, context), text, context), 1 - float(row[-1])
        )
    return results


def _suspected(result: Result, share: float) -> Result:
    return replace(result, suspicion=round(share, 4))


def _surest(found: Iterable[Finding]) -> float:
    return max((finding.confidence for finding in found), default=0.0)


def _case(one: "Observation", context: Context) -> Case:
    return Case(one.found, one.concepts, context)


def _with_places(found: list[Finding], text: str, context: Context) -> list[Finding]:
    """What a model alone found in a message of several sentences, with the sentences that raise it."""
    alone = [finding for finding in found if finding.detector == MODEL]
    if not alone:
        return found
    return [*(finding for finding in found if finding.detector != MODEL), *narrowed(alone, text, context)]


@dataclass(frozen=True, slots=True)
class Observation:
    """What the rules and the lexicon say of one message, before any model is asked.

    ``evidence`` has one entry for each piece of a long text. ``meant`` is the text with what was hidden in it
    written plainly, as the models read it.
    """

    found: list[Finding]
    concepts: frozenset[str]
    evidence: list[Features]
    english: bool
    meant: str


def observe(text: str, context: Context) -> Observation:
    """The rules' findings that bind the sender, and what the fusion needs besides."""
    found, readings = _detect(text, context, SCAN_DETECTORS, with_window=True)
    found = _bound(found, context)
    return Observation(
        found=found,
        concepts=frozenset().union(*(reading.hits.keys() for reading in readings)),
        evidence=[features(reading, found, context) for reading in readings],
        english=is_english(readings[0].folded.text) if readings else True,
        meant=readings[0].meant if len(readings) == 1 else text,
    )


def quick_scores(items: Sequence[tuple[str, Context]], seen: Sequence[Observation]) -> list[Scores]:
    """The scores that cost little: linear model and evidence. Raises ``ModelUnavailable``."""
    gates = models.gate_batch([(readable(text, context), context) for text, context in items])
    owners = [number for number, one in enumerate(seen) for _ in one.evidence]
    logs = evidence_model().log_probabilities([names for one in seen for names in one.evidence])
    worst: dict[int, int] = {}
    for row, owner in enumerate(owners):
        if owner not in worst or logs[row, -1] < logs[worst[owner], -1]:
            worst[owner] = row
    return [Scores(gate=gate, evidence=logs[worst[number]]) for number, gate in enumerate(gates)]


def _model_scores(
    items: Sequence[tuple[str, Context]], seen: Sequence[Observation]
) -> list[Scores | None] | None:
    """The models' word on each message; each is asked only where the cheaper ones before it are not sure.

    ``None`` for a message of the platform or without a word; ``None`` for all where the models are missing.
    """
    spoken = [
        index for index, (text, context) in enumerate(items) if context.sender != "platform" and text.strip()
    ]
    cases = {index: _case(seen[index], items[index][1]) for index in spoken}
    settings = fusion_settings()
    try:
        quick = quick_scores([items[index] for index in spoken], [seen[index] for index in spoken])
        known = dict(zip(spoken, quick, strict=True))
        wanted = _unsure(cases, known, settings.ask_light)
        for index, light in zip(wanted, models.light_batch(_readable(items, wanted)), strict=True):
            known[index] = replace(known[index], light=light)
        wanted = _unsure(cases, {index: known[index] for index in wanted}, settings.ask, settings.settled)
        for index, deep in zip(wanted, models.score_batch(_readable(items, wanted)), strict=True):
            known[index] = replace(known[index], deep=deep)
    except models.ModelUnavailable:
        return None
    return [known.get(index) for index in range(len(items))]


def _unsure(
    cases: Mapping[int, Case], scores: Mapping[int, Scores], limit: float, settled: float = 2.0
) -> list[int]:
    """The messages whose probability of a violation, as far as known, reaches ``limit``.

    Without those where it reaches ``settled`` and a rule found every category that would be reported.
    """
    shares = probabilities([cases[index] for index in scores], list(scores.values()))
    return [
        index
        for index, row in zip(scores, shares, strict=True)
        if 1 - row[-1] >= limit and not (1 - row[-1] >= settled and is_explained(cases[index], row))
    ]


def _readable(items: Sequence[tuple[str, Context]], wanted: Iterable[int]) -> list[tuple[str, Context]]:
    return [(readable(items[index][0], items[index][1]), items[index][1]) for index in wanted]


def readable(text: str, context: Context) -> str:
    """What the models read: undisguised, links to the platform and to carriers named, no lone surrogates."""
    if len(text) > MAX_LENGTH:
        text = f"{text[: MAX_LENGTH // 2]} {text[-MAX_LENGTH // 2 :]}"
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return without_allowed(plain(text), context)


def _bound(found: list[Finding], context: Context) -> list[Finding]:
    """Without what doesn't bind this sender."""
    if context.sender != "customer":
        return found
    return [finding for finding in found if finding.policy in BINDING_CUSTOMERS]


def _above_flag(found: list[Finding]) -> list[Finding]:
    """What the rules are sure enough of without a model."""
    if not found:
        return found
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
) -> tuple[list[Finding], list[Reading]]:
    if context.sender == "platform":
        return [], []
    if context.sender == "customer":
        detectors = CUSTOMER_DETECTORS
    found: list[Finding] = []
    readings: list[Reading] = []
    for offset, piece in _pieces(text):
        reading = Reading(piece)
        readings.append(reading)
        for detector in detectors:
            if offset:
                found.extend(_moved(finding, offset) for finding in detector.find(reading, context))
            else:
                found.extend(detector.find(reading, context))
        found.extend(_in_code(reading, offset, context, detectors))
        if with_window and not offset and context.history:
            found.extend(_in_window(reading, context, found))
    return found, readings


def _in_code(
    plain_reading: Reading, offset: int, context: Context, detectors: Sequence[Detector]
) -> Iterable[Finding]:
    """What stands in character references, Braille, sums or other writings that must be decoded."""
    piece = plain_reading.text
    traits, is_ascii = plain_reading.traits, piece.isascii()
    view = decoded(
        piece,
        is_hinted=plain_reading.has("read_hint", "turn_hint", "puzzle_hint"),
        has_figures=traits.figures > 0 or not is_ascii,
        has_long_word=bool(traits.flags & LONG) or not is_ascii,
        is_near=bool(traits.flags & NEAR),
        concepts=plain_reading.hits,
        figures=traits.figures,
        is_alone=bool(traits.flags & ALONE),
        is_mixed=bool(traits.flags & MIXED),
    )
    if view is None:
        return
    plain_reading.decoded = view
    reading = Reading(view.text[:MAX_LENGTH])
    slips = {one.start for one in respelt(piece) if one.is_slip}
    if traits.flags & NEAR:
        slips |= {one.start for one in corrected(piece) if one.is_slip}
    for veil in named(reading.text):
        first, last = view.span(veil.start, veil.end)
        # A slip of the pen hides nothing: what is said with it is judged like any other message.
        if piece[first:last] != reading.text[veil.start : veil.end] and slips.isdisjoint(range(first, last)):
            reading.add_veiled(veil)
    for veil in veils(piece, view):
        reading.add_veiled(veil)
    for veil in whole_terms(view):
        if slips.isdisjoint(range(*view.span(veil.start, veil.end))) and not reading.holds(veil):
            reading.add_veiled(veil)
    for detector in detectors:
        for finding in detector.find(reading, context):
            start, end = view.span(finding.start, finding.end)
            # Nobody codes a number by chance. What could be withheld for it keeps its own confidence.
            is_coded = piece[start:end] != finding.matched and _withhold_limit(finding) is None
            confidence = max(finding.confidence, _CODED) if is_coded and not slips else finding.confidence
            explanation = finding.explanation
            if finding.rule.startswith(VEILED) and piece[start:end] != finding.matched:
                explanation = with_reading(explanation, piece[start:end], finding.matched)
            yield replace(
                finding,
                start=start + offset,
                end=end + offset,
                matched=piece[start:end],
                view=view.name,
                confidence=confidence,
                explanation=explanation,
            )


def _in_window(reading: Reading, context: Context, alone: list[Finding]) -> list[Finding]:
    """What the message completes together with the sender's messages before it."""
    known = frozenset(finding.policy for finding in alone)
    if context.sender == "customer":
        return []
    found = [] if "contact_redirect" in known else list(split_number(reading, context))
    joined = joined_reading(reading.text, context)
    if joined is not None:
        together, seam = joined
        asked = [one for one in SCREENING_DETECTORS if may_cross(one.name, together, seam, known)]
        every = (finding for detector in asked for finding in detector.find(together, context))
        found.extend(crossing(every, seam, known, reading.text))
    return found


def _moved(finding: Finding, offset: int) -> Finding:
    return replace(finding, start=finding.start + offset, end=finding.end + offset)


def _result(found: list[Finding], text: str, context: Context) -> Result:
    if not found:
        return _clean()
    kept: dict[tuple[str, str, int, int], Finding] = {}
    for finding in tidied(_bound(found, context), text):
        place = (finding.policy, finding.detector, finding.start, finding.end)
        if place not in kept or kept[place].confidence < finding.confidence:
            kept[place] = finding
    findings = sorted(kept.values(), key=lambda finding: (-finding.confidence, finding.start, finding.policy))
    return Result(
        findings=tuple(findings) if len(findings) <= MAX_OF_POLICY else _first_of_each(findings),
        must_withhold=any(_withholds(finding) for finding in findings),
        mask_spans=_mask_spans(findings),
        ruleset=ruleset_version(),
    )


@lru_cache(maxsize=1)
def _clean() -> Result:
    return Result((), must_withhold=False, mask_spans=(), ruleset=ruleset_version())


def _first_of_each(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The first of each policy: a text of ten thousand links needs no ten thousand reasons."""
    counts: dict[str, int] = {}
    chosen = []
    for finding in findings:
        counts[finding.policy] = counts.get(finding.policy, 0) + 1
        if counts[finding.policy] <= MAX_OF_POLICY:
            chosen.append(finding)
    return tuple(chosen)


def _withholds(finding: Finding) -> bool:
    limit = _withhold_limit(finding)
    return limit is not None and finding.confidence >= limit


def _withhold_limit(finding: Finding) -> float | None:
    limit = thresholds().get(finding.policy)
    return limit.withhold if limit is not None else None


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
