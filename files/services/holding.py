"""What the other side gets of an attached file: all of it, a copy with covered places, or nothing."""

from collections.abc import Sequence

from django.db import transaction
from PIL import Image, ImageDraw

from files.engine.results import Box
from files.models import Upload
from files.services import storage

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
# Covered a little wider than what was found, so that no stroke of a letter looks out.
_MARGIN = 0.008
_INK = (40, 44, 52)


def can_be_masked(upload: Upload) -> bool:
    """Only a picture can be shown with places covered."""
    return upload.content_type in _FORMATS


@transaction.atomic
def hold(*, upload: Upload, held: str, boxes: Sequence[Box] = ()) -> bool:
    """Withhold, mask or show a file; whether that changes anything for the other side.

    ``boxes`` are fractions of the picture's sides. A file that cannot be masked is withheld instead.
    """
    row = Upload.objects.select_for_update().get(pk=upload.pk)
    if held == Upload.Held.MASKED and not (boxes and can_be_masked(row)):
        held = Upload.Held.WITHHELD
    covered = [list(box) for box in boxes] if held == Upload.Held.MASKED else []
    if (row.held, row.masked_boxes) == (held, covered):
        return False
    old_key = row.masked_key
    row.held, row.masked_boxes = held, covered
    row.masked_key = _covered_copy(row, boxes) if covered else ""
    row.save(update_fields=["held", "masked_boxes", "masked_key"])
    if old_key:
        transaction.on_commit(lambda: storage.discard(old_key), robust=True)
    upload.held, upload.masked_key, upload.masked_boxes = row.held, row.masked_key, row.masked_boxes
    return True


def _covered_copy(upload: Upload, boxes: Sequence[Box]) -> str:
    """The storage key of a copy with dark rectangles. We wrote the picture, so it is safe to open."""
    form = _FORMATS[upload.content_type]
    target = storage.incoming()
    with Image.open(storage.path_of(upload.storage_key), formats=[form]) as opened:
        picture = opened.convert("RGBA" if form != "JPEG" and opened.mode == "RGBA" else "RGB")
    pen = ImageDraw.Draw(picture)
    for left, top, right, bottom in boxes:
        pen.rectangle(
            [
                (left - _MARGIN) * picture.width,
                (top - _MARGIN) * picture.height,
                (right + _MARGIN) * picture.width,
                (bottom + _MARGIN) * picture.height,
            ],
            fill=_INK,
        )
    try:
        picture.save(target, format=form, **({"quality": 88} if form != "PNG" else {}))
        return storage.keep(target)
    finally:
        target.unlink(missing_ok=True)
