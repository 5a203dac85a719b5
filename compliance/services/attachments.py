"""Judging the files of one message or ticket entry: what was read from them, under the rules for texts.

All files of a subject are judged together and make at most one case. Its frozen text lists every file by name
with the text found in it, so findings, statements and appeals work on code points of one text, as they do for
messages; ``evidence["files"]`` says which stretch of it stood where: file, page, place in the picture.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from compliance.engine.findings import Finding
from compliance.models import Case, KnownFile
from compliance.selectors.cases import joined_spans
from compliance.services import known_files
from compliance.services.screening import (
    ScanItem,
    Screening,
    Sender,
    current_ruleset,
    scan_texts,
    screen_text,
)
from files.engine.results import Box
from files.models import Upload
from shops.models import Product, Shop

RULES_FILE = Path(__file__).parents[1] / "attachments.yaml"
VERSION = 1
MASK, WITHHOLD = "mask", "withhold"
_PARCEL = re.compile(r"[A-Z][A-Z0-9]{0,19}(?:[-_/][A-Z0-9]{1,20}){1,5}")
_WHERE = {"picture": "text in the picture", "code": "a code ({format})", "text": "the text"}

Held = Mapping[int, tuple[str, tuple[Box, ...]]]
"""Per primary key of an upload: one of ``Upload.Held`` and the places to cover."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Who sent the files, and what the engine may know besides; ``caption``: the message's own text."""

    sender: Sender
    caption: str = ""
    history: Sequence[tuple[Sender, str]] = ()
    shop: Shop | None = None
    customer_name: str = ""
    product: Product | None = None
    # Pictures of people who report something quote what others said: their texts accuse nobody.
    reads_texts: bool = True

    @property
    def side(self) -> str:
        """Whose files these are in the words of ``attachments.yaml``; nothing there binds the platform."""
        return {"customer": "customer", "platform": "platform"}.get(self.sender, "seller")


@dataclass(frozen=True, slots=True)
class Examination:
    """What judging led to. ``files``: for the case's evidence; ``needs_person``: why one must look."""

    text: str
    screening: Screening
    files: list[dict[str, Any]]
    held: Held
    needs_person: str = ""
    unread_policy: str = ""

    @property
    def evidence(self) -> dict[str, Any]:
        more: dict[str, Any] = {"files": self.files}
        if self.needs_person:
            more["needs_person"] = self.needs_person
        return more


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Any]:
    """``attachments.yaml``."""
    loaded: dict[str, Any] = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    return loaded


@dataclass(slots=True)
class _File:
    """One file while it is judged; spans count code points of the whole text."""

    upload: Upload
    start: int
    parts: list[dict[str, Any]] = field(default_factory=list)
    end: int = 0
    findings: list[Finding] = field(default_factory=list)
    mask_spans: list[tuple[int, int]] = field(default_factory=list)
    must_withhold: bool = False
    gaps: list[str] = field(default_factory=list)
    is_known_good: bool = False
    contents: Mapping[str, Any] = field(default_factory=dict)

    def whole(self, policy: str, detector: str, rule: str, confidence: float, why: str) -> Finding:
        """A finding about the file as a whole: its name is marked."""
        name = self.upload.name
        return Finding(
            policy, detector, VERSION, rule, confidence, self.start, self.start + len(name), name, "file", why
        )


