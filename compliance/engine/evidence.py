"""The evidence model: which concepts of the lexicon stand together, weighed in all languages at once.

A multinomial logistic regression over the names of concepts, pairs of them in one sentence, negations beside
them, the findings of the rules and the concepts of the message before. It reads no letters, so a word that a
lexicon line knows in Thai counts as much as its English neighbour. ``training/evidence.py`` writes the
weights.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compliance.engine.context import Context
from compliance.engine.findings import Finding
from compliance.engine.reading import Reading, concepts_of

FILE = Path(__file__).with_name("data") / "evidence.npz"
NEGATIONS = frozenset({"no", "refuse", "warning"})
_QUESTION_SIGNS = ("?", "？", "؟")
_SHORT, _LONG = 25, 120
# A hostile text can hold hundreds of concepts: pairs are formed of the first ones of a sentence.
_MAX_PAIRED = 16
_HITS_READ = 6

Features = frozenset[str]


def features(reading: Reading, found: Sequence[Finding], context: Context) -> Features:
    """The names of everything that is true of one message."""
    role = "customer" if context.sender == "customer" else "seller"
    hits = reading.hits
    names = {f"role:{role}"}
    denied = bool(NEGATIONS & hits.keys())
    sentences: dict[int, set[str]] = {}
    for concept, places in hits.items():
        names.add(concept)
        if role == "customer":
            names.add(f"customer:{concept}")
        if len(places) > 1:
            names.add(f"twice:{concept}")
        if denied and concept not in NEGATIONS:
            names.add(f"denied:{concept}")
        for hit in places[:_HITS_READ]:
            sentences.setdefault(reading.sentence(hit.start), set()).add(concept)
    for together in sentences.values():
        for one, other in combinations(sorted(together)[:_MAX_PAIRED], 2):
            names.add(f"{one}+{other}")
    for finding in found:
        names.add(f"rule:{finding.detector}.{finding.rule}")
        names.add(f"policy:{finding.policy}")
    names |= _before(context)
    if any(sign in reading.text for sign in _QUESTION_SIGNS):
        names.add("question")
    if len(reading.text) < _SHORT:
        names.add("short")
    elif len(reading.text) > _LONG:
        names.add("long")
    return frozenset(names)


def _before(context: Context) -> set[str]:
    """The concepts of the last message before this one, with who said it."""
    for turn in reversed(context.history[-3:]):
        if turn.sender != "platform" and turn.text:
            role = "customer" if turn.sender == "customer" else "seller"
            return {f"before:{role}:{concept}" for concept in concepts_of(turn.text)}
    return set()


class EvidenceModel:
    """Log probabilities of all classes, the last being ``none``."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            names = stored["names"].tobytes().decode("utf-8").split("\n")
            self._rows = {name: row for row, name in enumerate(names)}
            scales = stored["scales"].astype(np.float32)
            self._weights: NDArray[np.float32] = stored["weights"].astype(np.float32) * scales
            self._bias: NDArray[np.float32] = stored["bias"].astype(np.float32)

    def log_probabilities(self, items: Sequence[Features]) -> NDArray[np.float32]:
        """(texts, classes)."""
        logits = np.tile(self._bias, (len(items), 1))
        rows = self._rows
        for number, names in enumerate(items):
            known = [rows[name] for name in names if name in rows]
            if known:
                logits[number] += self._weights[known].sum(0)
        logits -= logits.max(1, keepdims=True) if len(items) else 0
        result: NDArray[np.float32] = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        return result


@lru_cache(maxsize=1)
def evidence_model() -> EvidenceModel:
    """The shipped weights, loaded on first use."""
    return EvidenceModel(FILE)
