"""PDQ: a 256-bit fingerprint of how a picture looks. It survives resizing, recompression and mild retouching.

Written after Facebook's paper and C++ reference "The TMK+PDQF Video-Hashing Algorithm and the PDQ
Image-Hashing Algorithm" (2019), so that lists can be exchanged with others; the package of that reference has
no wheels. ``tests/files/test_perceptual.py`` holds fingerprints of the reference implementation.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

Grid = np.ndarray[Any, np.dtype[np.float64]]

BITS = 256
# Two pictures count as the same up to this many different bits of 256 (the paper recommends about 31).
SAME_BITS = 31
# Below this the picture is too flat to be told from others (0 to 100; the paper discards below 50).
MIN_QUALITY = 50
_SIDE = 64
_LONGEST = 512


def fingerprint(picture: Image.Image) -> tuple[str, int]:
    """(64 hex digits, quality 0 to 100) of a decoded picture."""
    small = picture.convert("RGB")
    small.thumbnail((_LONGEST, _LONGEST))
    pixels = np.asarray(small, dtype=np.float64)
    luma = pixels @ np.array([0.299, 0.587, 0.114])
    for _ in range(2):
        luma = _box(luma, axis=1)
        luma = _box(luma, axis=0)
    rows, columns = luma.shape
    places = np.arange(_SIDE) + 0.5
    grid = luma[np.ix_((places * rows / _SIDE).astype(int), (places * columns / _SIDE).astype(int))]
    frequencies = _dct() @ grid @ _dct().T
    bits = (frequencies > np.median(frequencies)).ravel()
    return np.packbits(bits[::-1]).tobytes().hex(), _quality(grid)


def distance(one: str, other: str) -> int:
    """Different bits of two fingerprints, 0 to 256."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


@lru_cache(maxsize=1)
def _dct() -> Grid:
    frequency = np.arange(1, 17)[:, None]
    place = np.arange(_SIDE)[None, :]
    return np.sqrt(2 / _SIDE) * np.cos(np.pi / (2 * _SIDE) * frequency * (2 * place + 1))


def _box(values: Grid, *, axis: int) -> Grid:
    """A moving average along one axis; at the borders over what lies inside."""
    length = values.shape[axis]
    window = (length + 2 * _SIDE - 1) // (2 * _SIDE)
    right = (window + 2) // 2  # As the reference: the window's centre leans to the left for even lengths.
    left = window - right
    sums = np.cumsum(values, axis=axis)
    sums = np.insert(sums, 0, 0, axis=axis)
    place = np.arange(length)
    high = np.minimum(place + right, length)
    low = np.maximum(place - left, 0)
    shape = [1, 1]
    shape[axis] = length
    return (np.take(sums, high, axis=axis) - np.take(sums, low, axis=axis)) / (high - low).reshape(shape)


def _quality(grid: Grid) -> int:
    down = np.abs(((grid[1:] - grid[:-1]) * 100 / 255).astype(int)).sum()
    across = np.abs(((grid[:, 1:] - grid[:, :-1]) * 100 / 255).astype(int)).sum()
    return int(min(100, (down + across) // 90))
