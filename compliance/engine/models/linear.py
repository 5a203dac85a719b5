"""The linear model: one weight for each hashed n-gram and class, eight bits each, summed with numpy."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compliance.engine.models.ngrams import Block, features
from compliance.engine.models.text_input import ModelInput

PART = 160  # characters; a longer text is scored in overlapping parts, and the most suspect one counts
STEP = 100
BATCH = 256
# Three weights share a number of 64 bits, so that one addition adds three; each is raised to be positive.
LANES, LANE_BITS = 3, 21
RAISED = 128  # below 2**21 as long as no text has more than 8,192 features; a part has a tenth of that


class LinearModel:
    """Log probabilities of all classes, the last being `none`."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            self._lanes = _packed(stored["weights"])
            self.scales: NDArray[np.float32] = stored["scales"].astype(np.float32)
            self.bias: NDArray[np.float32] = stored["bias"].astype(np.float32)

    def log_probabilities(self, items: Sequence[ModelInput]) -> NDArray[np.float32]:
        """(texts, classes). Long texts give the row of their part with the lowest probability of `none`."""
        parts: list[ModelInput] = []
        owners: list[int] = []
        for number, item in enumerate(items):
            for piece in _parts(item.text):
                parts.append(item._replace(text=piece))
                owners.append(number)
        scores = np.concatenate(
            [self._logits(parts[start : start + BATCH]) for start in range(0, len(parts), BATCH)]
            or [np.empty((0, len(self.bias)), np.float32)]
        )
        scores -= scores.max(1, keepdims=True) if len(scores) else 0
        scores -= np.log(np.exp(scores).sum(1, keepdims=True))
        if len(parts) == len(items):
            return scores
        order = np.lexsort((scores[:, -1], np.asarray(owners)))
        _, first = np.unique(np.asarray(owners)[order], return_index=True)
        return scores[order[first]]

    def _logits(self, items: Sequence[ModelInput]) -> NDArray[np.float32]:
        total = np.tile(self.bias, (len(items), 1))
        for block, scale in zip(features(items), self.scales, strict=True):
            total += self._sum(block, len(items)) * scale
        return total

    def _sum(self, block: Block, count: int) -> NDArray[np.float32]:
        packed = np.add.reduceat(np.take(self._lanes, block.rows, axis=0), block.starts, axis=0)
        counts = np.diff(block.starts, append=len(block.rows))
        lanes = packed[:, :, None] >> _SHIFTS & np.uint64((1 << LANE_BITS) - 1)
        sums = lanes.reshape(count, -1)[:, : len(self.bias)].astype(np.int64) - RAISED * counts[:, None]
        scaled: NDArray[np.float32] = (sums / np.sqrt(counts)[:, None]).astype(np.float32)
        return scaled


_SHIFTS = np.arange(LANES, dtype=np.uint64) * np.uint64(LANE_BITS)


def _packed(weights: NDArray[np.int8]) -> NDArray[np.uint64]:
    """(rows, classes / 3): the weights of three classes in each number."""
    rows, classes = weights.shape
    raised = np.zeros((rows, -(-classes // LANES) * LANES), np.uint64)
    raised[:, :classes] = weights.astype(np.int16) + RAISED
    packed: NDArray[np.uint64] = (raised.reshape(rows, -1, LANES) << _SHIFTS).sum(2, dtype=np.uint64)
    return packed


def _parts(text: str) -> list[str]:
    if len(text) <= PART + STEP // 2:
        return [text]
    return [text[start : start + PART] for start in range(0, len(text) - PART + STEP, STEP)]
