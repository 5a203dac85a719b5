"""Frames of a video. OpenCV decodes them where it is installed; without it a video is a gap for a person."""

from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image

from files.engine import pictures, readers
from files.engine.results import Contents

FRAMES = 6
MAX_SIDE = 4_320
# Ten hours: longer than 50 MB of film can be, so a header that says more is nonsense.
MAX_SECONDS = 36_000


def read_video(path: Path, found: Contents) -> None:
    """Codes, text and nudity of a few frames spread over the video. Never all of it: ``between_frames``."""
    opencv = _opencv()
    if opencv is None:
        found.gap("no_video")
        return
    film = opencv.VideoCapture(str(path))
    try:
        _read_frames(opencv, film, found)
    finally:
        film.release()


def _opencv() -> Any:
    if not readers.is_vision_wanted():
        return None
    try:
        return import_module("cv2")
    except ImportError:
        return None


def _read_frames(opencv: Any, film: Any, found: Contents) -> None:
    width, height = film.get(opencv.CAP_PROP_FRAME_WIDTH), film.get(opencv.CAP_PROP_FRAME_HEIGHT)
    frames, rate = film.get(opencv.CAP_PROP_FRAME_COUNT), film.get(opencv.CAP_PROP_FPS)
    if not film.isOpened() or not (0 < width <= MAX_SIDE * 2 and 0 < height <= MAX_SIDE * 2):
        found.gap("broken")
        return
    seconds = frames / rate if rate > 0 else 0
    if not 0 < seconds <= MAX_SECONDS:
        found.gap("broken")
        return
    found.gap("between_frames")
    for place in range(FRAMES):
        at = seconds * (place + 0.5) / FRAMES
        film.set(opencv.CAP_PROP_POS_MSEC, at * 1000)
        is_read, frame = film.read()
        if not is_read:
            found.gap("broken")
            return
        picture = Image.fromarray(opencv.cvtColor(frame, opencv.COLOR_BGR2RGB))
        pictures.read_picture(picture, found, seconds=round(at, 1))
