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
from compliance.engine.models.settings import CATEGORIES
from compliance.engine.pipeline import Result, scan_batch

NONE = "none"
GROUPS = ("category", "lang", "function", "sender")
# Notices of the platform and the shop's automatic replies keep their own sender.
_SENDERS = frozenset({"customer", "seller", "auto", "platform"})
_BATCH = 256
Scanner = Callable[[Sequence[tuple[str, Context]]], list[Result]]


class CorpusError(ValueError):
    """A file breaks the corpus format; the text names file, line and reason."""


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
    # (suspicion, whether it is a violation) of every line, for the ranking.
    ranking: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.lines += 1
        self.positives += outcome.is_positive
        self.flagged += outcome.is_flagged
        self.hits += outcome.is_positive and outcome.is_flagged
        self.right += outcome.is_positive and outcome.is_right
        self.ranking.append((outcome.result.suspicion, outcome.is_positive))

    def figures(self) -> dict[str, Any]:
        """The measures of ``README.md`` of the corpus; a ratio without cases is ``None``."""
        innocent = self.lines - self.positives
        precision = _ratio(self.hits, self.flagged)
        recall = _ratio(self.hits, self.positives)
        false_alarms = _ratio(self.flagged - self.hits, innocent)
        balanced = None if recall is None or false_alarms is None else (recall + 1 - false_alarms) / 2
        return {
            "lines": self.lines,
            "positives": self.positives,
            "flagged": self.flagged,
            "precision": precision,
            "precision_interval": wilson(self.hits, self.flagged),
            "recall": recall,
            "recall_interval": wilson(self.hits, self.positives),
            "f1": _f1(precision, recall),
            "false_alarm_rate": false_alarms,
            "false_alarm_interval": wilson(self.flagged - self.hits, innocent),
            "category_accuracy": _ratio(self.right, self.positives),
            "balanced_accuracy": None if balanced is None else round(balanced, 4),
            "auc": auc(self.ranking),
        }


