"""Where the bytes lie: random names under ``MEDIA_ROOT``, written whole or not at all."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings


def root() -> Path:
    """The folder of all uploads; made on first use and closed to other users of the machine."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(storage_key: str) -> Path:
    return root() / storage_key


def incoming() -> Path:
    """A fresh path for bytes that are still arriving."""
    folder = root() / "incoming"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / secrets.token_hex(16)


def keep(arrived: Path) -> str:
    """Move a finished file to its final random name and return its storage key."""
    key = secrets.token_hex(20)
    storage_key = f"{key[:2]}/{key}"
    target = path_of(storage_key)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    with arrived.open("rb") as file:
        os.fsync(file.fileno())
    arrived.replace(target)
    return storage_key


def discard(storage_key: str) -> None:
    path_of(storage_key).unlink(missing_ok=True)


def sweep_orphans(known: Callable[[str], bool], older_than_s: int = 86_400) -> int:
    """Remove files that no row names: uploads whose transaction was rolled back. Returns how many."""
    limit, removed = time.time() - older_than_s, 0
    for key, path in _stored():
        if path.stat().st_mtime < limit and not known(key):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _stored() -> Iterator[tuple[str, Path]]:
    base = root()
    for path in base.glob("*/*"):
        if path.is_file():
            yield str(path.relative_to(base)), path
