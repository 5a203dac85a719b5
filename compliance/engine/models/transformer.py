"""The transformer: a fine-tuned multilingual-e5-small in int8, run by onnxruntime on one thread.

Word embeddings stay in the four-bit blocks of the base model (they aren't trained) and are unpacked here,
only the rows that a batch needs.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from compliance.engine.models.packing import Packed, batches, most_suspect
from compliance.engine.models.text_input import ModelInput
from compliance.engine.models.tokenizer import PADDING, Tokenizer

BATCH_PIECES = 2_048  # padding included: bounds the memory of one run
BATCH_TEXTS = 32
START_COST = 15  # pieces that could be read in the time that a run takes beside its pieces: measured


class Vocabulary:
    """The kept pieces with their packed embedding rows."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            pieces = stored["pieces"].tobytes().decode("utf-8").split("\n")
            self.tokenizer = Tokenizer(pieces, stored["scores"].tolist())
            self._scales: NDArray[np.float16] = stored["scales"]
            self._nibbles: NDArray[np.uint8] = stored["nibbles"]

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Embedding rows: numbers of shape (...) to float32 of shape (..., hidden)."""
        wanted, places = np.unique(numbers, return_inverse=True)
        nibbles = self._nibbles[wanted]
        values = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
        values *= self._scales[wanted].astype(np.float32)[..., None]
        rows: NDArray[np.float32] = values.reshape(len(wanted), -1)[places.reshape(numbers.shape)]
        return rows


class Transformer:
    """Log probabilities of all classes, the last being `none`."""

    def __init__(self, network: Path, vocabulary: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # lengths differ from batch to batch
        self._vocabulary = Vocabulary(vocabulary)
        self._session = onnxruntime.InferenceSession(
            str(network),
            options,
            providers=["CPUExecutionProvider"],
            # The fused operator takes six times as long as what it replaces.
            disabled_optimizers=["SkipLayerNormFusion"],
        )

    @property
    def tokenizer(self) -> Tokenizer:
        return self._vocabulary.tokenizer

    def log_probabilities(self, items: Sequence[ModelInput]) -> NDArray[np.float32]:
        """(texts, classes). Long texts are read in windows; the one with the least probable `none` counts."""
        return most_suspect(items, self._vocabulary.tokenizer, _batches, self.read)

    def read(self, batch: Sequence[Packed]) -> NDArray[np.float32]:
        """(sequences, classes) log probabilities of packed sequences (see ``packing``), in one run."""
        longest = max(len(numbers) for numbers, _ in batch)
        numbers = np.full((len(batch), longest), PADDING, np.int64)
        message = np.zeros((len(batch), longest), np.float32)
        mask = np.full((len(batch), 1, 1, longest), -1e4, np.float32)
        for row, (pieces, length) in enumerate(batch):
            numbers[row, : len(pieces)] = pieces
            message[row, :length] = 1
            mask[row, 0, 0, : len(pieces)] = 0
        words = self._vocabulary.rows(numbers)
        logits = self._session.run(["logits"], {"words": words, "mask": mask, "message": message})[0]
        logits = logits - logits.max(1, keepdims=True)
        scores: NDArray[np.float32] = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        return scores


def _batches(sequences: Sequence[Packed]) -> list[list[int]]:
    lengths = [len(numbers) for numbers, _ in sequences]
    return batches(lengths, most_texts=BATCH_TEXTS, most_pieces=BATCH_PIECES, start_cost=START_COST)
