"""Fits the evidence model: weights of concepts, pairs of concepts and rules for each category.

    python -m training.evidence --shared ../shared

runs in the project's own environment (numpy only). Folds keep a function, a chat or an intent together, so
that the out-of-fold scores that ``training.fuse`` learns from are of kinds of line that the weights never
saw.
"""

import argparse
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compliance.engine import evidence
from compliance.engine.context import Context, Turn
from compliance.engine.evidence import Features
from compliance.engine.models.settings import CATEGORIES
from compliance.engine.pipeline import observe
from training.corpus import Example, fold, read_corpus, read_own, read_public

log = logging.getLogger("evidence")
SEED = 20_261_123
FOLDS = 5
FEWEST = 4  # a feature seen less often says nothing
PENALTY = 10.0
PUBLIC_WEIGHT = 0.3  # clean talk from elsewhere is plentiful and easy
PUBLIC_ROWS = 500  # of each public source and role
CLEAN_SOURCES = ("bitext", "banking", "sms", "presidio", "everyday")
MEMORY = 10  # steps that the minimiser remembers
FIRST_STEP = 0.5  # length of the first step of a fit

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True)
class Sparse:
    """Rows of a 0/1 matrix by columns, and turned round for gradients."""

    columns: NDArray[np.int64]
    starts: NDArray[np.int64]
    owners: NDArray[np.int64]
    by_column: NDArray[np.int64]
    column_starts: NDArray[np.int64]
    present: NDArray[np.int64]


def clean_talk(shared: Path) -> list[Example]:
    """Some clean rows of each public source and role, the same ones at every run."""
    rows = [row for row in read_public(shared / "public-data", seed=SEED) if row.source in CLEAN_SOURCES]
    rows.sort(key=lambda row: fold("talk" + row.text, 1 << 60))
    taken: Counter[tuple[str, str]] = Counter()
    chosen = []
    for row in rows:
        taken[row.source, row.sender] += 1
        if taken[row.source, row.sender] <= PUBLIC_ROWS:
            chosen.append(row)
    return chosen


def context_of(example: Example) -> Context:
    history = tuple(Turn(turn.sender, turn.text) for turn in example.history)  # type: ignore[arg-type]
    return Context(sender=example.sender, history=history)  # type: ignore[arg-type]


def fold_of(example: Example) -> int:
    return fold("evidence" + (example.chat or example.group or example.text), FOLDS)


def sparse(items: Sequence[Features], numbers: dict[str, int]) -> Sparse:
    rows = [[0, *sorted(numbers[name] for name in names if name in numbers)] for names in items]
    columns = np.array([column for row in rows for column in row], np.int64)
    lengths = np.array([len(row) for row in rows])
    owners = np.repeat(np.arange(len(rows)), lengths)
    order = np.argsort(columns, kind="stable")
    present, column_starts = np.unique(columns[order], return_index=True)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return Sparse(columns, starts, owners, owners[order], column_starts, present)


def minimise(objective: Objective, start: Floats, *, steps: int) -> Floats:
    """L-BFGS with a backtracking line search."""
    at = start
    value, slope = objective(at)
    moves: list[tuple[Floats, Floats]] = []
    for _ in range(steps):
        direction = slope.copy()
        shares = []
        for move, change in reversed(moves):
            share = (move @ direction) / (change @ move)
            shares.append(share)
            direction -= share * change
        if moves:
            direction *= (moves[-1][0] @ moves[-1][1]) / (moves[-1][1] @ moves[-1][1])
        else:  # a longer first step may land where every probability is 0 or 1 and no step leads on
            direction *= min(1e-3, FIRST_STEP / np.linalg.norm(slope))
        for (move, change), share in zip(moves, reversed(shares), strict=True):
            direction += move * (share - (change @ direction) / (change @ move))
        step = 1.0
        while True:
            there = at - step * direction
            new_value, new_slope = objective(there)
            if new_value <= value - 1e-4 * step * (slope @ direction):
                break
            step /= 2
            if step < 1e-6:
                return at
        move, change = there - at, new_slope - slope
        if move @ change > 1e-10:
            moves = [*moves, (move, change)][-MEMORY:]
        done = abs(value - new_value) < 1e-6 * abs(value)
        at, value, slope = there, new_value, new_slope
        if done:
            break
    return at


