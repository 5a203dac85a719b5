"""The reading process: hostile files are parsed here, with limits, and never in the worker itself.

``python -m files.engine.reading`` takes one JSON object per line (``{"path", "content_type", "cpu_s"}``) and
answers with one (``Contents`` as JSON). Its parent ends it when an answer takes too long; the kernel ends it
when it wants more memory or processor time than it may have. It knows no database, no settings, no network.
"""

import contextlib
import json
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

from PIL import Image

from files.engine import documents, pictures, readers, videos
from files.engine.results import MAX_TEXT, Contents, Part

# Groups of magika that agree with what the magic numbers said.
_AGREEING = {
    "image": {"image"},
    "application": {"document"},
    "video": {"video"},
    "text": {"text", "document", "unknown"},
}
_FILE_SIZE = 64 * 1024 * 1024


def read(path: Path, content_type: str) -> Contents:
    """Everything that can be read from one stored file. Damage is a gap, not an error."""
    found = Contents()
    family = content_type.partition("/")[0]
    _doubt_type(path, family, found)
    try:
        if family == "image":
            pictures.read_picture_file(path, found)
        elif family == "video":
            videos.read_video(path, found)
        elif content_type == "application/pdf":
            documents.read_document(path, found)
        elif family == "text":
            _read_text(path, found)
        else:
            found.gap("unknown_type")
    except MemoryError:
        found.gap("too_large")
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, Image.DecompressionBombError):
        found.gap("broken")
    return found


def _doubt_type(path: Path, family: str, found: Contents) -> None:
    """Let magika look as well, where it is installed: a program in a text's clothes is a gap."""
    group = readers.types()
    if group is not None and family in _AGREEING and group(path) not in _AGREEING[family]:
        found.gap("doubtful_type")


def _read_text(path: Path, found: Contents) -> None:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if len(text) > MAX_TEXT:
        found.gap("too_much")
    if text.strip():
        found.add(Part("text", text[:MAX_TEXT]))


def _limit(memory_bytes: int) -> None:
    """What no file may need: memory, files, new processes' dumps. Processor time is set before every file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_SIZE, _FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_cpu(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, resource.RLIM_INFINITY))


def main() -> int:
    warnings.simplefilter("ignore")
    os.nice(5)  # A chat message is scanned before a picture is.
    _limit(int(os.environ.get("PARLEY_READER_MEMORY", 2 * 1024**3)))
    # Libraries print to stdout now and then; the answers have their own way out.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        _allow_cpu(int(asked["cpu_s"]))
        found = read(Path(asked["path"]), asked["content_type"])
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(found.as_json()), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
