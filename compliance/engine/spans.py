"""Marks the sentence that a model means, not the whole message."""

import re
from collections.abc import Sequence
from dataclasses import replace

from compliance.engine import models
from compliance.engine.context import Context
from compliance.engine.findings import Finding

_SENTENCE = re.compile(r"[^.!?。！？؟\n]+[.!?。！？؟]*")
# More sentences than this are not asked about one by one.
_MOST = 8
# A sentence belongs to what is marked if it is nearly as likely as the likeliest.
_NEARLY = 0.6
_LIKELY = 0.3


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence with a letter in it, without the space around."""
    found = []
    for match in _SENTENCE.finditer(text):
        piece = match.group()
        if any(char.isalpha() for char in piece):
            start = match.start() + len(piece) - len(piece.lstrip())
            found.append((start, match.start() + len(piece.rstrip())))
    return found


def narrowed(findings: Sequence[Finding], text: str, context: Context) -> list[Finding]:
    """A model's own findings with the place of the sentences that raise them; may raise ModelUnavailable."""
    places = sentences(text)
    if not 2 <= len(places) <= _MOST:
        return list(findings)
    clean = [text[start:end].encode("utf-8", "replace").decode() for start, end in places]
    scores = models.score_batch([(sentence, context) for sentence in clean])
    return [_narrow(finding, text, places, scores) for finding in findings]


def _narrow(
    finding: Finding, text: str, places: Sequence[tuple[int, int]], scores: Sequence[dict[str, float]]
) -> Finding:
    shares = [score.get(finding.policy, 0.0) for score in scores]
    best = max(shares)
    if best < _LIKELY:
        return finding  # Only the sentences together say it.
    chosen = [place for place, share in zip(places, shares, strict=True) if share >= _NEARLY * best]
    start, end = chosen[0][0], chosen[-1][1]
    return replace(finding, start=start, end=end, matched=text[start:end])
