"""The files of a case as its reviewer sees them: veiled first, then with the places that were found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.access import is_staff_as
from accounts.models import User
from compliance.models import Case, Finding, KnownFile
from compliance.services.attachments import gap_words
from compliance.services.known_files import KEEPERS
from files.models import Upload
from files.services import signed_path


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in a picture, in per cent, for an SVG that lies over it."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file of a case's evidence with what is known of it now. ``spans`` count from its own ``text``."""

    name: str
    upload: Upload | None
    link: str
    text: str
    spans: list[list[int]]
    frames: list[Frame]
    gaps: list[str]
    nudity: str
    sha256: str
    fingerprint: str
    known: list[KnownFile]
    pages: list[int]

    @property
    def is_image(self) -> bool:
        return self.upload is not None and self.upload.is_image


def case_files(case: Case, findings: Sequence[Finding], *, reviewer: User) -> list[CaseFile]:
    """Every file that the case's evidence names; nothing for cases about texts."""
    rows: list[dict[str, Any]] = case.evidence.get("files", [])
    uploads = {
        str(row.public_id): row for row in Upload.objects.filter(public_id__in=[r["id"] for r in rows])
    }
    values = [value for row in rows for value in (row["sha256"], row["print"]) if value]
    known = list(KnownFile.objects.filter(value__in=values, removed_at=None)) if values else []
    return [_case_file(case, row, uploads.get(row["id"]), findings, known, reviewer) for row in rows]


def may_keep_lists(reviewer: User) -> bool:
    return is_staff_as(reviewer, *KEEPERS)


def _case_file(
    case: Case,
    row: dict[str, Any],
    upload: Upload | None,
    findings: Sequence[Finding],
    known: Sequence[KnownFile],
    reviewer: User,
) -> CaseFile:
    begin = row["start"] + len(row["name"]) + 1
    touched = [f for f in findings if f.start < row["end"] and f.end > row["start"]]
    readable = upload is not None and upload.is_clean
    return CaseFile(
        name=row["name"],
        upload=upload,
        link=signed_path(upload, user=reviewer) if upload is not None and readable else "",
        text=case.evidence["text"][begin : row["end"]],
        spans=[[f.start - begin, f.end - begin] for f in touched if f.start >= begin],
        frames=_frames(row["parts"], touched),
        gaps=[gap_words(gap) for gap in row["gaps"]],
        nudity="" if row["nudity"] is None else f"{row['nudity']:.2f}",
        sha256=row["sha256"],
        fingerprint=row["print"],
        known=[entry for entry in known if entry.value in (row["sha256"], row["print"])],
        pages=sorted({part["page"] for part in row["parts"] if _touches(part, touched)}),
    )


def _touches(place: dict[str, Any], findings: Sequence[Finding]) -> bool:
    return any(found.start < place["end"] and found.end > place["start"] for found in findings)


def _frames(parts: Sequence[dict[str, Any]], findings: Sequence[Finding]) -> list[Frame]:
    frames = []
    for part in parts:
        for line in part["lines"]:
            if part["page"] == 1 and part["seconds"] is None and _touches(line, findings):
                left, top, right, bottom = line["box"]
                frames.append(
                    Frame(
                        f"{left * 100:.2f}%",
                        f"{top * 100:.2f}%",
                        f"{(right - left) * 100:.2f}%",
                        f"{(bottom - top) * 100:.2f}%",
                    )
                )
    return frames
