"""From a cleaned message to the numbers that the transformer reads."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from compliance.engine.models.text_input import ModelInput
from compliance.engine.models.tokenizer import END, START, Tokenizer

TEXT_PIECES = 72  # of the message itself in one window
WINDOW_STEP = 56  # a longer message is read in windows that overlap
WINDOWS = 12  # at most; the middle of a still longer text is covered by spreading them
EARLIER_PIECES = 24  # of each earlier message
TOTAL_PIECES = 120

Packed = tuple[list[int], int]
Floats = NDArray[np.float32]


def most_suspect(
    items: Sequence[ModelInput],
    tokenizer: Tokenizer,
    batches: Callable[[Sequence[Packed]], list[list[int]]],
    read: Callable[[Sequence[Packed]], Floats],
) -> Floats:
    """(texts, classes) log probabilities: of a text's windows the one with the least probable `none` counts.

    `batches` puts positions of packed windows together, `read` scores one batch of them.
    """
    sequences: list[Packed] = []
    owners: list[int] = []
    for number, item in enumerate(items):
        found = windows(item, tokenizer)
        sequences.extend(found)
        owners.extend([number] * len(found))
    scores: list[Floats | None] = [None] * len(sequences)
    for batch in batches(sequences):
        for at, row in zip(batch, read([sequences[at] for at in batch]), strict=True):
            scores[at] = row
    result: list[Floats | None] = [None] * len(items)
    for owner, row in zip(owners, scores, strict=True):
        best = result[owner]
        if row is not None and (best is None or row[-1] < best[-1]):
            result[owner] = row
    return np.array(result, np.float32)


def windows(text: ModelInput, tokenizer: Tokenizer) -> list[tuple[list[int], int]]:
    """One (pieces, length of the message part) for each window of the message.

    The message part is `<s> query: role: text </s>`; earlier messages follow, newest first, each closed by
    `</s>`.
    """
    head = tokenizer.encode(f"query: {text.role}:")
    body = tokenizer.encode(text.text)
    tail: list[int] = []
    for role, line in text.earlier:
        pieces = [*tokenizer.encode(f"{role}: {line}")[:EARLIER_PIECES], END]
        if len(head) + min(len(body), TEXT_PIECES) + len(tail) + len(pieces) + 2 > TOTAL_PIECES:
            break
        tail.extend(pieces)
    found = []
    for start in starts(len(body)):
        message = [START, *head, *body[start : start + TEXT_PIECES], END]
        found.append((message + tail, len(message)))
    return found


def starts(length: int) -> list[int]:
    """Where the windows over a body of `length` pieces begin."""
    if length <= TEXT_PIECES:
        return [0]
    last = length - TEXT_PIECES
    count = min(WINDOWS, 1 + -(-last // WINDOW_STEP))
    return sorted({round(last * number / (count - 1)) for number in range(count)})