def examine(uploads: Sequence[Upload], setting: Setting) -> Examination:
    """The full judgement. Files must have left quarantine. One engine batch and two queries for all."""
    text, files = _lay_out(uploads)
    listed = known_files.matches(
        [
            (file.upload.sha256, file.contents.get("print", ""), file.contents.get("quality", 0))
            for file in files
        ]
    )
    for file, entry in zip(files, listed, strict=True):
        _judge_whole(file, entry, setting)
    _judge_texts(text, files, setting)
    for file in files:
        _judge_codes(text, file, setting)
        _note_gaps(file)
    findings = sorted(
        {(f.policy, f.detector, f.rule, f.start, f.end): f for file in files for f in file.findings}.values(),
        key=lambda found: (-found.confidence, found.start, found.policy),
    )
    screening = Screening(
        findings=tuple(findings),
        must_withhold=any(file.must_withhold for file in files),
        mask_spans=tuple(
            (start, end) for start, end in joined_spans([s for f in files for s in f.mask_spans])
        ),
        ruleset=current_ruleset(),
    )
    words, policy, holds = _what_a_person_must_do(files, setting)
    if holds and not screening.must_withhold:
        screening = replace(screening, must_withhold=True)
    return Examination(
        text=text,
        screening=screening,
        files=[_as_evidence(file) for file in files],
        held={file.upload.pk: _held(file, setting) for file in files},
        needs_person=words,
        unread_policy=policy,
    )


def is_clear_at_a_glance(uploads: Sequence[Upload], setting: Setting) -> bool:
    """Before the commit, without the slow parts: every file is read, and nothing speaks against showing it.

    The full judgement follows in any case. ``False`` only means that the other side waits for it.
    """
    if not all(upload.is_clean and upload.reading is not None for upload in uploads):
        return False
    text, files = _lay_out(uploads)
    keys = [(f.upload.sha256, f.contents.get("print", ""), f.contents.get("quality", 0)) for f in files]
    listed = known_files.matches(keys)
    for file, entry in zip(files, listed, strict=True):
        _judge_whole(file, entry, setting)
        _judge_codes(text, file, setting)
        _note_gaps(file)
        if file.findings or any(_action(gap, setting) == "hold" for gap in file.gaps):
            return False
    items = [item for file in files for _, item in _items(text, file, setting)]
    return not any(
        screen_text(
            text=item.text,
            sender=item.sender,
            history=item.history,
            shop=item.shop,
            customer_name=item.customer_name,
            product=item.product,
        ).findings
        for item in items
    )


def held_by_decision(
    case: Case, mode: str, spans: Sequence[Sequence[int]]
) -> dict[str, tuple[str, tuple[Box, ...]]]:
    """Public ids of the files that a decision about this case hides, and how.

    ``withhold`` takes the files in which something was found, or all if nothing was; ``mask`` covers spans.
    """
    rows: list[dict[str, Any]] = case.evidence.get("files", [])
    found = joined_spans([[row.start, row.end] for row in case.findings.all()])
    hidden: dict[str, tuple[str, tuple[Box, ...]]] = {}
    for row in rows:
        wanted = spans if mode == MASK else found
        touched = [span for span in wanted if span[0] < row["end"] and span[1] > row["start"]]
        if mode == MASK and touched:
            boxes = _boxes(row["parts"], touched)
            hidden[row["id"]] = (Upload.Held.MASKED if boxes else Upload.Held.WITHHELD, boxes)
        elif mode == WITHHOLD and (touched or not found):
            hidden[row["id"]] = (Upload.Held.WITHHELD, ())
    return hidden


# --- The text of all files ------------------------------------------------------------------------------


def _lay_out(uploads: Sequence[Upload]) -> tuple[str, list[_File]]:
    """One text for all files: each by its name, then a line per stretch that was read."""
    text, files = "", []
    for upload in uploads:
        text += "\n\n" if text else ""
        file = _File(upload, start=len(text))
        file.contents = upload.reading.contents if upload.reading is not None else {}
        text += upload.name
        for part in file.contents.get("parts", []):
            text += "\n"
            start = len(text)
            text += part["text"]
            lines = [
                {"start": start + line["start"], "end": start + line["end"], "box": line["box"]}
                for line in part["lines"]
            ]
            kept = {key: part[key] for key in ("kind", "page", "format", "seconds")}
            file.parts.append({**kept, "start": start, "end": len(text), "lines": lines})
        file.end = len(text)
        files.append(file)
    return text, files


