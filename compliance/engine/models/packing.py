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
    parted: Callable[[Sequence[Packed]], list[list[int]]],
    read: Callable[[Sequence[Packed]], Floats],
) -> Floats:
    """(texts, classes) log probabilities: of a text's windows the one with the least probable `none` counts.

    `parted` puts positions of packed windows together, `read` scores one batch of them.
    """
    sequences: list[Packed] = []
    owners: list[int] = []
    for number, item in enumerate(items):
        found = windows(item, tokenizer)
        sequences.extend(found)
        owners.extend([number] * len(found))
    scores: list[Floats | None] = [None] * len(sequences)
    for batch in parted(sequences):
        for at, row in zip(batch, read([sequences[at] for at in batch]), strict=True):
            scores[at] = row
    result: list[Floats | None] = [None] * len(items)
    for owner, row in zip(owners, scores, strict=True):
        best = result[owner]
        if row is not None and (best is None or row[-1] < best[-1]):
            result[owner] = row
    return np.array(result, np.float32)


def batches(lengths: Sequence[int], *, most_texts: int, most_pieces: int, start_cost: int) -> list[list[int]]:
    """Positions in the batches that cost least together, similar lengths in each.

    A batch costs as many pieces as its texts padded to the longest, and `start_cost` pieces for the run
    itself. At most `most_texts` texts and `most_pieces` pieces, padding included, unless one text alone has
    more.
    """
    order = sorted(range(len(lengths)), key=lambda at: lengths[at])
    cost = [0] * (len(order) + 1)  # of the texts before each place
    begins = [0] * (len(order) + 1)  # where the batch that ends there begins
    for end in range(1, len(order) + 1):
        longest = lengths[order[end - 1]]
        most = max(1, min(most_texts, most_pieces // max(1, longest), end))
        best = min(
            range(end - most, end), key=lambda start: cost[start] + start_cost + (end - start) * longest
        )
        cost[end], begins[end] = cost[best] + start_cost + (end - best) * longest, best
    found: list[list[int]] = []
    end = len(order)
    while end:
        found.append(order[begins[end] : end])
        end = begins[end]
    return found[::-1]


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
