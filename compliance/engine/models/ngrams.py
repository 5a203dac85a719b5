"""Hashed n-grams of characters and words, computed for a whole batch with numpy.

Three blocks of features, each later scaled by one over the root of its count: characters (2 to 5 in a row),
words (one and two), and words of the two newest earlier lines, apart for each role. A feature is a row of the
weight table.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compliance.engine.models.text_input import ModelInput

BITS = 17  # the weight table has 2**17 rows
CHARACTERS = (2, 3, 4, 5)
EARLIER_LINES = 2

Numbers = NDArray[np.uint64]

# Odd multipliers for polynomial hashes modulo 2**64; the inverse moves a word's hash to position zero.
STEP = 0x9E3779B97F4A7C15
STEP_INVERSE = pow(STEP, -1, 1 << 64)
MIX = np.uint64(0xD6E8FEB86659FD93)
SALTS = {"characters": 0x51, "word": 0xA3, "pair": 0xC7, "customer": 0x1B, "seller": 0x2D, "role": 0x6F}
LONGEST = 1 << 14  # characters in one batch row, context included


class Block(NamedTuple):
    """Rows of the table for a batch, ordered by text, and where each text's rows start.

    No text is without a row.
    """

    rows: NDArray[np.int64]
    starts: NDArray[np.int64]


def _powers(base: int, count: int) -> Numbers:
    found = np.empty(count, np.uint64)
    value = 1
    for at in range(count):
        found[at] = value
        value = value * base & 0xFFFFFFFFFFFFFFFF
    return found


POWERS = _powers(STEP, LONGEST + 8)
INVERSES = _powers(STEP_INVERSE, LONGEST + 8)


def features(items: Sequence[ModelInput]) -> tuple[Block, Block, Block]:
    """Character, word and context blocks of a batch."""
    texts = [f" {item.text.lower()} " for item in items]
    characters = _ordered(*_character_rows(texts), len(items))
    words, pairs, documents = _word_hashes(texts)
    following = documents[1:] == documents[:-1]
    pair_rows = _row(pairs[following], "pair")
    roles = np.array([hash_of_role(item.role) for item in items], np.uint64)
    word_block = _ordered(
        np.concatenate([_row(words, "word"), pair_rows, _row(roles, "role")]),
        np.concatenate([documents, documents[1:][following], np.arange(len(items))]),
        len(items),
    )
    return characters, word_block, _context(items)


def hash_of_role(role: str) -> int:
    return {"customer": 11, "seller": 23}.get(role, 37)


def _row(hashes: Numbers, salt: str) -> NDArray[np.int64]:
    mixed = (hashes ^ np.uint64(SALTS[salt] * 0x0101010101)) * MIX
    mixed ^= mixed >> np.uint64(29)
    return ((mixed * MIX) >> np.uint64(64 - BITS)).astype(np.int64)


def _codes(texts: Sequence[str]) -> tuple[Numbers, NDArray[np.int64]]:
    """Code points of all texts one after the other, and the number of the text that each belongs to."""
    lengths = np.array([len(text) for text in texts])
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    return codes, np.repeat(np.arange(len(texts)), lengths)


def _character_rows(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    codes, documents = _codes(texts)
    rows, owners = [], []
    hashes = codes
    for size in range(2, max(CHARACTERS) + 1):
        if len(codes) < size:
            break
        hashes = hashes[:-1] * np.uint64(STEP) + codes[size - 1 :]
        same = documents[size - 1 :] == documents[: len(documents) - size + 1]
        if size in CHARACTERS:
            rows.append(_row(hashes[same] + np.uint64(size), "characters"))
            owners.append(documents[size - 1 :][same])
    return np.concatenate(rows), np.concatenate(owners)


def _word_hashes(texts: Sequence[str]) -> tuple[Numbers, Numbers, NDArray[np.int64]]:
    """Hash of each word, hash of each word with the one before (from the second on), and whose text it is."""
    codes, documents = _codes(texts)
    letters = (
        (codes > 127) & ~((codes >= 0x2000) & (codes < 0x2070)) & ~((codes >= 0x3000) & (codes < 0x3020))
    )
    letters |= ((codes >= 97) & (codes <= 122)) | ((codes >= 48) & (codes <= 57))
    letters |= (codes == 36) | (codes == 64) | (codes == 37)  # $, @ and % carry meaning here
    edges = np.diff(letters.astype(np.int8), prepend=0, append=0)
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    firsts = np.concatenate([[0], np.cumsum([len(text) for text in texts])])[:-1]
    place = np.arange(len(codes)) - firsts[documents]
    place = np.minimum(place, LONGEST)
    sums = np.concatenate([[np.uint64(0)], np.cumsum(codes * POWERS[place], dtype=np.uint64)])
    owners = documents[begins]
    words = (sums[ends] - sums[begins]) * INVERSES[place[begins]] if len(begins) else np.empty(0, np.uint64)
    pairs = words[1:] * np.uint64(STEP) + (words[:-1] ^ MIX)
    return words, pairs, owners


def _context(items: Sequence[ModelInput]) -> Block:
    rows, owners = [np.full(len(items), 1, np.int64)], [np.arange(len(items))]
    said: dict[str, list[str]] = {"customer": [" "] * len(items), "seller": [" "] * len(items)}
    for number, item in enumerate(items):
        for who, line in item.earlier[:EARLIER_LINES]:
            if who in said:
                said[who][number] += f"{line.lower()} "
    for role, texts in said.items():
        if any(map(str.strip, texts)):
            words, _, documents = _word_hashes(texts)
            rows.append(_row(words, role))
            owners.append(documents)
    return _ordered(np.concatenate(rows), np.concatenate(owners), len(items))


def _ordered(rows: NDArray[np.int64], owners: NDArray[np.int64], count: int) -> Block:
    order = np.argsort(owners, kind="stable")
    return Block(rows[order], np.searchsorted(owners[order], np.arange(count)))
