"""Measure how often each phrase rule is right, and write it as the rule's confidence.

    python -m bench.detect.calibrate TRAIN_FILE… [--innocent TEXT_FILE…]

Only training files of the policy corpus belong here, never the files that figures are reported on; the
project's own lines and chats (``training/*.txt``) are read besides. ``--innocent`` takes plain texts, one a
line, in which no rule should speak (real talk of other services).
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from compliance.engine.context import Context
from compliance.engine.detectors.phrases import matching_rules
from compliance.engine.evaluation import read_lines
from compliance.engine.pipeline import BINDING_CUSTOMERS
from compliance.engine.reading import Reading
from compliance.engine.rules.veiled import VEILED_RULES
from training.corpus import read_own

TARGET = Path("compliance/engine/data/rule_confidence.tsv")
# A rule that was seen little keeps near its prior: three imagined cases of which 75 % were right.
PRIOR_CASES, PRIOR_RIGHT = 3, 2.25
# A wrong category is a third right: a person had to look anyway. An innocent line of the corpus counts twice,
# since the word lists were pruned on the same files; a line of real talk from elsewhere half.
WRONG_CATEGORY, FALSE_ALARM_WEIGHT, INNOCENT_WEIGHT = 0.33, 2.0, 0.5
# Words behind a disguise are too rare in any file: their rules keep the confidence they are written with.
UNMEASURED = frozenset(rule.name for rule in VEILED_RULES)


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled message, and how much a false alarm on it weighs."""

    text: str
    context: Context
    labels: tuple[str, ...]
    weight: float


def cases(files: list[Path]) -> Iterator[Case]:
    """The lines of ``files`` and the project's own lines and chats."""
    for line in read_lines(files):
        yield Case(line.text, line.context, (line.label, *line.also), FALSE_ALARM_WEIGHT)
    for one in read_own():
        yield Case(one.text, Context(sender=one.sender, history=one.history), (one.label, *one.also), 1.0)


def measure(files: list[Path], innocent: list[Path]) -> dict[str, float]:
    """Confidence by rule name."""
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for case in cases(files):
        for rule in matching_rules(Reading(case.text), case.context):
            if case.context.sender == "customer" and rule.policy not in BINDING_CUSTOMERS:
                continue
            if rule.name in UNMEASURED:
                continue
            is_clean = case.labels[0] == "none"
            seen[rule.name] += case.weight if is_clean else 1
            if rule.policy in case.labels:
                right[rule.name] += 1
            elif not is_clean:
                right[rule.name] += WRONG_CATEGORY
    for path in innocent:
        for text in path.read_text(encoding="utf-8").splitlines():
            for rule in matching_rules(Reading(text), Context(sender="seller")):
                seen[rule.name] += INNOCENT_WEIGHT
    return {name: (right[name] + PRIOR_RIGHT) / (seen[name] + PRIOR_CASES) for name in seen}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--innocent", nargs="*", type=Path, default=[])
    arguments = parser.parse_args()
    measured = measure(arguments.files, arguments.innocent)
    rows = (f"{name}\t{confidence:.2f}\n" for name, confidence in sorted(measured.items()))
    TARGET.write_text("".join(rows), encoding="utf-8")
    print(f"{len(measured)} rules measured")


if __name__ == "__main__":
    main()
