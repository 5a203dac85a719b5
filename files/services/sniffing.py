"""What a file really is, decided by its bytes; its name and its claimed type are never asked. Pure.

Magic numbers follow the formats' own documents: JPEG (T.81), PNG (RFC 2083), RIFF/WebP, PDF (ISO 32000),
ISO base media (ISO 14496-12) and Matroska/WebM (EBML, RFC 8794).
"""

from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024
HEAD_BYTES = 4096
TAIL_BYTES = 2048

# Brands that players of the web read as MP4. QuickTime ("qt  ") and HEIF brands are left out on purpose.
_MP4_BRANDS = {
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"dash",
    b"M4V ",
    b"MSNV",
}


@dataclass(frozen=True)
class FileKind:
    """An allowed type: its content type, the ending it gets, the most bytes it may have."""

    content_type: str
    ending: str
    max_bytes: int
    label: str


JPEG = FileKind("image/jpeg", "jpg", 10 * MIB, "photo")
PNG = FileKind("image/png", "png", 10 * MIB, "picture")
WEBP = FileKind("image/webp", "webp", 10 * MIB, "picture")
PDF = FileKind("application/pdf", "pdf", 10 * MIB, "PDF")
MP4 = FileKind("video/mp4", "mp4", 50 * MIB, "video")
WEBM = FileKind("video/webm", "webm", 50 * MIB, "video")
TEXT = FileKind("text/plain", "txt", 1 * MIB, "text file")

KINDS = (JPEG, PNG, WEBP, PDF, MP4, WEBM, TEXT)
IMAGES = (JPEG, PNG, WEBP)
LARGEST = max(kind.max_bytes for kind in KINDS)


def kind_of(path: Path) -> FileKind | None:
    """The allowed kind of the file at ``path``, or None for everything else, truncated files included."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read(TAIL_BYTES)
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    # The marker must be at the very start: readers accept it later too, which is how PDF polyglots are made.
    if head.startswith(b"%PDF-1.") or head.startswith(b"%PDF-2."):
        return PDF if b"%%EOF" in tail else None
    if head[4:8] == b"ftyp":
        return MP4 if _is_whole_mp4(path, size) else None
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else None
    return TEXT if size <= TEXT.max_bytes and _is_plain_text(path) else None


def _is_whole_mp4(path: Path, size: int) -> bool:
    """Walk the top-level boxes: known brand, movie and media boxes, and lengths that fill the file."""
    seen: set[bytes] = set()
    offset = 0
    with path.open("rb") as file:
        while offset < size:
            file.seek(offset)
            header = file.read(16)
            if len(header) < 8:
                return False
            length, name = int.from_bytes(header[:4], "big"), header[4:8]
            if length == 1:
                length = int.from_bytes(header[8:16], "big")
            elif length == 0:
                length = size - offset
            if length < 8 or offset + length > size:
                return False
            if name == b"ftyp" and not _known_brand(file, offset, length):
                return False
            seen.add(name)
            offset += length
    return {b"ftyp", b"moov", b"mdat"} <= seen or {b"ftyp", b"moov", b"moof"} <= seen


def _known_brand(file, offset: int, length: int) -> bool:
    file.seek(offset + 8)
    body = file.read(min(length - 8, 256))
    brands = {body[:4], *(body[i : i + 4] for i in range(8, len(body), 4))}
    return bool(brands & _MP4_BRANDS)


def _is_plain_text(path: Path) -> bool:
    """UTF-8 without control characters, and not the beginning of a page or a script."""
    data = path.read_bytes()
    if not data:
        return False
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if any(ch < " " and ch not in "\t\n\r\f" for ch in text):
        return False
    start = text.lstrip()[:64].lower()
    return not start.startswith(("<!doctype", "<html", "<svg", "<?xml", "<script", "<?php", "#!", "mz\x90"))
