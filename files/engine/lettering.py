"""Text in a picture: found in a small copy, read in the large one, and looked at more closely where need be.

Finding text costs by area and takes most of the time, so the first look searches a copy of ``FAR`` pixels.
Letters too small for it still leave sharp edges in the large picture: where edges crowd and no line was
found, or one was read badly, that region alone is searched again, larger. Lines are always cut from the large
picture. One that reads badly is tried upside down as well, instead of asking a classifier about every line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Points = np.ndarray[Any, np.dtype[np.floating[Any]]]
Cells = np.ndarray[Any, np.dtype[np.bool_]]
Corners = np.ndarray[Any, np.dtype[np.float32]]

# Longest side in pixels that the first look searches, and the second one (`make bench-vision`).
FAR = 480
NEAR = 1_280
# Longest side of the picture that lines are cut from.
LARGE = 2_000
# Height in pixels of the searched copy below which letters are guessed rather than read.
_SMALL = 12
_POOR = 0.8  # a line that reads worse is looked at again
# Below this a line of several letters, which is this much longer than high, counts as not read at all.
# Measured: Greek and Arabic letters 0.54 to 0.57, readable lines at least 0.9.
_RIDDLE = 0.65
_SEVERAL = 2.5
_SAME_WIDTH = 1.3  # lines are read together while the widest is at most this much wider than the narrowest
_TOGETHER = 6
# Edges: their least strength (of 255), how far they stand out from the grain, and the run of crowded cells
# that may be letters.
_CELL = 8
_FAINT = 9
_GRAIN = 5
_RUN = 5
_MARGIN = 32
_GLUED = re.compile(r"(?<![\w@/.])([^\W\d_]{2,})(?=\+?(?:\d[ .()/-]?){7})")
_GRID = 32  # the network takes sides of whole multiples


@dataclass(frozen=True, slots=True)
class Lettered:
    """One line: its corners in pixels of the picture, its words, how sure they are (0 to 1)."""

    corners: Corners
    words: str
    score: float

    @property
    def is_riddle(self) -> bool:
        """Several letters that could not be made out, as in a script that the networks never learnt."""
        high, long = sorted(
            float(np.linalg.norm(self.corners[place] - self.corners[place - 1])) for place in (1, 2)
        )
        return self.score < _RIDDLE and long > _SEVERAL * max(1.0, high)


class Reader:
    """Wraps the two networks of rapidocr-onnxruntime. Not safe between threads."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def read(self, picture: Image.Image) -> list[Lettered]:
        """All lines, top to bottom, in pixels of ``picture``."""
        large = picture
        if max(picture.size) > LARGE:
            large = picture.copy()
            large.thumbnail((LARGE, LARGE))
        lines, scale = self._look(large, FAR)
        if scale < 1 and (region := _unread(large, lines, scale)):
            lines = self._look_closer(large, lines, region)
        back = picture.width / large.width
        return [Lettered(line.corners * back, line.words, line.score) for line in lines]

    def _look_closer(
        self, large: Image.Image, lines: Sequence[Lettered], region: tuple[int, int, int, int]
    ) -> list[Lettered]:
        """Search one region again, and keep what says more of it: the lines known before or the new ones."""
        corner = np.array(region[:2], dtype=np.float32)
        seen, _ = self._look(large.crop(region), NEAR)
        closer = [Lettered(line.corners + corner, line.words, line.score) for line in seen]
        inside = [line for line in lines if _is_in(line, region)]
        outside = [line for line in lines if not _is_in(line, region)]
        return sorted([*outside, *max(closer, inside, key=_yield)], key=_place)

    def _look(self, large: Image.Image, side: int) -> tuple[list[Lettered], float]:
        """The lines seen in a copy of this side, and how much smaller the copy is (at most 1)."""
        pixels = np.ascontiguousarray(np.asarray(large)[:, :, ::-1])  # The networks learnt blue first.
        scale = min(1.0, side / max(large.size))
        boxes = self._find(large, scale)
        crops = self._engine.get_crop_img_list(pixels, boxes)
        # What is too small now is searched again, larger; its letters are read then.
        legible = [index for index, box in enumerate(boxes) if scale == 1 or not _is_small(box, scale, side)]
        words = [("", 0.0)] * len(boxes)
        for index, row in zip(legible, self._recognise([crops[one] for one in legible]), strict=True):
            words[index] = row
        poor = [index for index in legible if words[index][1] < _POOR]
        turned = self._recognise([np.ascontiguousarray(crops[index][::-1, ::-1]) for index in poor])
        for index, other in zip(poor, turned, strict=True):
            words[index] = max(words[index], other, key=lambda row: row[1])
        return [Lettered(box, *row) for box, row in zip(boxes, words, strict=True)], scale

    def _find(self, large: Image.Image, scale: float) -> list[Corners]:
        """Four corners per line in pixels of ``large``, in reading order."""
        size = [max(_GRID, round(side * scale / _GRID) * _GRID) for side in large.size]
        small = large.resize((size[0], size[1]), Image.Resampling.BILINEAR, reducing_gap=2.0)
        values = np.asarray(small, dtype=np.float32)[:, :, ::-1] / np.float32(127.5) - np.float32(1)
        finder = self._engine.text_det
        heat = finder.infer(np.ascontiguousarray(values.transpose(2, 0, 1)[None]))[0]
        shape = (large.height, large.width)
        boxes, _ = finder.postprocess_op(heat, shape)
        found = finder.filter_tag_det_res(boxes, shape)
        return list(self._engine.sorted_boxes(found)) if len(found) else []

    def _recognise(self, crops: Sequence[Pixels]) -> list[tuple[str, float]]:
        """(words, score) per cut-out. Lines of like width go together: a batch is as wide as its widest."""
        rows: list[tuple[str, float]] = [("", 0.0)] * len(crops)
        batch: list[int] = []
        for index in sorted(range(len(crops)), key=lambda one: _breadth(crops[one])):
            if batch and (
                len(batch) == _TOGETHER or _breadth(crops[index]) > _SAME_WIDTH * _breadth(crops[batch[0]])
            ):
                self._recognise_batch(crops, batch, rows)
                batch = []
            batch.append(index)
        if batch:
            self._recognise_batch(crops, batch, rows)
        return rows

    def _recognise_batch(
        self, crops: Sequence[Pixels], batch: Sequence[int], rows: list[tuple[str, float]]
    ) -> None:
        read, _ = self._engine.text_rec([crops[index] for index in batch])
        for index, (words, score) in zip(batch, read, strict=True):
            rows[index] = (_spaced(str(words)), float(score))