def _items(text: str, file: _File, setting: Setting) -> Iterable[tuple[dict[str, Any], ScanItem]]:
    """The stretches of a file that the engine reads: its name, recognised text, text, flat codes."""
    if file.is_known_good or not setting.reads_texts:
        return
    caption = [(setting.sender, setting.caption)] if setting.caption.strip() else []
    history = [*setting.history, *caption]
    name = {"kind": "name", "start": file.start, "end": file.start + len(file.upload.name), "page": 1}
    for part in [name, *file.parts]:
        words = text[part["start"] : part["end"]]
        if part["kind"] == "name":
            words = words.rpartition(".")[0]
        if part["kind"] == "barcode":
            continue  # Article numbers look like phone numbers.
        if part["kind"] == "code" and _PARCEL.fullmatch(words):
            continue  # A number of a parcel, an order or a return, and no words to judge.
        yield (
            part,
            ScanItem(words, setting.sender, history, setting.shop, setting.customer_name, setting.product),
        )


def _judge_texts(text: str, files: Sequence[_File], setting: Setting) -> None:
    work = [(file, part, item) for file in files for part, item in _items(text, file, setting)]
    for (file, part, _), found in zip(work, scan_texts([item for *_, item in work]), strict=True):
        for finding in found.findings:
            where = _where(file, part, (finding.start + part["start"], finding.end + part["start"]))
            file.findings.append(
                replace(
                    finding,
                    start=finding.start + part["start"],
                    end=finding.end + part["start"],
                    explanation=f"{finding.explanation.rstrip('.')}. Found in {where}.".lstrip(". "),
                )
            )
        file.mask_spans += [(start + part["start"], end + part["start"]) for start, end in found.mask_spans]
        file.must_withhold = file.must_withhold or found.must_withhold


def _where(file: _File, part: Mapping[str, Any], span: tuple[int, int]) -> str:
    """In words: "a QRCode code at the bottom right of offer.jpg, page 2"."""
    if part["kind"] == "name":
        return f"the name of {file.upload.name}"
    words = _WHERE[part["kind"]].format(format=part.get("format") or "bar")
    if boxes := _boxes([part], [span]):
        words += f" at the {_corner(boxes[0])}"
    words += f" of {file.upload.name}"
    if file.contents.get("pages", 1) > 1:
        words += f", page {part['page']}"
    if part.get("seconds") is not None:
        words += f", second {part['seconds']:g}"
    return words


def _corner(box: Box) -> str:
    across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    row = "top" if down < 0.34 else "bottom" if down > 0.66 else ""
    column = "left" if across < 0.34 else "right" if across > 0.66 else ""
    return f"{row} {column}".strip() or "middle"


# --- Files as a whole, codes, gaps ----------------------------------------------------------------------


def _judge_whole(file: _File, entry: KnownFile | None, setting: Setting) -> None:
    """Malware, match lists, nudity."""
    upload, nudity = file.upload, rules()["nudity"]
    if upload.state == Upload.State.INFECTED:
        why = f"The malware scan found: {upload.verdict}."
        file.findings.append(file.whole("malware", "malware_scan", upload.scanned_by or "scan", 1.0, why))
        file.must_withhold = True
    if entry is not None and entry.listing == KnownFile.Listing.GOOD:
        file.is_known_good = True
        return
    if entry is not None:
        why = f"On the list of known files ({entry.get_kind_display().lower()}): {entry.reason}"
        sure = 1.0 if entry.kind == KnownFile.Kind.SHA256 else 0.95
        file.findings.append(file.whole(entry.policy_code, "known_file", entry.kind, sure, why))
        file.must_withhold = True
    score = file.contents.get("nudity")
    if score is not None and score >= nudity["flag"]:
        why = f"The picture looks like nudity ({score:.2f} of 1)."
        file.findings.append(file.whole(nudity["policy"], "nudity", "picture_score", round(score, 3), why))
        file.must_withhold = file.must_withhold or score >= nudity["withhold"]


