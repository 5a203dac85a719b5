"""The evidence model: which concepts of the lexicon stand together, weighed in all languages at once.

A multinomial logistic regression over the names of concepts, pairs of them in one sentence, negations beside
them, the findings of the rules and the concepts of the message before. It reads no letters, so a word that a
lexicon line knows in Thai counts as much as its English neighbour. ``training/evidence.py`` writes the
weights.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import combinations, repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compliance.engine.context import Context
from compliance.engine.findings import Finding
from compliance.engine.reading import Reading, concepts_of

FILE = Path(__file__).with_name("data") / "evidence.npz"
NEGATIONS = frozenset({"no", "refuse", "warning"})
_SHORT, _LONG = 25, 120
# A hostile text can hold hundreds of concepts: pairs are formed of the first ones of a sentence.
_MAX_PAIRED = 16
_HITS_READ = 6

Features = frozenset[str]


class _Named(dict[str, str]):
    """A concept's name in a role, made once: there are some hundred concepts."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def __missing__(self, concept: str) -> str:
        name = self[concept] = f"{self._role}:{concept}"
        return name


class _Paired(dict[tuple[str, str], str]):
    """The name of two concepts in one sentence, made once."""

    def __missing__(self, pair: tuple[str, str]) -> str:
        name = self[pair] = "+".join(pair)
        return name


_OF_CUSTOMER, _TWICE, _DENIED = _Named("customer"), _Named("twice"), _Named("denied")
_TOGETHER = _Paired()


def features(reading: Reading, found: Sequence[Finding], context: Context) -> Features:
    """The names of everything that is true of one message."""
    hits = reading.hits
    names = set(hits)
    if context.sender == "customer":
        names.add("role:customer")
        names.update(map(_OF_CUSTOMER.__getitem__, hits))
    else:
        names.add("role:seller")
    names.update([_TWICE[concept] for concept, places in hits.items() if len(places) > 1])
    if not NEGATIONS.isdisjoint(hits):
        names.update(map(_DENIED.__getitem__, hits.keys() - NEGATIONS))
    for together in _by_sentence(reading):
        if len(together) > 1:
            names |= _pairs(tuple(sorted(together)[:_MAX_PAIRED]))
    for finding in found:
        names.add(f"rule:{finding.detector}.{finding.rule}")
        names.add(f"policy:{finding.policy}")
    names |= _before(context)
    text = reading.text
    if "?" in text or "？" in text or "؟" in text:
        names.add("question")
    if len(text) < _SHORT:
        names.add("short")
    elif len(text) > _LONG:
        names.add("long")
    return frozenset(names)


@lru_cache(maxsize=8_192)
def _pairs(concepts: tuple[str, ...]) -> frozenset[str]:
    """The names of every two of these."""
    return frozenset(map(_TOGETHER.__getitem__, combinations(concepts, 2)))


def _by_sentence(reading: Reading) -> Iterable[Collection[str]]:
    """The concepts of each sentence."""
    hits = reading.hits
    ends = reading.sentence_ends()
    if not ends:
        return [hits]
    sentences: dict[int, set[str]] = {}
    for concept, places in hits.items():
        for hit in places[:_HITS_READ]:
            at = bisect_right(ends, hit[0])
            if at in sentences:
                sentences[at].add(concept)
            else:
                sentences[at] = {concept}
    return sentences.values()


def _before(context: Context) -> frozenset[str]:
    """The concepts of the last message before this one, with who said it."""
    for turn in reversed(context.history[-3:]):
        if turn.sender != "platform" and turn.text:
            return _before_names("customer" if turn.sender == "customer" else "seller", turn.text)
    return frozenset()


@lru_cache(maxsize=2_048)
def _before_names(role: str, text: str) -> frozenset[str]:
    return frozenset(f"before:{role}:{concept}" for concept in concepts_of(text))


class EvidenceModel:
    """Log probabilities of all classes, the last being ``none``."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            names = stored["names"].tobytes().decode("utf-8").split("\n")
            self._rows = {name: row for row, name in enumerate(names)}
            scales = stored["scales"].astype(np.float32)
            weights: NDArray[np.float32] = stored["weights"].astype(np.float32) * scales
            # The last row stands for all names that have no weights.
            self._unknown = len(weights)
            self._weights = np.concatenate([weights, np.zeros((1, weights.shape[1]), np.float32)])
            self._bias: NDArray[np.float32] = stored["bias"].astype(np.float32)

    def log_probabilities(self, items: Sequence[Features]) -> NDArray[np.float32]:
        """(texts, classes)."""
        if not items:
            return np.empty((0, len(self._bias)), np.float32)
        rows: list[int] = []
        starts: list[int] = []
        for names in items:
            starts.append(len(rows))
            rows.append(self._unknown)  # so that no text is without a row
            rows += map(self._rows.get, names, repeat(self._unknown))
        logits = self._bias + np.add.reduceat(self._weights[rows], starts, axis=0)
        logits -= logits.max(1, keepdims=True)
        result: NDArray[np.float32] = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        return result


@lru_cache(maxsize=1)
def evidence_model() -> EvidenceModel:
    """The shipped weights, loaded on first use."""
    return EvidenceModel(FILE)
