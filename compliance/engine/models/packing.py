"""From a cleaned message to the numbers that the transformer reads."""

from compliance.engine.models.text_input import ModelInput
from compliance.engine.models.tokenizer import END, START, Tokenizer

TEXT_PIECES = 72  # of the message itself in one window
WINDOW_STEP = 56  # a longer message is read in windows that overlap
WINDOWS = 12  # at most; the middle of a still longer text is covered by spreading them
EARLIER_PIECES = 24  # of each earlier message
TOTAL_PIECES = 120


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
