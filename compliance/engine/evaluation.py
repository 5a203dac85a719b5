"""Measures the engine on files in the corpus format: single lines and whole chats.

The engine gets ``sender``, ``text`` and earlier messages, never ``id``, ``function``, ``label`` or ``also``.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compliance.engine.context import Context, Turn
from compliance.engine.pipeline import Result, scan_batch

NONE = "none"
GROUPS = ("category", "lang", "function", "sender")
# Notices of the platform and the shop's automatic replies keep their own sender.
_SENDERS = frozenset({"customer", "seller", "auto", "platform"})
_BATCH = 256
Scanner = Callable[[Sequence[tuple[str, Context]]], list[Result]]


class CorpusError(ValueError):
    """A line breaks the corpus format; the text names file, line and reason."""


@dataclass(frozen=True, slots=True)
class Line:
    """One judged message with the truth about it."""

    id: str
    text: str
    context: Context
    label: str
    also: frozenset[str]
    function: str
    lang: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the engine said about a line: the categories it returned, best first, and the findings behind
    them."""

    line: Line
    categories: tuple[str, ...]
    result: Result

    @property
    def is_positive(self) -> bool:
        return self.line.label != NONE

    @property
    def is_flagged(self) -> bool:
        return bool(self.categories)

    @property
    def is_right(self) -> bool:
        """Whether one of the returned categories is the label or stands in ``also``."""
        return any(code == self.line.label or code in self.line.also for code in self.categories)


@dataclass(slots=True)
class Counts:
    """Lines of one group."""

    lines: int = 0
    positives: int = 0
    flagged: int = 0
    hits: int = 0
    right: int = 0

    def add(self, outcome: Outcome) -> None:
        self.lines += 1
        self.positives += outcome.is_positive
        self.flagged += outcome.is_flagged
        self.hits += outcome.is_positive and outcome.is_flagged
        self.right += outcome.is_positive and outcome.is_right

    def figures(self) -> dict[str, Any]:
        """The measures of ``README.md`` of the corpus; a ratio without cases is ``None``."""
        innocent = self.lines - self.positives
        precision = _ratio(self.hits, self.flagged)
        recall = _ratio(self.hits, self.positives)
        return {
            "lines": self.lines,
            "positives": self.positives,
            "flagged": self.flagged,
            "precision": precision,
            "recall": recall,
            "recall_interval": wilson(self.hits, self.positives),
            "f1": _f1(precision, recall),
            "false_alarm_rate": _ratio(self.flagged - self.hits, innocent),
            "false_alarm_interval": wilson(self.flagged - self.hits, innocent),
            "category_accuracy": _ratio(self.right, self.positives),
        }


@dataclass(slots=True)
class Report:
    """Figures over all lines and by group."""

    total: Counts = field(default_factory=Counts)
    groups: dict[str, dict[str, Counts]] = field(default_factory=dict)
    categories: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[Outcome] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        macro = [row for row in self.categories.values() if row["recall"] is not None]
        return {
            **self.total.figures(),
            "macro_precision": _mean([row["precision"] for row in macro]),
            "macro_recall": _mean([row["recall"] for row in macro]),
            "by": {
                **{
                    name: {key: c.figures() for key, c in sorted(rows.items())}
                    for name, rows in self.groups.items()
                },
                **({"category": self.categories} if self.categories else {}),
            },
        }


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _f1(precision: float | None, recall: float | None) -> float | None:
    if precision is None or recall is None or precision + recall == 0:
        return None if precision is None and recall is None else 0.0
    return round(2 * precision * recall / (precision + recall), 4)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 4) if known else None


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """The 95 % interval of a ratio; ``None`` without cases."""
    if not whole:
        return None
    z = 1.96
    share = part / whole
    centre = share + z * z / (2 * whole)
    spread = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return round(max(0.0, (centre - spread) / scale), 4), round(min(1.0, (centre + spread) / scale), 4)