def _judge_codes(text: str, file: _File, setting: Setting) -> None:
    """What a code makes a phone do besides opening a link: call, write, pay, join a network."""
    if setting.side != "seller" or file.is_known_good:
        return  # The rules about contact and payment bind sellers.
    for part in file.parts:
        if part["kind"] != "code":
            continue
        payload = text[part["start"] : part["end"]]
        for policy, beginnings in rules()["codes"].items():
            if not payload.lower().lstrip().startswith(tuple(beginnings)):
                continue
            span = (part["start"], part["end"])
            where = _where(file, part, span)
            why = f"Scanning it makes a phone call, write or pay elsewhere. Found in {where}."
            rule = payload.lstrip()[:12].partition(":")[0].lower() or "code"
            file.findings.append(Finding(policy, "codes", VERSION, rule, 0.95, *span, payload, "code", why))
            file.mask_spans.append(span)


def _note_gaps(file: _File) -> None:
    """What nobody could read. A file on the good list was read by a person before."""
    if file.is_known_good or file.upload.state == Upload.State.INFECTED:
        return
    file.gaps = list(file.contents.get("gaps", []))
    if file.upload.reading is None:
        # The scan gave up before anything was read.
        is_unreached = file.upload.state == Upload.State.FAILED
        file.gaps.append("no_scanner" if is_unreached else "no_reading")


def _action(gap: str, setting: Setting) -> str:
    row = rules()["gaps"].get(gap)
    action: str = row.get(setting.side, "pass") if row else "hold"
    return action


def gap_words(gap: str) -> str:
    """What a gap means, for the reviewer."""
    row = rules()["gaps"].get(gap)
    return str(row["words"]) if row else gap


def _what_a_person_must_do(files: Sequence[_File], setting: Setting) -> tuple[str, str, bool]:
    """(reasons in words, the policy to file them under, whether something is held for it)."""
    lines, actions = [], set()
    for file in files:
        gaps = [gap for gap in file.gaps if _action(gap, setting) != "pass"]
        if gaps:
            lines.append(f"{file.upload.name}: " + " ".join(gap_words(gap) for gap in gaps))
            actions |= {_action(gap, setting) for gap in gaps}
    if not lines:
        return "", "", False
    action = "hold" if "hold" in actions else "show"
    return "\n".join(lines), rules()["unread_policy"][action], action == "hold"


# --- What the other side gets ---------------------------------------------------------------------------


def _held(file: _File, setting: Setting) -> tuple[str, tuple[Box, ...]]:
    if file.must_withhold or any(_action(gap, setting) == "hold" for gap in file.gaps):
        return Upload.Held.WITHHELD, ()
    if file.mask_spans:
        boxes = _boxes(file.parts, file.mask_spans)
        return (Upload.Held.MASKED, boxes) if boxes else (Upload.Held.WITHHELD, ())
    return Upload.Held.NOT, ()


def _boxes(parts: Iterable[Mapping[str, Any]], spans: Iterable[Sequence[int]]) -> tuple[Box, ...]:
    """Where these stretches stand in the picture; nothing if a stretch has no place, or only its name has."""
    wanted = list(spans)
    boxes: list[Box] = []
    for part in parts:
        for line in part.get("lines", []):
            if any(start < line["end"] and end > line["start"] for start, end in wanted):
                left, top, right, bottom = line["box"]
                boxes.append((left, top, right, bottom))
    return tuple(dict.fromkeys(boxes))


def _as_evidence(file: _File) -> dict[str, Any]:
    upload = file.upload
    return {
        "id": str(upload.public_id),
        "name": upload.name,
        "content_type": upload.content_type,
        "sha256": upload.sha256,
        "print": file.contents.get("print", ""),
        "nudity": file.contents.get("nudity"),
        "gaps": file.gaps,
        "start": file.start,
        "end": file.end,
        "parts": file.parts,
    }
