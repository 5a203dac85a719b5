"""A decoded picture: codes, text, nudity, fingerprint. Decoded once, shared by all readers."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image

from files.engine import perceptual, readers
from files.engine.results import Box, Contents, Line, Part

MAX_PIXELS = 40_000_000
# Codes are searched in pictures up to this side: 2,000 px of a phone's photo keep a code of 100 px readable.
CODE_SIDE = 2_000
SMALLEST = 16
# Flat codes carry links and accounts; line codes carry article numbers, which break no rule.
FLAT_CODES = zxingcpp.barcode_formats_from_str("QRCode,MicroQRCode,RMQRCode,DataMatrix,Aztec,PDF417")
LINE_CODES = zxingcpp.barcode_formats_from_str("AllLinear")
_UNSURE = 0.5

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def read_picture_file(path: Path, found: Contents) -> None:
    """Open and read one picture file. Raises what Pillow raises for a damaged one."""
    with Image.open(path) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            found.gap("too_large")
            return
        opened.draft("RGB", (CODE_SIDE, CODE_SIDE))
        opened.load()
        picture = on_white(opened)
    read_picture(picture, found)
    found.print, found.quality = perceptual.fingerprint(picture)


def read_picture(
    picture: Image.Image, found: Contents, *, page: int = 1, seconds: float | None = None
) -> None:
    """Codes, text and nudity of one picture, which may be a page of a document or a frame of a video."""
    if min(picture.size) < SMALLEST:
        return
    for code in codes_in(picture, found, page, seconds):
        found.add(code)
    text = text_in(picture, found, page, seconds)
    if text is not None:
        found.add(text)
    score = readers.nudity()
    if score is None:
        found.gap("no_nudity")
    else:
        found.worse_nudity(score(picture))


def on_white(picture: Image.Image) -> Image.Image:
    """As people see it: what is transparent lies on white."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        whole = picture.convert("RGBA")
        ground = Image.new("RGBA", whole.size, "white")
        return Image.alpha_composite(ground, whole).convert("RGB")
    return picture.convert("RGB")


def codes_in(picture: Image.Image, found: Contents, page: int, seconds: float | None) -> Iterator[Part]:
    grey = picture.convert("L")
    grey.thumbnail((CODE_SIDE, CODE_SIDE))
    pixels = np.asarray(grey)
    flat = zxingcpp.read_barcodes(pixels, formats=FLAT_CODES, return_errors=True)
    striped = zxingcpp.read_barcodes(pixels, formats=LINE_CODES, try_downscale=False)
    for kind, code in [*(("code", code) for code in flat), *(("barcode", code) for code in striped)]:
        if not code.valid:
            # Something that looks like a code but does not add up: a phone may still read it.
            if _is_likely_code(code, grey.size):
                found.gap("unread_code")
            continue
        box = _box([(point.x, point.y) for point in _corners(code.position)], grey.size)
        yield Part(
            kind=kind,
            text=code.text,
            page=page,
            lines=(Line(0, len(code.text), box),),
            format=str(code.format),
            seconds=seconds,
        )


def _corners(position: Any) -> list[Any]:
    return [position.top_left, position.top_right, position.bottom_right, position.bottom_left]


def _is_likely_code(code: Any, size: tuple[int, int]) -> bool:
    """A square of some size; single stray patterns in textures are neither."""
    if "QR" not in str(code.format):
        return False
    sides = []
    corners = _corners(code.position)
    for one, other in pairwise([*corners, corners[0]]):
        sides.append(float(np.hypot(one.x - other.x, one.y - other.y)))
    return min(sides) > max(40, min(size) / 25) and min(sides) > 0.6 * max(sides)


def text_in(picture: Image.Image, found: Contents, page: int, seconds: float | None) -> Part | None:
    read = readers.ocr()
    if read is None:
        found.gap("no_ocr")
        return None
    text, lines, scores = "", [], []
    for line in read(picture):
        if line.is_riddle:
            found.gap("unread_text")
        if line.score < _UNSURE or not line.words.strip():
            continue
        start = len(text) + (1 if text else 0)
        text = f"{text}\n{line.words}" if text else line.words
        lines.append(Line(start, len(text), _box(line.corners, picture.size)))
        scores.append(line.score)
    if not text:
        return None
    return Part("picture", text, page, tuple(lines), score=round(min(scores), 3), seconds=seconds)


def _box(corners: Any, size: tuple[int, int]) -> Box:
    across = [float(corner[0]) / size[0] for corner in corners]
    down = [float(corner[1]) / size[1] for corner in corners]
    left, right = max(0.0, min(across)), min(1.0, max(across))
    top, bottom = max(0.0, min(down)), min(1.0, max(down))
    return round(left, 4), round(top, 4), round(right, 4), round(bottom, 4)
