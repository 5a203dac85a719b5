"""Trains the linear n-gram model with scikit-learn; stores it in eight bits for the numpy scorer."""

import argparse
import logging
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from compliance.engine.models.linear import LinearModel
from compliance.engine.models.ngrams import BITS, features
from compliance.engine.models.text_input import ModelInput, model_input
from training.corpus import CATEGORIES, Example, read_corpus, read_own, read_public
from training.metrics import report
from training.prepare import disguised

log = logging.getLogger("train")
SEED = 20_261_123
STRENGTH = 30.0  # inverse of the regularisation
STEPS = 70  # the held-out figures stand still after about fifty
VIOLATION_WEIGHT = 1.5
HATE_ROWS = 6_000
CLEAN_ROWS = 10_000
CONTEXT_SCALE = 0.4  # earlier lines count less than the message
PUBLIC_WEIGHT = 0.4
HATE = ("davidson", "edos", "hatemoji")


def matrix(items: Sequence[ModelInput]) -> scipy.sparse.csr_matrix:
    """One row for each text, one column for each table row, valued as the scorer scales them."""
    blocks = []
    for block, scale in zip(features(items), (1.0, 1.0, CONTEXT_SCALE), strict=True):
        counts = np.diff(block.starts, append=len(block.rows))
        values = np.repeat(scale / np.sqrt(counts), counts)
        pointers = np.append(block.starts, len(block.rows))
        blocks.append(scipy.sparse.csr_matrix((values, block.rows, pointers), shape=(len(items), 1 << BITS)))
    return sum(blocks[1:], blocks[0]).astype(np.float32)


def inputs(examples: Sequence[Example]) -> list[ModelInput]:
    return [model_input(example.text, example) for example in examples]


def big_matrix(items: list[ModelInput]) -> scipy.sparse.csr_matrix:
    return scipy.sparse.vstack(
        [matrix(items[start : start + 500]) for start in range(0, len(items), 500)]
    ).tocsr()


def quantise(weights: np.ndarray, bias: np.ndarray, path: Path) -> None:
    """Eight bits with one scale for each block and class. `weights` is (classes, rows)."""
    scale = np.abs(weights).max(1) / 127
    whole = np.round(weights / scale[:, None]).astype(np.int8).T
    scales = np.stack([scale, scale, scale * CONTEXT_SCALE])
    np.savez_compressed(
        path, weights=np.ascontiguousarray(whole), scales=scales.astype(np.float32), bias=bias
    )


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = argparse.ArgumentParser()
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    arguments = options.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    chance = random.Random(SEED)
    corpus = read_corpus(arguments.shared / "policy-corpus")
    public = read_public(arguments.shared / "public-data", seed=SEED)
    labelled = corpus + read_own()
    own = [example for example in labelled if not example.held_out]
    varied = [
        disguised(example, chance) for example in own if example.label != "none" or chance.random() < 0.3
    ]
    rows = own + varied + _sample(public, chance)
    weight = [_weight(example) for example in own] + [0.5] * len(varied)
    weight += [_weight(example) for example in rows[len(weight) :]]
    weight = [
        value * (1 if row.label == "none" else VIOLATION_WEIGHT)
        for value, row in zip(weight, rows, strict=True)
    ]
    log.info("%d rows", len(rows))
    table = big_matrix(inputs(rows))
    log.info("features: %.0f in a row", table.nnz / len(rows))
    labels = [CATEGORIES.index(example.label) for example in rows]
    model = LogisticRegression(C=STRENGTH, max_iter=STEPS, tol=1e-7)
    model.fit(table, labels, sample_weight=weight)
    log.info("fitted in %s steps", model.n_iter_)
    quantise(model.coef_, model.intercept_.astype(np.float32), arguments.out / "linear.npz")
    held = [example for example in labelled + public if example.held_out]
    scores = LinearModel(arguments.out / "linear.npz").log_probabilities(inputs(held))
    log.info("held out: %s", report(scores, held))


def _sample(public: list[Example], chance: random.Random) -> list[Example]:
    rows = [example for example in public if not example.held_out]
    hate = [example for example in rows if example.source.startswith(HATE)]
    clean = [example for example in rows if not example.source.startswith(HATE)]
    return chance.sample(hate, k=HATE_ROWS) + chance.sample(clean, k=min(CLEAN_ROWS, len(clean)))


def _weight(example: Example) -> float:
    return (
        PUBLIC_WEIGHT if example.source.startswith(HATE) or example.source in ("bitext", "banking") else 1.0
    )


if __name__ == "__main__":
    main()
