"""Pictures with codes in them, made here so that no binary lies in the repository."""

import io
from random import Random

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont


def code_picture(
    payload: str, *, size: tuple[int, int] = (640, 480), place: tuple[int, int] = (380, 220)
) -> bytes:
    """A PNG with a QR code at ``place``."""
    code = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode)
    square = Image.fromarray(np.asarray(zxingcpp.write_barcode_to_image(code, scale=5)))
    picture = Image.new("RGB", size, (214, 204, 190))
    picture.paste(square, place)
    return as_bytes(picture)


def written_picture(words: str) -> bytes:
    """A PNG with one line of words."""
    picture = Image.new("RGB", (900, 400), (240, 236, 228))
    ImageDraw.Draw(picture).text((40, 170), words, font=ImageFont.load_default(size=40), fill=(30, 30, 30))
    return as_bytes(picture)


def patterned_picture(seed: int = 0, *, size: tuple[int, int] = (400, 300)) -> Image.Image:
    """Something with enough in it for a fingerprint."""
    chance = Random(seed)
    picture = Image.new("RGB", size, (230, 220, 210))
    pen = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y, width = chance.randrange(size[0]), chance.randrange(size[1]), chance.randrange(10, 120)
        pen.ellipse([x, y, x + width, y + width], fill=tuple(chance.randrange(256) for _ in range(3)))
    return picture


def as_bytes(picture: Image.Image, form: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()
