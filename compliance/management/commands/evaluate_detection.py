"""How well the engine judges labelled messages. Needs no database."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.engine.evaluation import GROUPS, CorpusError, Outcome, Report, judge, read_lines, report
from compliance.engine.pipeline import ruleset_version
from compliance.selectors.detection import EVALUATION

MEASURES = (
    "precision",
    "recall",
    "f1",
    "false_alarm_rate",
    "category_accuracy",
    "balanced_accuracy",
    "auc",
    "macro_f1",
    "macro_precision",
    "macro_recall",
)


class Command(BaseCommand):
    help = "Measures detection on line files and chat files of the policy corpus format."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
        parser.add_argument(
            "--by",
            action="extend",
            type=_groups,
            default=[],
            metavar="|".join(GROUPS),
            help="may be repeated, or several with commas between them",
        )
        parser.add_argument(
            "--save", action="store_true", help="keep the figures for the console: compliance/evaluation.json"
        )
        parser.add_argument(
            "--errors", type=_count, default=0, metavar="N", help="show the first N wrong lines"
        )

    def handle(
        self, *, files: list[Path], json: bool, by: list[str], errors: int, save: bool, **options: object
    ) -> None:
        try:
            lines = list(read_lines(files))
        except (CorpusError, OSError) as error:
            raise CommandError(str(error)) from None
        outcomes = list(judge(lines))
        made = report(outcomes, by=by)
        if save:
            keep(report(outcomes, by=("category", "lang")), files)
        if json:
            self.stdout.write(as_json(made, errors=errors))
        else:
            self.stdout.write(as_text(made, by=by, errors=errors))


def _groups(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        raise ArgumentTypeError(f"unknown group {unknown[0]!r}; known are {', '.join(GROUPS)}")
    return names


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no number of lines")
    return int(text)


def keep(made: Report, files: list[Path]) -> None:
    """Write what the console's page about detection shows. The files are named, their lines are not kept."""
    figures = {
        "date": datetime.now(tz=UTC).date().isoformat(),
        "ruleset": ruleset_version(),
        "files": [path.name for path in files],
        **made.as_dict(),
    }
    EVALUATION.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def as_json(made: Report, *, errors: int) -> str:
    """One object with the measures, and the first wrong lines when asked for."""
    figures = made.as_dict() | {"ruleset": ruleset_version()}
    if errors:
        figures["errors"] = [_error(outcome) for outcome in made.errors[:errors]]
    return json.dumps(figures, ensure_ascii=False)


def _error(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.line.id,
        "sender": outcome.line.context.sender,
        "label": outcome.line.label,
        "returned": list(outcome.categories),
        "text": outcome.line.text.encode("utf-8", "replace").decode(),  # No lone surrogates in the output.
        "suspicion": outcome.result.suspicion,
        "rules": [f"{finding.detector}.{finding.rule}" for finding in outcome.result.findings],
    }


def _share(value: float | None) -> str:
    return "     –" if value is None else f"{value:6.1%}"


def _between(interval: tuple[float, float] | None) -> str:
    return f"  (95 %: {interval[0]:.1%} to {interval[1]:.1%})" if interval else ""


def _table_row(key: str, row: dict[str, Any]) -> str:
    shares = " ".join(_share(row.get(name)) for name in ("precision", "recall", "f1", "false_alarm_rate"))
    return f"{key[:34]:34} {row['lines']:6} {shares}"


def as_text(made: Report, *, by: list[str], errors: int) -> str:
    """Tables for people."""
    figures = made.as_dict()
    low_high = figures["false_alarm_interval"]
    measures = {name: _share(figures[name]) for name in MEASURES}
    lines = [
        f"ruleset {ruleset_version()}",
        f"lines {figures['lines']}  violations {figures['positives']}  flagged {figures['flagged']}",
        "precision {precision}  recall {recall}  F1 {f1}".format(**measures),
        "false alarms {false_alarm_rate}  right category {category_accuracy}".format(**measures)
        + (f"  (95 % of false alarms: {low_high[0]:.1%} to {low_high[1]:.1%})" if low_high else ""),
        "balanced accuracy {balanced_accuracy}  AUC {auc}".format(**measures),
        "macro precision {macro_precision}".format(**measures)
        + _between(figures["macro_precision_interval"]),
        "macro recall {macro_recall}".format(**measures) + _between(figures["macro_recall_interval"]),
        "macro F1 {macro_f1}".format(**measures),
    ]
    for group in dict.fromkeys(by):
        lines += ["", f"{group:34} {'lines':>6} {'prec.':>6} {'recall':>6} {'F1':>6} {'false':>6}"]
        rows = figures["by"].get(group, {})
        lines += [_table_row(key, row) for key, row in rows.items()]
    for outcome in made.errors[:errors]:
        row = _error(outcome)
        text = row["text"].replace("\n", "⏎")
        lines += [
            "",
            f"{row['id']} {row['sender']}: {text}",
            f"   is {row['label']}, returned {row['returned']} {row['rules']}",
        ]
    return "\n".join(lines)
