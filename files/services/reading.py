"""Reading what is in a file, in a process of its own that may be killed.

One reading process per worker process is kept and used again, because loading its models takes a second. It
is ended when it does not answer in time, when it has read ``RECYCLE`` files, and with its parent.
"""

import contextlib
import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from files.engine import readers
from files.engine.results import Contents
from files.models import Reading, Upload
from files.services import storage

log = logging.getLogger(__name__)

RECYCLE = 200
# Of one file: wall-clock and processor seconds. A phone's photo takes half a second with all readers, a PDF
# of 30 pages with 8 pictures about five.
TIMEOUT_S = 45.0
CPU_S = 30
MEMORY_BYTES = 3 * 1024**3
_LONGEST_ANSWER = 8 * 1024 * 1024


class _Died(Exception):
    """The reading process ended or had to be ended while it read; the reason is a gap."""


class _ReadingProcess:
    """Speaks with ``python -m files.engine.reading``. One file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._done = 0

    def read(self, path: Path, content_type: str) -> dict[str, Any]:
        """The contents as JSON. Raises ``_Died`` with "crashed" or "timeout"."""
        with self._lock:
            child = self._running()
            asked = {"path": str(path), "content_type": content_type, "cpu_s": CPU_S}
            try:
                assert child.stdin is not None
                child.stdin.write(json.dumps(asked).encode() + b"\n")
                child.stdin.flush()
                answer = self._answer(child)
            except OSError as error:
                self._end()
                raise _Died("crashed") from error
            except _Died:
                self._end()
                raise
            self._done += 1
            if self._done >= RECYCLE:
                self._end()
            return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and (self._owner != os.getpid() or self._child.poll() is not None):
            self._child = None  # A forked worker must not speak with its parent's child.
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "files.engine.reading"],
                cwd=settings.BASE_DIR,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._owner, self._done = os.getpid(), 0
        return self._child

    def _answer(self, child: subprocess.Popen[bytes]) -> dict[str, Any]:
        assert child.stdout is not None
        pipe, deadline, data = child.stdout.fileno(), time.monotonic() + TIMEOUT_S, b""
        while not data.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise _Died("timeout")
            piece = os.read(pipe, 1 << 16)
            if not piece or len(data) > _LONGEST_ANSWER:
                raise _Died("crashed")
            data += piece
        answer: dict[str, Any] = json.loads(data)
        return answer

    def _end(self) -> None:
        if self._child is not None and self._owner == os.getpid():
            with contextlib.suppress(OSError):
                self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
        self._child = None


_process = _ReadingProcess()


def _environment() -> dict[str, str]:
    """Nothing of the platform's own: no addresses, no secrets. Threads would only fight over two cores."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TMPDIR") if name in os.environ}
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {
        **kept,
        **one,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PARLEY_VISION": "1" if settings.VISION else "0",
        "PARLEY_READER_MEMORY": str(MEMORY_BYTES),
    }


def reader_label() -> str:
    """Names the readers that this installation has; part of the key under which readings are kept."""
    return readers.label(readers.versions(vision=settings.VISION))


def read_upload(upload: Upload) -> Reading:
    """What is in this file, from the cache or read now. Never raises for what lies in the file.

    A file that ends the reading process is a reading with the gap ``crashed`` or ``timeout``; it is not kept
    for the next sender of the same bytes, because the machine may just have been busy.
    """
    label = reader_label()
    known = Reading.objects.filter(sha256=upload.sha256, readers=label).first()
    if known is not None and not {"crashed", "timeout"} & set(known.contents["gaps"]):
        return known
    began = time.monotonic()
    try:
        contents = _process.read(storage.path_of(upload.storage_key), upload.content_type)
    except _Died as reason:
        log.warning("upload %s could not be read: %s", upload.pk, reason)
        failed = Contents()
        failed.gap(str(reason))
        contents = failed.as_json()
    took_ms = int((time.monotonic() - began) * 1000)
    values = {"contents": _storable(contents), "took_ms": took_ms}
    if known is not None:
        Reading.objects.filter(pk=known.pk).update(**values)
        known.contents = values["contents"]
        return known
    try:
        return Reading.objects.get_or_create(sha256=upload.sha256, readers=label, defaults=values)[0]
    except IntegrityError:
        return Reading.objects.get(sha256=upload.sha256, readers=label)


def forget_unused(*, older_than: timedelta = timedelta(days=30)) -> int:
    """What was read from files that are gone is forgotten with them. Returns how many readings."""
    old = Reading.objects.filter(created_at__lt=timezone.now() - older_than)
    unused = old.exclude(uploads__state__in=set(Upload.State.values) - {Upload.State.REMOVED})
    return unused.delete()[0]


def _storable(value: Any) -> Any:
    """PostgreSQL stores neither NUL nor lone surrogates; a PDF may hold both."""
    if isinstance(value, str):
        return value.replace("\0", " ").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value
