"""Cuts the base model's 250,002 pieces to those that chat needs, and packs them with their embeddings."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from compliance.engine.models.tokenizer import MARKER, UNKNOWN, Tokenizer
from training.e5 import Base

SIZE = 42_000  # pieces kept: 216 bytes each in the product
# Scripts of the languages that the corpus holds, for the margin of single characters.
SCRIPTS = (
    "LATIN",
    "CYRILLIC",
    "ARABIC",
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "THAI",
    "DEVANAGARI",
    "GREEK",
    "HEBREW",
)


def cut(base: Base, texts: Iterable[str]) -> list[int]:
    """Numbers of the kept pieces.

    Specials, all in use, single characters, then the commonest of the known scripts.
    """
    tokenizer = Tokenizer(base.pieces, base.scores)
    used: Counter[int] = Counter()
    for text in texts:
        used.update(tokenizer.encode(text))
    kept = dict.fromkeys(range(UNKNOWN + 1))
    kept.update(dict.fromkeys(number for number, _ in used.most_common()))
    for number, piece in enumerate(base.pieces):
        if len(kept) >= SIZE:
            break
        if number > UNKNOWN and len(piece.strip(MARKER)) == 1 and number < 60_000 and _known_script(piece):
            kept[number] = None
    for number, piece in enumerate(base.pieces):
        if len(kept) >= SIZE:
            break
        if _known_script(piece):
            kept[number] = None
    # The order of the base model is by score: keep it, so that the file doesn't depend on the order of
    # counting.
    return sorted(list(kept)[:SIZE])


def save(base: Base, kept: list[int], path: Path) -> None:
    """`vocabulary.npz`.

    Pieces joined by line feeds, scores, and the packed embedding rows, scales apart from nibbles.
    """
    blocks = base.words[kept]
    np.savez(
        path,
        pieces=np.frombuffer("\n".join(base.pieces[number] for number in kept).encode(), np.uint8),
        scores=base.scores[kept].astype(np.float32),
        scales=np.ascontiguousarray(blocks[..., :2]).view(np.float16)[..., 0],
        nibbles=blocks[..., 2:],
    )


def numbers(base: Base, path: Path) -> list[int]:
    """Numbers in the base model of the pieces stored by `save`."""
    at = {piece: number for number, piece in reversed(list(enumerate(base.pieces)))}
    with np.load(path) as stored:
        return [at[piece] for piece in stored["pieces"].tobytes().decode("utf-8").split("\n")]


def _known_script(piece: str) -> bool:
    for character in piece:
        if character.isalpha():
            name = unicodedata.name(character, "")
            return name.startswith(SCRIPTS)
    return True