def _turn(row: Any) -> Turn:
    if not isinstance(row, dict) or row.get("sender") not in _SENDERS or not isinstance(row.get("text"), str):
        raise ValueError("a message needs a known sender and a text")
    return Turn(row["sender"], row["text"])


def _line(row: dict[str, Any], history: tuple[Turn, ...], *, lang: str, name: str) -> Line:
    turn = _turn(row)
    return Line(
        id=name,
        text=turn.text,
        context=Context(sender=turn.sender, history=history),
        label=str(row.get("label", NONE)),
        also=frozenset(row.get("also") or ()),
        function=str(row.get("function", "")),
        lang=str(row.get("lang") or lang),
    )


def _lines_of(row: Any) -> Iterator[Line]:
    if not isinstance(row, dict):
        raise ValueError("not an object")
    name, lang = str(row.get("id", "")), str(row.get("lang", ""))
    if "messages" in row:
        history: list[Turn] = []
        for number, message in enumerate(row["messages"], start=1):
            line = _line(message, tuple(history), lang=lang, name=f"{name}/{number}")
            history.append(Turn(line.context.sender, line.text))
            if line.context.sender != "platform":
                yield line
        return
    yield _line(row, tuple(_turn(turn) for turn in row.get("context") or ()), lang=lang, name=name)


def read_lines(paths: Iterable[Path]) -> Iterator[Line]:
    """Judged messages of line files and chat files. Raises ``CorpusError``."""
    for path in paths:
        with path.open(encoding="utf-8") as file:
            for number, raw in enumerate(file, start=1):
                if not raw.strip():
                    continue
                try:
                    yield from _lines_of(json.loads(raw))
                except (ValueError, TypeError, AttributeError) as error:
                    raise CorpusError(f"{path} line {number}: {error}") from None


def judge(lines: Iterable[Line], scanner: Scanner = scan_batch) -> Iterator[Outcome]:
    """The engine's word on every line, in order."""
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _BATCH:
            yield from _judge_batch(batch, scanner)
            batch = []
    if batch:
        yield from _judge_batch(batch, scanner)


def _judge_batch(batch: list[Line], scanner: Scanner) -> Iterator[Outcome]:
    results = scanner([(line.text, line.context) for line in batch])
    for line, result in zip(batch, results, strict=True):
        categories = tuple(dict.fromkeys(finding.policy for finding in result.findings))
        yield Outcome(line, categories, result)


def _by_category(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    codes = sorted({o.line.label for o in outcomes} | {code for o in outcomes for code in o.categories})
    table: dict[str, dict[str, Any]] = {}
    for code in codes:
        if code == NONE:
            continue
        labelled = [o for o in outcomes if o.line.label == code]
        returned = [o for o in outcomes if code in o.categories]
        right = sum(code == o.line.label or code in o.line.also for o in returned)
        found = sum(o.is_right for o in labelled)
        strict = sum(code in o.categories for o in labelled)
        precision, recall = _ratio(right, len(returned)), _ratio(found, len(labelled))
        table[code] = {
            "lines": len(labelled),
            "returned": len(returned),
            "precision": precision,
            "recall": recall,
            "recall_interval": wilson(found, len(labelled)),
            "f1": _f1(precision, recall),
            "strict_recall": _ratio(strict, len(labelled)),
        }
    return table


def report(outcomes: Sequence[Outcome], *, by: Iterable[str] = ()) -> Report:
    """Figures over all outcomes, and per group for each of ``by`` (see ``GROUPS``)."""
    groups = tuple(by)
    made = Report(categories=_by_category(outcomes))
    for outcome in outcomes:
        made.total.add(outcome)
        line = outcome.line
        keys = {"lang": line.lang, "function": line.function, "sender": line.context.sender}
        for group in groups:
            if group != "category":
                made.groups.setdefault(group, {}).setdefault(keys[group], Counts()).add(outcome)
        if outcome.is_positive != outcome.is_flagged or (outcome.is_positive and not outcome.is_right):
            made.errors.append(outcome)
    return made