@dataclass(slots=True)
class Report:
    """Figures over all lines and by group."""

    total: Counts = field(default_factory=Counts)
    groups: dict[str, dict[str, Counts]] = field(default_factory=dict)
    categories: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[Outcome] = field(default_factory=list)
    shows_categories: bool = True

    def as_dict(self) -> dict[str, Any]:
        macro = [row for row in self.categories.values() if row["recall"] is not None]
        groups: dict[str, Any] = {
            name: {key: counts.figures() for key, counts in sorted(rows.items())}
            for name, rows in self.groups.items()
        }
        return {
            **self.total.figures(),
            "macro_precision": _mean([row["precision"] for row in macro]),
            "macro_precision_interval": _macro_interval(macro, "precision", "returned"),
            "macro_recall": _mean([row["recall"] for row in macro]),
            "macro_recall_interval": _macro_interval(macro, "recall", "lines"),
            "macro_f1": _mean([row["f1"] for row in macro]),
            "by": {**groups, **({"category": self.categories} if self.shows_categories else {})},
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


def _macro_interval(rows: Sequence[dict[str, Any]], measure: str, cases: str) -> tuple[float, float] | None:
    """The 95 % interval of an average of ratios, each with its own number of cases.

    Each ratio's variance is taken with one hit and one miss more than seen: 3 of 3 is not certain.
    """
    known = [(row[measure], row[cases]) for row in rows if row[measure] is not None]
    if not known:
        return None
    variance = 0.0
    for share, count in known:
        smoothed = (share * count + 1) / (count + 2)
        variance += smoothed * (1 - smoothed) / count
    middle = sum(share for share, _ in known) / len(known)
    spread = 1.96 * math.sqrt(variance) / len(known)
    return round(max(0.0, middle - spread), 4), round(min(1.0, middle + spread), 4)


def auc(ranking: Sequence[tuple[float, bool]]) -> float | None:
    """The chance that a violation ranks above an innocent line, equal scores counting half.

    ``ranking``: (score, whether it is a violation) of each line; ``None`` unless there are both kinds.
    """
    positives = sum(is_positive for _, is_positive in ranking)
    innocent = len(ranking) - positives
    if not positives or not innocent:
        return None
    above, below = 0.0, 0  # ``below``: innocent lines with a lower score than the group at hand
    groups: dict[float, list[int]] = {}
    for score, is_positive in ranking:
        groups.setdefault(score, [0, 0])[is_positive] += 1
    for score in sorted(groups):
        harmless, violations = groups[score]
        above += violations * (below + harmless / 2)
        below += harmless
    return round(above / (positives * innocent), 4)


def _turn(row: Any) -> Turn:
    if not isinstance(row, dict):
        raise ValueError("a message must be an object")
    if row.get("sender") not in _SENDERS:
        raise ValueError(f"unknown sender {row.get('sender')!r}" if "sender" in row else "no sender")
    if not isinstance(row.get("text"), str):
        raise ValueError("the text is no string" if "text" in row else "no text")
    return Turn(row["sender"], row["text"])


def _code(value: Any, *, of: str) -> str:
    if value not in CATEGORIES:
        raise ValueError(f"unknown category {value!r} in {of}")
    return str(value)


def _word(row: dict[str, Any], name: str) -> str:
    """A field that is only grouped by; a missing one is an empty word."""
    value = row.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is no string")
    return value


def _list(row: dict[str, Any], name: str) -> list[Any]:
    value = row.get(name) or []
    if not isinstance(value, list):
        raise ValueError(f"{name} is no list")
    return value


def _line(row: dict[str, Any], history: tuple[Turn, ...], *, lang: str, name: str) -> Line:
    turn = _turn(row)
    if "label" not in row:
        raise ValueError("no label")
    return Line(
        id=name,
        text=turn.text,
        context=Context(sender=turn.sender, history=history),
        label=_code(row["label"], of="label"),
        also=frozenset(_code(code, of="also") for code in _list(row, "also")),
        function=_word(row, "function"),
        lang=_word(row, "lang") or lang,
    )


def _lines_of(row: Any) -> Iterator[Line]:
    if not isinstance(row, dict):
        raise ValueError("not an object")
    name, lang = str(row.get("id", "")), _word(row, "lang")
    if "messages" not in row:
        history = tuple(_turn(turn) for turn in _list(row, "context"))
        yield _line(row, history, lang=lang, name=name)
        return
    if not _list(row, "messages"):
        raise ValueError("a chat without messages")
    said: list[Turn] = []
    for number, message in enumerate(row["messages"], start=1):
        try:
            turn = _turn(message)
            # A notice of the platform is part of what was said, and nobody's to judge.
            if turn.sender != "platform":
                yield _line(message, tuple(said), lang=lang, name=f"{name}/{number}")
        except ValueError as error:
            raise ValueError(f"message {number}: {error}") from None
        said.append(turn)


def read_lines(paths: Iterable[Path]) -> Iterator[Line]:
    """Judged messages of line files and chat files. Raises ``CorpusError``, also for a file without any."""
    for path in paths:
        found = 0
        for number, raw in _raw_lines(path):
            try:
                for line in _lines_of(json.loads(raw)):
                    found += 1
                    yield line
            except json.JSONDecodeError as error:
                raise CorpusError(
                    f"{path} line {number}: broken JSON at column {error.colno}: {error.msg}"
                ) from None
            except (ValueError, RecursionError) as error:
                raise CorpusError(f"{path} line {number}: {error}") from None
        if not found:
            raise CorpusError(f"{path}: no judged messages in this file")


def _raw_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number, text) of every line with something in it."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise CorpusError(f"{path} line {number}: no UTF-8: {error.reason}") from None
            if text:
                yield number, text


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
            "precision_interval": wilson(right, len(returned)),
            "recall": recall,
            "recall_interval": wilson(found, len(labelled)),
            "f1": _f1(precision, recall),
            "strict_recall": _ratio(strict, len(labelled)),
        }
    return table


def report(outcomes: Sequence[Outcome], *, by: Iterable[str] = ()) -> Report:
    """Figures over all outcomes, and per group for each of ``by`` (see ``GROUPS``; by category if none)."""
    groups = tuple(dict.fromkeys(by))
    made = Report(categories=_by_category(outcomes), shows_categories="category" in groups or not groups)
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
