"""Pictures are decoded and written anew: what is stored holds pixels only, no EXIF, place or hidden tail."""

import warnings
from pathlib import Path

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from core.errors import Invalid
from files.services.sniffing import JPEG, PNG, WEBP, FileKind

MAX_PIXELS = 40_000_000
MAX_SIDE = 16_000

_FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
_SAVE_OPTIONS: dict[str, dict[str, int | bool]] = {
    "JPEG": {"quality": 88, "optimize": True, "progressive": True},
    "PNG": {"optimize": False},
    "WEBP": {"quality": 88, "method": 3},
}


def reencode(source: Path, target: Path, kind: FileKind) -> tuple[int, int]:
    """Write the picture's first frame to ``target`` without metadata; width and height in pixels.

    Raises ``Invalid``: ``image_too_large`` over 40 million pixels (before any pixel is decoded),
    ``image_broken`` when it cannot be decoded to the end.
    """
    form = _FORMATS[kind]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=[form]) as opened:
                width, height = opened.size
                if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                    raise _too_large()
                opened.load()
                # The turn is metadata too: apply it to the pixels before the metadata goes.
                picture = ImageOps.exif_transpose(opened)
                clean = _pixels_only(picture, form)
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, ArithmeticError):
        raise Invalid(_("This picture is damaged and could not be read."), code="image_broken") from None
    clean.save(target, format=form, **_SAVE_OPTIONS[form])
    return clean.size


def _too_large() -> Invalid:
    return Invalid(_("This picture has too many pixels. The limit is 40 megapixels."), code="image_too_large")


def _pixels_only(picture: Image.Image, form: str) -> Image.Image:
    """A copy whose ``info`` is empty, in a mode the format can hold."""
    if form == "JPEG":
        mode = "L" if picture.mode == "L" else "RGB"
    else:
        has_alpha = "A" in picture.getbands() or "transparency" in picture.info
        mode = "RGBA" if has_alpha else "RGB"
    copy = picture.convert(mode)
    copy.info = {}
    return copy


# A truncated picture is refused, not filled with grey.
ImageFile.LOAD_TRUNCATED_IMAGES = False
