"""What a PDF says and what it carries. Every step has a limit; what lies beyond it is a gap for a person."""

import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from files.engine import pictures
from files.engine.results import Contents, Part

MAX_PAGES = 30
MAX_OBJECTS = 20_000
MAX_PICTURES = 8
MAX_STREAMS = 2_000
# One stream may unpack to this much, all together to four times as much.
MAX_STREAM = 16 * 1024 * 1024

_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_PROGRAMS = (b"MZ\x90\x00", b"\x7fELF", b"\xca\xfe\xba\xbe")
_ARCHIVES = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
_STREAM = re.compile(rb"stream\r?\n")
# Objects that run code or carry files (ISO 32000, 12.6.4), also when they hide in compressed object streams.
_ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA")


def read_document(path: Path, found: Contents) -> None:
    """Fill ``found`` from a PDF. Gaps: broken, locked, too_long, too_much, inner_pictures."""
    data = path.read_bytes()
    if data.count(b" obj") > MAX_OBJECTS:
        found.gap("too_much")
        return
    if any(sign in data for sign in _ARCHIVES):
        found.alarm("an archive inside the PDF")
    _look_into_streams(data, found)
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            found.gap("locked")
            return
        found.pages = len(reader.pages)
        if found.pages > MAX_PAGES:
            found.gap("too_long")
        left = MAX_PICTURES
        for number, page in zip(range(1, MAX_PAGES + 1), reader.pages, strict=False):
            text = page.extract_text() or ""
            if text.strip():
                found.add(Part("text", text, number))
            left = _read_pictures(page, number, left, found)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        found.gap("broken")
    except (zlib.error, NotImplementedError, AssertionError, ArithmeticError, LookupError):
        found.gap("broken")


def _read_pictures(page: Any, number: int, left: int, found: Contents) -> int:
    """Read the pictures of a page, at most ``left``; how many may still be read."""
    try:
        names = list(page.images.keys())
    except Exception:
        # pypdf fails in many ways on odd picture dictionaries; the text of the page counts all the same.
        found.gap("inner_pictures")
        return left
    for name in names:
        if left == 0:
            found.gap("inner_pictures")
            return 0
        left -= 1
        try:
            picture = page.images[name].image
            if picture is None or picture.width * picture.height > pictures.MAX_PIXELS:
                raise ValueError(name)
            pictures.read_picture(pictures.on_white(picture), found, page=number)
        except Exception:
            found.gap("inner_pictures")
    return left


def _look_into_streams(data: bytes, found: Contents) -> None:
    """Unpack what is compressed and look for harmful things; a bomb is an alarm of its own."""
    total = 0
    for count, body in enumerate(_streams(data)):
        if count >= MAX_STREAMS:
            found.gap("too_much")
            return
        unpacked, rest = _unpack(body)
        total += len(unpacked)
        _judge(unpacked, found)
        if rest and len(unpacked) > 100 * max(1, len(body) - rest):
            found.alarm("a compressed stream that unpacks to more than any document needs")
            return
        if rest or total > 4 * MAX_STREAM:
            found.gap("too_much")
            return


def _streams(data: bytes) -> Iterator[bytes]:
    for match in _STREAM.finditer(data):
        end = data.find(b"endstream", match.end())
        yield data[match.end() : end if end >= 0 else len(data)]


def _unpack(body: bytes) -> tuple[bytes, int]:
    """The first ``MAX_STREAM`` bytes and how many packed ones are left; as it is if it is not compressed."""
    machine = zlib.decompressobj()
    try:
        unpacked = machine.decompress(body, MAX_STREAM)
    except zlib.error:
        return body[:MAX_STREAM], max(0, len(body) - MAX_STREAM)
    return unpacked, len(machine.unconsumed_tail)


def _judge(unpacked: bytes, found: Contents) -> None:
    if _EICAR in unpacked:
        found.alarm("EICAR test file inside the PDF")
    if unpacked.startswith(_PROGRAMS):
        found.alarm("a program inside the PDF")
    if unpacked.startswith(_ARCHIVES):
        found.alarm("an archive inside the PDF")
    for name in _ACTIVE:
        if name in unpacked:
            found.alarm(f"active content in PDF ({name.decode().strip('/')})")