def _spaced(words: str) -> str:
    """With the space that the network often drops between a word and a long number after it."""
    return _GLUED.sub(r"\1 ", words)


def _breadth(crop: Pixels) -> float:
    return max(1.0, float(crop.shape[1]) / max(1, crop.shape[0]))


def _unread(large: Image.Image, lines: Sequence[Lettered], scale: float) -> tuple[int, int, int, int] | None:
    """The smallest box around all that may be text and was not read well: left, top, right, bottom."""
    cells = _crowded(large)
    poor: list[Corners] = []
    for line in lines:
        if line.score < _POOR or _is_small(line.corners, scale, FAR):
            poor.append(line.corners)
        else:
            left, top, right, bottom = _bounds(line.corners, _CELL)
            cells[top // _CELL : bottom // _CELL + 1, left // _CELL : right // _CELL + 1] = False
    rows, columns = np.nonzero(_gathered(cells))
    places = [np.stack([columns, rows], axis=1) * float(_CELL)] if len(rows) else []
    if not places and not poor:
        return None
    left, top, right, bottom = _bounds(np.concatenate([*places, *poor]), _MARGIN)
    return left, top, min(large.width, right + _CELL), min(large.height, bottom + _CELL)


def _crowded(large: Image.Image) -> Cells:
    """Which cells of ``_CELL`` pixels hold many edges that stand out from the picture's own grain."""
    grey = np.asarray(large.convert("L"), dtype=np.int16)
    grey = grey[: grey.shape[0] // _CELL * _CELL, : grey.shape[1] // _CELL * _CELL]
    steps = np.zeros(grey.shape, dtype=np.int16)
    steps[:, 2:] = np.abs(grey[:, 2:] - grey[:, :-2])
    steps[2:] = np.maximum(steps[2:], np.abs(grey[2:] - grey[:-2]))
    sharp = steps > max(_FAINT, _GRAIN * float(np.median(steps[::4, ::4])))
    height, width = sharp.shape[0] // _CELL, sharp.shape[1] // _CELL
    counts = sharp.reshape(height, _CELL, width, _CELL).sum(axis=(1, 3))
    crowded: Cells = counts >= _CELL
    return crowded


def _gathered(cells: Cells) -> Cells:
    """Crowded cells with others beside them in a row or a column: a line of letters, not a spot."""
    whole = np.zeros_like(cells)
    for across in (False, True):
        rows = cells.T if across else cells
        if rows.shape[1] < _RUN:
            continue
        sums = np.lib.stride_tricks.sliding_window_view(rows, _RUN, axis=1).sum(axis=2) >= _RUN - 1
        kept = whole.T if across else whole
        for shift in range(_RUN):
            kept[:, shift : shift + sums.shape[1]] |= sums
    return whole & cells


def _bounds(points: Points, margin: int) -> tuple[int, int, int, int]:
    left, top = np.maximum(0, points.min(axis=0) - margin)
    right, bottom = points.max(axis=0) + margin
    return int(left), int(top), int(right), int(bottom)


def _is_in(line: Lettered, region: tuple[int, int, int, int]) -> bool:
    across, down = line.corners.mean(axis=0)
    return bool(region[0] <= across <= region[2] and region[1] <= down <= region[3])


def _place(line: Lettered) -> tuple[float, float]:
    """Reading order, by lines of about the same height."""
    return round(float(line.corners[0][1]) / 10), float(line.corners[0][0])


def _is_small(corners: Corners, scale: float, side: int) -> bool:
    return side == FAR and _height(corners) * scale < _SMALL


def _height(corners: Corners) -> float:
    """The shorter side of a line in pixels."""
    sides = [float(np.linalg.norm(corners[place] - corners[place - 1])) for place in (1, 2)]
    return min(sides)


def _yield(lines: Sequence[Lettered]) -> float:
    """Letters read, by how sure they are."""
    return sum(len(line.words) * line.score for line in lines)