def fit(matrix: Sparse, labels: NDArray[np.int64], weights: Floats, width: int) -> Floats:
    """(width, classes) weights; row 0 is the bias, which is not held small."""
    classes = len(CATEGORIES)
    held = np.full((width, 1), PENALTY)
    held[0] = 0.0
    truth = np.eye(classes)[labels]

    def objective(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(width, classes)
        logits = np.add.reduceat(table[matrix.columns], matrix.starts, axis=0)
        logits -= logits.max(1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        loss = -(weights * (logs * truth).sum(1)).sum() + 0.5 * (held * table * table).sum()
        error = (np.exp(logs) - truth) * weights[:, None]
        slope = held * table
        slope[matrix.present] += np.add.reduceat(error[matrix.by_column], matrix.column_starts, axis=0)
        return float(loss), slope.ravel()

    return minimise(objective, np.zeros(width * classes), steps=120).reshape(width, classes)


def scores(table: Floats, matrix: Sparse) -> Floats:
    """(texts, classes) log probabilities."""
    logits = np.add.reduceat(table[matrix.columns], matrix.starts, axis=0)
    logits -= logits.max(1, keepdims=True)
    logs: Floats = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    return logs


def out_of_fold(
    items: Sequence[Features], labels: NDArray[np.int64], weights: Floats, folds: NDArray[np.int64]
) -> Floats:
    """Scores of every line by weights that were fitted without its fold."""
    found = np.zeros((len(items), len(CATEGORIES)))
    for number in range(FOLDS):
        rest, here = np.flatnonzero(folds != number), np.flatnonzero(folds == number)
        numbers = vocabulary([items[at] for at in rest])
        table = fit(
            sparse([items[at] for at in rest], numbers), labels[rest], weights[rest], len(numbers) + 1
        )
        found[here] = scores(table, sparse([items[at] for at in here], numbers))
    return found


def vocabulary(items: Sequence[Features]) -> dict[str, int]:
    counts = Counter(name for names in items for name in names)
    known = sorted(name for name, count in counts.items() if count >= FEWEST)
    return {name: number for number, name in enumerate(known, start=1)}


def store(table: Floats, numbers: dict[str, int], path: Path) -> None:
    """Eight bits a weight, one scale a class."""
    weights = table[1:]
    scales = np.abs(weights).max(0) / 127
    np.savez_compressed(
        path,
        names=np.frombuffer("\n".join(numbers).encode(), np.uint8),
        weights=np.round(weights / scales).astype(np.int8),
        scales=scales.astype(np.float32),
        bias=table[0].astype(np.float32),
    )


def examples(shared: Path) -> list[Example]:
    return [*read_corpus(shared / "policy-corpus"), *read_own(), *clean_talk(shared)]


def weights_of(rows: Sequence[Example]) -> Floats:
    return np.array([PUBLIC_WEIGHT if row.source in CLEAN_SOURCES else 1.0 for row in rows])


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = argparse.ArgumentParser()
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--out", type=Path, default=evidence.FILE)
    arguments = options.parse_args()
    rows = examples(arguments.shared)
    items = [observe(row.text, context_of(row)).evidence[0] for row in rows]
    labels = np.array([CATEGORIES.index(row.label) for row in rows])
    numbers = vocabulary(items)
    table = fit(sparse(items, numbers), labels, weights_of(rows), len(numbers) + 1)
    store(table, numbers, arguments.out)
    log.info("%d lines, %d features", len(rows), len(numbers))


if __name__ == "__main__":
    main()
