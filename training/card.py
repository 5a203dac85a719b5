"""Writes figures, thresholds and hashes into the marked part of the model card."""

import argparse
import json
from pathlib import Path
from typing import Any

START, END = "<!-- written by training/card.py -->", "<!-- end -->"
COLUMNS = (
    ("lines", "lines"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("f1", "F1"),
    ("category_accuracy", "right category"),
    ("false_alarms", "false alarms"),
    ("any_auc", "AUC"),
    ("ms_per_text", "CPU ms per text"),
)
GROUPS = ("all", "en", "cjk", "other", "customer")


def render(calibration: dict[str, Any], figures: dict[str, Any]) -> str:
    """The generated sections as Markdown."""
    parts = [
        f"Version `{calibration['version']}`.",
        "### Unseen lines and chats",
        _table(
            ["file", *(title for _, title in COLUMNS)],
            [
                [name, *(str(figures[key][column]) for column, _ in COLUMNS)]
                for key, name in (("dev", "`dev.jsonl`"), ("chats", "`chats.jsonl`, message by message"))
            ],
        ),
        "The linear gate, share of violations / of clean lines let through at 0.02, 0.05 and 0.1: "
        + "; ".join(f"{key}: {', '.join(figures[key]['gate_recall'].values())}" for key in ("dev", "chats"))
        + ".",
        "### Held-out part of the training data",
        _held_out(calibration["held_out"]),
        "### Thresholds",
        "The probability of any violation from which a message is reported, by its likeliest category.",
        _table(
            ["category", *GROUPS],
            [
                [code, *(str(groups[group]) for group in GROUPS)]
                for code, groups in calibration["thresholds"].items()
            ],
        ),
        "Calibration: "
        + ", ".join(f"{name} {value}" for name, value in calibration["calibration"].items())
        + ".",
        "### Hashes (sha256)",
        _table(
            ["file", "hash"],
            [
                [f"`{name}`", f"`{value}`"]
                for part in ("files", "data")
                for name, value in calibration[part].items()
            ],
        ),
    ]
    return "\n\n".join(parts)


def _held_out(figures: dict[str, Any]) -> str:
    rows, talk = [], []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows.append([name, *(str(number) for number in value.values())])
            heads = list(value)
        else:
            talk.append([name, value])
    false = _table(["clean talk, held out", "reported"], talk)
    return _table(["part", *(head.replace("_", " ") for head in heads)], rows) + "\n\n" + false


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--models", type=Path, required=True)
    options.add_argument("--card", type=Path, required=True)
    arguments = options.parse_args()
    calibration = json.loads((arguments.models / "calibration.json").read_text(encoding="utf-8"))
    figures = json.loads((arguments.models / "figures.json").read_text(encoding="utf-8"))
    before, _, rest = arguments.card.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    arguments.card.write_text(
        f"{before}{START}\n\n{render(calibration, figures)}\n\n{END}{after}", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
