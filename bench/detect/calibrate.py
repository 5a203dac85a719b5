"""Measure how often each phrase rule is right, and write it as the rule's confidence.

    python -m bench.detect.calibrate TRAIN_FILE… [--innocent TEXT_FILE…]

Only training files of the policy corpus belong here, never the files that figures are reported on.
``--innocent``
takes plain texts, one a line, in which no rule should speak (real talk of other services).
"""

import argparse
from collections import Counter
from pathlib import Path

from compliance.engine.context import Context
from compliance.engine.detectors.phrases import matching_rules
from compliance.engine.evaluation import read_lines
from compliance.engine.pipeline import BINDING_CUSTOMERS
from compliance.engine.reading import Reading

TARGET = Path("compliance/engine/data/rule_confidence.tsv")
# A rule that was seen little keeps near its prior: three imagined cases of which 75 % were right.
PRIOR_CASES, PRIOR_RIGHT = 3, 2.25
# A wrong category is a third right: a person had to look anyway. An innocent line counts twice, since the
# word lists
# were pruned on the same files; a line of real talk from elsewhere half.
WRONG_CATEGORY, FALSE_ALARM_WEIGHT, INNOCENT_WEIGHT = 0.33, 2.0, 0.5


def measure(files: list[Path], innocent: list[Path]) -> dict[str, float]:
    """Confidence by rule name."""
    right: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    for line in read_lines(files):
        for rule in matching_rules(Reading(line.text), line.context):
            if line.context.sender == "customer" and rule.policy not in BINDING_CUSTOMERS:
                continue
            cases[rule.name] += FALSE_ALARM_WEIGHT if line.label == "none" else 1
            if rule.policy == line.label or rule.policy in line.also:
                right[rule.name] += 1
            elif line.label != "none":
                right[rule.name] += WRONG_CATEGORY
    for path in innocent:
        for text in path.read_text(encoding="utf-8").splitlines():
            for rule in matching_rules(Reading(text), Context(sender="seller")):
                cases[rule.name] += INNOCENT_WEIGHT
    return {name: (right[name] + PRIOR_RIGHT) / (cases[name] + PRIOR_CASES) for name in cases}


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
