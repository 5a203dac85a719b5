"""How good the automatic check is: measured on test files, and as reviewers saw it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import CharField, Count, Q, Value
from django.db.models.functions import Cast, Concat

from compliance.engine.evaluation import wilson
from compliance.models import Case, Finding

EVALUATION = Path(__file__).parents[1] / "evaluation.json"  # written by evaluate_detection --save

Interval = tuple[float, float] | None
_SUBJECT = Concat("subject_kind", Value(":"), Cast("subject_id", CharField()))


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of a table: shares in 0..1 with 95 % intervals; None where there was no case.

    ``wrong``: lines that were flagged so and should not have been.
    """

    code: str
    lines: int
    precision: float | None
    precision_interval: Interval
    recall: float | None
    recall_interval: Interval
    f1: float | None
    wrong: int
    false_alarm_rate: float | None = None
    false_alarm_interval: Interval = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The committed measurement: when, under which ruleset, on which files."""

    day: date
    ruleset: str
    files: Sequence[str]
    total: Measured
    categories: Sequence[Measured]
    languages: Sequence[Measured]


@dataclass(frozen=True, slots=True)
class Observed:
    """What reviewers made of the findings of one policy. ``precision``: confirmed of those decided."""

    code: str
    found: int
    decided: int
    upheld: int
    second_agrees: int
    second_asked: int

    @property
    def precision(self) -> float | None:
        return self.upheld / self.decided if self.decided else None

    @property
    def interval(self) -> Interval:
        return wilson(self.upheld, self.decided)


def evaluation() -> Evaluation | None:
    """The last measurement that was committed, or None if there is none."""
    return _read(EVALUATION, EVALUATION.stat().st_mtime_ns) if EVALUATION.is_file() else None


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> Evaluation:
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    by = stored["by"]
    return Evaluation(
        day=date.fromisoformat(stored["date"]),
        ruleset=stored["ruleset"],
        files=stored["files"],
        total=_of_lines("", stored),
        categories=[_of_category(code, row) for code, row in by["category"].items() if row["lines"]],
        languages=sorted(
            (_of_lines(code, row) for code, row in by["lang"].items()), key=lambda row: -row.lines
        ),
    )


def _of_category(code: str, row: dict[str, Any]) -> Measured:
    return _measured(code, row, named=row["returned"])


def _of_lines(code: str, row: dict[str, Any]) -> Measured:
    return replace(
        _measured(code, row, named=row["flagged"]),
        false_alarm_rate=row["false_alarm_rate"],
        false_alarm_interval=_pair(row["false_alarm_interval"]),
    )


def _measured(code: str, row: dict[str, Any], *, named: int) -> Measured:
    """``named``: how many lines were said to break the rule, or any rule."""
    right = round((row["precision"] or 0) * named)
    return Measured(
        code=code,
        lines=row["lines"],
        precision=row["precision"],
        precision_interval=wilson(right, named),
        recall=row["recall"],
        recall_interval=_pair(row["recall_interval"]),
        f1=row["f1"],
        wrong=named - right,
    )


def _pair(value: Sequence[float] | None) -> Interval:
    return (value[0], value[1]) if value else None


def observed(
    *, since: datetime, ruleset: str = "", lang: str = "", restricted: bool = False
) -> list[Observed]:
    """By policy, what was found since then and what reviewers made of it; imported history is left out.

    ``restricted``: with what only senior reviewers may see.
    """
    rows = Finding.objects.filter(found_at__gte=since).exclude(case__is_imported=True)
    if ruleset:
        rows = rows.filter(ruleset=ruleset)
    if lang:
        rows = rows.filter(lang=lang)
    if not restricted:
        rows = rows.exclude(case__is_restricted=True)
    settled = Q(case__status__in=[Case.Status.UPHELD, Case.Status.DISMISSED, Case.Status.OVERTURNED])
    counted = rows.values("policy_code").annotate(
        found=Count(_SUBJECT, distinct=True),
        decided=Count("case", distinct=True, filter=settled),
        upheld=Count("case", distinct=True, filter=Q(case__status=Case.Status.UPHELD)),
        agrees=Count("pk", filter=Q(opinion=Finding.Opinion.AGREES)),
        asked=Count("pk", filter=~Q(opinion="")),
    )
    return [
        Observed(row["policy_code"], row["found"], row["decided"], row["upheld"], row["agrees"], row["asked"])
        for row in counted.order_by("-found", "policy_code")
    ]


def languages_seen() -> list[str]:
    """Languages that findings were made in."""
    return list(Finding.objects.exclude(lang="").order_by("lang").values_list("lang", flat=True).distinct())
