"""Figures of the models alone (no rules) on corpus files, after everything is chosen.

Reads `dev.jsonl` and `chats.jsonl`, which training and calibration never open; prints and stores one JSON
object. The figures of the whole engine come from `manage.py evaluate_detection`.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from compliance.engine.context import Context, Turn
from compliance.engine.models import MODEL_VERSION, gate_batch, reported, score_batch
from training.corpus import Example, read_chats, read_lines

BATCH = 64


def measure(examples: list[Example]) -> dict[str, object]:
    """Counts and ratios as in the corpus' README; `any_auc` ranks lines by the score of any violation."""
    items = [(example.text, context_of(example)) for example in examples]
    began = time.process_time()
    scores = [
        row for start in range(0, len(items), BATCH) for row in score_batch(items[start : start + BATCH])
    ]
    took = time.process_time() - began
    found = [
        reported(row, sender=example.sender, lang=example.lang)
        for row, example in zip(scores, examples, strict=True)
    ]
    positive = [example.label != "none" for example in examples]
    hits = sum(1 for is_positive, codes in zip(positive, found, strict=True) if is_positive and codes)
    flagged = sum(1 for codes in found if codes)
    right = sum(
        1
        for example, codes in zip(examples, found, strict=True)
        if set(codes) & {example.label, *example.also}
    )
    first = sum(1 for example, codes in zip(examples, found, strict=True) if codes[:1] == (example.label,))
    false = Counter(
        example.group
        for example, codes in zip(examples, found, strict=True)
        if example.label == "none" and codes
    )
    missed = Counter(
        example.label
        for example, codes in zip(examples, found, strict=True)
        if example.label != "none" and not codes
    )
    violations, clean = sum(positive), len(examples) - sum(positive)
    return {
        "lines": len(examples),
        "precision": round(hits / max(1, flagged), 4),
        "recall": round(hits / max(1, violations), 4),
        "f1": round(2 * hits / max(1, flagged + violations), 4),
        "category_accuracy": round(right / max(1, violations), 4),
        "first_category_accuracy": round(first / max(1, violations), 4),
        "false_alarms": f"{flagged - hits} of {clean}",
        "false_alarm_rate": round((flagged - hits) / max(1, clean), 4),
        "any_auc": round(auc([1 - row["none"] for row in scores], positive), 4),
        "gate_recall": _gate(items, positive),
        "ms_per_text": round(1000 * took / max(1, len(items)), 2),
        "missed_by_label": dict(missed.most_common()),
        "false_by_function": dict(false.most_common(12)),
    }


def context_of(example: Example) -> Context:
    history = tuple(Turn(turn.sender, turn.text) for turn in example.history)  # type: ignore[arg-type]
    return Context(sender=example.sender, history=history)  # type: ignore[arg-type]


def auc(values: list[float], positive: list[bool]) -> float:
    """Share of (violation, clean) pairs that are ranked rightly."""
    ranked = sorted(range(len(values)), key=lambda at: values[at])
    places = sum(place for place, at in enumerate(ranked, start=1) if positive[at])
    count = sum(positive)
    rest = len(values) - count
    return (places - count * (count + 1) / 2) / max(1, count * rest)


def _gate(items: list[tuple[str, Context]], positive: list[bool]) -> dict[str, str]:
    """For some gate values: share of violations and of clean lines let through."""
    values = gate_batch(items)
    rows = {}
    for limit in (0.02, 0.05, 0.1):
        kept = sum(
            1 for value, is_positive in zip(values, positive, strict=True) if is_positive and value >= limit
        )
        clean = sum(
            1
            for value, is_positive in zip(values, positive, strict=True)
            if not is_positive and value >= limit
        )
        rows[str(limit)] = (
            f"{kept / max(1, sum(positive)):.3f} / {clean / max(1, len(items) - sum(positive)):.3f}"
        )
    return rows


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True, help="JSON file to write; also printed")
    arguments = options.parse_args()
    corpus = arguments.shared / "policy-corpus"
    result = {
        "version": MODEL_VERSION,
        "dev": measure(list(read_lines(corpus / "dev.jsonl"))),
        "chats": measure(list(read_chats(corpus / "chats.jsonl"))),
    }
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    arguments.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
