"""Fits the weights that bring rules and models together, and prints what thresholds would do.

    python -m training.fuse --shared ../shared

Runs in the project's own environment, after every change of the rules or the models (``make -C training
fuse``). It learns from the lines, chats and public talk that the models were not trained on (``held_out`` of
``training.corpus``), with out-of-fold scores of the evidence model. The table it prints is cross-validated:
each line is judged by weights that never saw its function, chat or intent. ``dev.jsonl`` and ``chats.jsonl``
are not read.
"""

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compliance.engine import models
from compliance.engine.fusion import NAMES, WEIGHTS, Case, tables
from compliance.engine.models.settings import CATEGORIES, CUSTOMER_CATEGORIES
from compliance.engine.pipeline import observe, quick_scores, readable
from training.corpus import Example, fold, read_check
from training.evidence import (
    CLEAN_SOURCES,
    Floats,
    context_of,
    examples,
    fold_of,
    minimise,
    out_of_fold,
    weights_of,
)

log = logging.getLogger("fuse")
FOLDS = 8
ALSO = 0.35  # what naming a category of `also` is worth beside the label
CLEAN_WEIGHT = 0.1  # of a line of clean talk: there are many, and all are easy
DEEP = ("deep", "deep_any")
LIGHT = ("light", "light_any")
SCORES = (*DEEP, *LIGHT, "gate", "evidence", "evidence_any")
NEVER = -40.0
LIMITS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
BATCH = 256


def penalties() -> Floats:
    """Scores are hardly held back, offsets most: a category has few lines here."""
    return np.array([0.1 if name in SCORES else 1.5 if name.startswith("offset_") else 0.5 for name in NAMES])


def deep_scores(rows: Sequence[Example]) -> list[dict[str, float]]:
    items = [(readable(row.text, context_of(row)), context_of(row)) for row in rows]
    return [
        score
        for start in range(0, len(items), BATCH)
        for score in models.score_batch(items[start : start + BATCH])
    ]


def light_scores(rows: Sequence[Example]) -> NDArray[np.float32]:
    return models.light_batch([(readable(row.text, context_of(row)), context_of(row)) for row in rows])


def targets(rows: Sequence[Example]) -> Floats:
    """(lines, classes): 1 for the label, less for what would also be a fair answer."""
    found = np.zeros((len(rows), len(CATEGORIES)))
    for number, row in enumerate(rows):
        for code in row.also:
            found[number, CATEGORIES.index(code)] = ALSO
        found[number, CATEGORIES.index(row.label)] = 1
    return found


def shares(weights: Floats, tables: Floats, unbound: NDArray[np.bool_]) -> Floats:
    """(lines, classes) probabilities: see ``compliance.engine.fusion.probabilities``."""
    sums = tables @ weights
    sums[unbound] = NEVER
    sums = np.concatenate([sums, np.zeros((len(sums), 1))], axis=1)
    sums = np.exp(sums - sums.max(1, keepdims=True))
    result: Floats = sums / sums.sum(1, keepdims=True)
    return result


def fit(
    tables: Floats, unbound: NDArray[np.bool_], truth: Floats, counts: Floats, fixed: NDArray[np.bool_]
) -> Floats:
    """Weights of the largest likelihood of any fair answer; ``fixed`` ones stay zero."""
    held = penalties()

    def objective(weights: Floats) -> tuple[float, Floats]:
        found = shares(weights, tables, unbound)
        fair = found * truth
        total = fair.sum(1) + 1e-12
        loss = -(counts * np.log(total)).sum() + (held * weights * weights).sum()
        error = ((found - fair / total[:, None]) * counts[:, None])[:, :-1]
        slope = np.einsum("nk,nkd->d", error, tables) + 2 * held * weights
        slope[fixed] = 0
        return float(loss), slope

    return minimise(objective, np.zeros(len(NAMES)), steps=400)


