"""What reading a file gives, as plain JSON values."""

from dataclasses import asdict, dataclass, field
from typing import Any

# The most that is kept of one file; the rest is a gap.
MAX_TEXT = 200_000
MAX_PARTS = 200

Box = tuple[float, float, float, float]  # left, top, right, bottom in fractions of the picture's sides


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of a part's text (code points) and where it stands in the picture."""

    start: int
    end: int
    box: Box


@dataclass(frozen=True, slots=True)
class Part:
    """Text from one place. ``kind``: picture (recognised), code (QR and the like), barcode or text.

    Pages count from 1. ``seconds``: where in a video. ``format``: of a code.
    """

    kind: str
    text: str
    page: int = 1
    lines: tuple[Line, ...] = ()
    format: str = ""
    score: float = 1.0
    seconds: float | None = None


@dataclass(slots=True)
class Contents:
    """Everything read from one file.

    ``gaps`` name what could not be read (see ``compliance/attachments.yaml``), ``alarms`` harmful things that
    lay inside. ``nudity``: 0 to 1, None if nobody looked. ``print`` and ``quality``: see ``perceptual``.
    """

    parts: list[Part] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    nudity: float | None = None
    print: str = ""
    quality: int = 0
    pages: int = 1

    def gap(self, name: str) -> None:
        if name not in self.gaps:
            self.gaps.append(name)

    def alarm(self, text: str) -> None:
        if text not in self.alarms:
            self.alarms.append(text)

    def add(self, part: Part) -> None:
        """Keep the part unless there is too much already."""
        length = sum(len(kept.text) for kept in self.parts)
        if len(self.parts) >= MAX_PARTS or length + len(part.text) > MAX_TEXT:
            self.gap("too_much")
            return
        self.parts.append(part)

    def worse_nudity(self, score: float) -> None:
        self.nudity = score if self.nudity is None else max(self.nudity, score)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
