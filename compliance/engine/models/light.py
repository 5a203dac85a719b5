"""The light network: two convolutions over small piece vectors, read by onnxruntime on one thread.

It stands between the linear gate and the transformer: about a hundredth of the transformer's work, and it
learnt from it. Piece vectors are eight bits a number; only the rows that a batch needs are unpacked.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from compliance.engine.models.packing import Floats, Packed, batches, most_suspect
from compliance.engine.models.text_input import ModelInput
from compliance.engine.models.tokenizer import PADDING, Tokenizer

BATCH_TEXTS = 64
BATCH_PIECES = 4_096  # padding included
START_COST = 30  # pieces that could be read in the time that a run takes beside its pieces: measured


class LightModel:
    """Log probabilities of all classes, the last being `none`."""

    def __init__(self, network: Path, vectors: Path, tokenizer: Tokenizer) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # lengths differ from batch to batch
        self._session = onnxruntime.InferenceSession(
            str(network), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = tokenizer
        with np.load(vectors) as stored:
            self._vectors: NDArray[np.int8] = stored["vectors"]
            self._scales: Floats = stored["scales"]

    def log_probabilities(self, items: Sequence[ModelInput]) -> Floats:
        """(texts, classes). Long texts are read in windows; the one with the least probable `none` counts."""
        return most_suspect(items, self._tokenizer, _batches, self._read)

    def _read(self, batch: Sequence[Packed]) -> Floats:
        longest = max(length for _, length in batch)
        numbers = np.full((len(batch), longest), PADDING, np.int64)
        there = np.zeros((len(batch), 1, longest), np.float32)
        around = np.zeros((len(batch), len(self._scales)), np.float32)
        for row, (pieces, length) in enumerate(batch):
            numbers[row, :length] = pieces[:length]
            there[row, 0, :length] = 1
            if len(pieces) > length:
                around[row] = self._vectors[pieces[length:]].mean(0)
        states = self._vectors[numbers].astype(np.float32) * self._scales
        states = np.ascontiguousarray(states.transpose(0, 2, 1)) * there
        inputs = {"states": states, "there": there, "around": around * self._scales}
        logits = self._session.run(["logits"], inputs)[0]
        logits = logits - logits.max(1, keepdims=True)
        scores: Floats = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        return scores


def _batches(sequences: Sequence[Packed]) -> list[list[int]]:
    lengths = [length for _, length in sequences]
    return batches(lengths, most_texts=BATCH_TEXTS, most_pieces=BATCH_PIECES, start_cost=START_COST)