def cross_validated(
    tables: Floats,
    unbound: NDArray[np.bool_],
    truth: Floats,
    counts: Floats,
    fixed: NDArray[np.bool_],
    folds: NDArray[np.int64],
) -> Floats:
    found = np.zeros(truth.shape)
    for number in range(FOLDS):
        rest, here = folds != number, folds == number
        weights = fit(tables[rest], unbound[rest], truth[rest], counts[rest], fixed)
        found[here] = shares(weights, tables[here], unbound[here])
    return found


def report(name: str, rows: Sequence[Example], found: Floats, truth: Floats) -> None:
    """Recall, false alarms and right category by source for several thresholds."""
    violation = 1 - found[:, -1]
    first = found[:, :-1].argmax(1)
    positive = truth[:, -1] == 0
    right = truth[np.arange(len(rows)), first] > 0
    kinds = [
        (row.source if row.source in ("lines", "chats", "own") else "talk")
        + (
            " of customers"
            if row.sender == "customer"
            else " in English"
            if row.lang == "en"
            else " in others"
        )
        for row in rows
    ]
    for kind in sorted(set(kinds)):
        here = np.array([one == kind for one in kinds])
        cells = [f"{name} {kind:20} {int((here & positive).sum()):4} of {int(here.sum()):4}"]
        for limit in LIMITS:
            flagged = here & (violation >= limit)
            cells.append(
                f"{limit}: {(flagged & positive).sum() / max(1, (here & positive).sum()):.3f}"
                f"/{(flagged & positive & right).sum() / max(1, (here & positive).sum()):.3f}"
                f"/{(flagged & ~positive).sum() / max(1, (here & ~positive).sum()):.4f}"
            )
        log.info("  ".join(cells))


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = argparse.ArgumentParser()
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--out", type=Path, default=WEIGHTS)
    arguments = options.parse_args()
    every = examples(arguments.shared)
    seen = [observe(row.text, context_of(row)) for row in every]
    labels = np.array([CATEGORIES.index(row.label) for row in every])
    logs = out_of_fold(
        [one.evidence[0] for one in seen],
        labels,
        weights_of(every),
        np.array([fold_of(row) for row in every]),
    )
    check = read_check()
    chosen = [at for at, row in enumerate(every) if row.held_out]
    rows = [*(every[at] for at in chosen), *check]
    observed = [*(seen[at] for at in chosen), *(observe(row.text, context_of(row)) for row in check)]
    quick = quick_scores([(row.text, context_of(row)) for row in rows], observed)
    deep = deep_scores(rows)
    light = light_scores(rows)
    cases = [Case(one.found, one.concepts, context_of(row)) for row, one in zip(rows, observed, strict=True)]
    known = [
        replace(
            cheap,
            evidence=logs[chosen[at]].astype(np.float32) if at < len(chosen) else cheap.evidence,
            light=light[at],
            deep=deep[at],
        )
        for at, cheap in enumerate(quick)
    ]
    table = tables(cases, known)
    unbound = np.array(
        [
            [row.sender == "customer" and code not in CUSTOMER_CATEGORIES for code in CATEGORIES[:-1]]
            for row in rows
        ]
    )
    truth = targets(rows)
    counts = np.array([CLEAN_WEIGHT if row.source in (*CLEAN_SOURCES, "check") else 1.0 for row in rows])
    folds = np.array([fold("fuse" + (row.chat or row.group or row.text), FOLDS) for row in rows])
    stored = {}
    for kind, absent in (("full", ()), ("light", DEEP), ("quick", (*DEEP, *LIGHT))):
        fixed = np.array([name in absent for name in NAMES])
        report(kind, rows, cross_validated(table, unbound, truth, counts, fixed, folds), truth)
        weights = fit(table, unbound, truth, counts, fixed)
        stored[kind] = {name: round(float(value), 3) for name, value in zip(NAMES, weights, strict=True)}
    arguments.out.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
