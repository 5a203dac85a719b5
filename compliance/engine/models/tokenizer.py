"""A small Unigram tokenizer (Viterbi over scored pieces), equal to the SentencePiece one that the base model
was made with.

Text is NFKC-normalised by `text_input.plain` already; a space becomes the marker U+2581, and every word
starts with it. No piece crosses a word's beginning, so each word is solved by itself and remembered.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

MARKER = "\u2581"
START, PADDING, END, UNKNOWN = 0, 1, 2, 3
WORD_LIMIT = 512  # characters; a longer run without a space is cut, so that remembered words stay small
REMEMBERED = 20_000  # words
UNKNOWN_PENALTY = 10.0  # as in SentencePiece: an unknown character scores this much below the worst piece


class Tokenizer:
    """Turns text into piece numbers of the cut vocabulary."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        self._numbers: Mapping[str, int] = {
            piece: number for number, piece in enumerate(pieces) if number > UNKNOWN
        }
        self._scores = [float(score) for score in scores]
        self._unknown_score = min(self._scores) - UNKNOWN_PENALTY
        self._longest = max(len(piece) for piece in self._numbers)
        self._word = lru_cache(maxsize=REMEMBERED)(self._solve)

    def encode(self, text: str) -> list[int]:
        """Piece numbers of a text, without start and end marks."""
        numbers: list[int] = []
        for word in text.split(" "):
            marked = MARKER + word
            for start in range(0, len(marked), WORD_LIMIT):
                numbers.extend(self._word(marked[start : start + WORD_LIMIT]))
        return numbers

    def _solve(self, word: str) -> tuple[int, ...]:
        """The best-scoring split of one word. Neighbouring unknown characters become one unknown piece."""
        length = len(word)
        best = [float("-inf")] * (length + 1)
        best[0] = 0.0
        come_from = [0] * (length + 1)
        piece_at = [UNKNOWN] * (length + 1)
        numbers, scores, longest = self._numbers, self._scores, self._longest
        for start in range(length):
            base = best[start]
            for end in range(start + 1, min(length, start + longest) + 1):
                number = numbers.get(word[start:end])
                if number is not None and base + scores[number] > best[end]:
                    best[end], come_from[end], piece_at[end] = base + scores[number], start, number
            if base + self._unknown_score > best[start + 1]:
                best[start + 1], come_from[start + 1] = base + self._unknown_score, start
                piece_at[start + 1] = UNKNOWN
        found: list[int] = []
        end = length
        while end > 0:
            if not (piece_at[end] == UNKNOWN and found and found[-1] == UNKNOWN):
                found.append(piece_at[end])
            end = come_from[end]
        return tuple(reversed(found))
