"""The malware scanners: a small one that is always there, and the door to ClamAV.

The built-in scanner knows the EICAR test file (eicar.org), programs of Windows, Linux and macOS, and the
parts of PDF that act by themselves. It is a net with wide meshes: production sets ``CLAMAV_ADDRESS`` as well.
"""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Written in two pieces so that this source file is not mistaken for the test virus.
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

_PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!")

# Names of PDF objects that run code or carry other files (ISO 32000, 12.6.4).
_PDF_ACTIVE = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile", b"/RichMedia")

_CHUNK = 256 * 1024
_OVERLAP = 128
_ZIP_TAIL = 65_535 + 22 + 2


@dataclass(frozen=True)
class Verdict:
    is_clean: bool
    scanner: str
    reason: str = ""


class ScannerUnavailable(Exception):
    """The scanner could not be asked. The file stays in quarantine and is tried again."""


def scan_built_in(path: Path, content_type: str) -> Verdict:
    """Look through the whole file once."""
    needles = [(_EICAR, "EICAR test file")]
    if content_type == "application/pdf":
        needles += [(name, f"active content in PDF ({name.decode().strip('/( ')})") for name in _PDF_ACTIVE]
    for position, chunk in _chunks(path):
        if position == 0 and chunk.startswith(_PROGRAMS):
            return Verdict(False, "built-in", "a program, not a document")
        for needle, reason in needles:
            if needle in chunk:
                return Verdict(False, "built-in", reason)
    if has_archive_tail(path):
        return Verdict(False, "built-in", "an archive hidden behind the file")
    return Verdict(True, "built-in")


def has_archive_tail(path: Path) -> bool:
    """Whether the file ends as a ZIP archive does: then it is two files in one.

    The archive's last record lies at most 64 KiB + 22 bytes before the end, and counts what follows it.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _ZIP_TAIL))
        tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    while place >= 0:
        record = tail[place : place + 22]
        follows = len(tail) - place - 22
        # Two bytes more: readers forgive a line end after the archive.
        if len(record) == 22 and 0 <= follows - int.from_bytes(record[20:22], "little") <= 2:
            return True
        place = tail.rfind(b"PK\x05\x06", 0, place)
    return False


def _chunks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Pieces of the file, each beginning with the end of the one before, so nothing hides on a border."""
    position, rest = 0, b""
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield position, rest + piece
            position += len(piece)
            rest = piece[-_OVERLAP:]


def scan_clamav(path: Path, address: str, timeout_s: float = 30.0) -> Verdict:
    """Ask clamd by its INSTREAM command; ``address`` is ``host:port`` or the path of a Unix socket.

    Each piece is sent as a 4-byte big-endian length and its bytes; a zero length ends the file (clamd(8)).
    """
    try:
        with _connect(address, timeout_s) as link:
            link.sendall(b"zINSTREAM\0")
            with path.open("rb") as file:
                while piece := file.read(_CHUNK):
                    link.sendall(len(piece).to_bytes(4, "big") + piece)
            link.sendall(b"\0\0\0\0")
            answer = _read_answer(link, time.monotonic() + timeout_s)
    except OSError as error:
        raise ScannerUnavailable(f"clamd at {address}: {error}") from error
    if answer.endswith("OK"):
        return Verdict(True, "clamav")
    if answer.endswith("FOUND"):
        return Verdict(False, "clamav", answer.removeprefix("stream:").removesuffix("FOUND").strip()[:190])
    raise ScannerUnavailable(f"clamd answered {answer[:120]!r}")


def _connect(address: str, timeout_s: float) -> socket.socket:
    if address.startswith("/"):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(timeout_s)
        link.connect(address)
        return link
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=timeout_s)


def _read_answer(link: socket.socket, deadline: float) -> str:
    """Up to the closing zero, in as many pieces as it takes, but not longer than the deadline."""
    answer = b""
    while len(answer) < 4096 and not answer.endswith(b"\0"):
        if time.monotonic() > deadline:
            raise TimeoutError("it answers too slowly")
        piece = link.recv(1024)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
