"""Quality and speed of detection beside five peers from PyPI, in one run; the last line is JSON.

    make bench-detect        (or: python -m bench.detect [FILE…] [--texts N])

The peers are installed for the purpose (``bench/detect/requirements.txt``); a peer that is not installed is
listed as
absent. Disguises come from ``bench.detect.disguises``; FILE… are line files of the policy corpus for
end-to-end quality.
Timings are CPU time of one process on one core.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.detect.disguises import Sample, samples
from bench.detect.peers import PEERS
from compliance.engine.context import Context
from compliance.engine.evaluation import judge, read_lines, report
from compliance.engine.pipeline import ruleset_version, scan_batch, screen
from compliance.engine.reading import Reading
from compliance.engine.text import fold

SELLER = Context(sender="seller")
EVERYDAY = Path(__file__).with_name("everyday.txt")
PER_FAMILY = 20


def _microseconds(work: Callable[[str], object], texts: Sequence[str]) -> float:
    work(texts[0])
    began = time.process_time()
    for text in texts:
        work(text)
    return (time.process_time() - began) / len(texts) * 1e6


def _macro_recall(finds: Callable[[str], bool], disguised: Sequence[Sample]) -> float:
    families: dict[str, list[bool]] = {}
    for sample in disguised:
        families.setdefault(sample.family, []).append(finds(sample.text))
    return sum(sum(hits) / len(hits) for hits in families.values()) / len(families)


def _finds(text: str) -> bool:
    return bool(screen(text, SELLER).findings)


def stages(texts: Sequence[str]) -> dict[str, float]:
    """Microseconds per message of each stage."""
    pairs = [(text, SELLER) for text in texts]
    scan_batch(pairs[:50])
    began = time.process_time()
    scan_batch(pairs, use_models=False)
    rules = (time.process_time() - began) / len(pairs) * 1e6
    began = time.process_time()
    scan_batch(pairs)
    everything = (time.process_time() - began) / len(pairs) * 1e6
    return {
        "fold": _microseconds(fold, texts),
        "read": _microseconds(Reading, texts),
        "screen": _microseconds(lambda text: screen(text, SELLER), texts),
        "scan_rules": rules,
        "scan_rules_and_models": everything,
    }


def quality(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Macro recall on the disguises and false alarms on everyday texts, ours and the peers'."""
    suites = {kind: list(samples(kind, per_family=PER_FAMILY)) for kind in ("phones", "links", "keywords")}
    rows: dict[str, dict[str, Any]] = {}
    tools: dict[str, tuple[Callable[[str], bool], Sequence[str]]] = {"parley screen": (_finds, tuple(suites))}
    for name, peer in PEERS.items():
        loaded = peer.load()
        if loaded is None:
            rows[name] = {"absent": True}
        else:
            tools[name] = (loaded, peer.suites)
    for name, (finds, covered) in tools.items():
        row: dict[str, Any] = {kind: round(_macro_recall(finds, suites[kind]), 3) for kind in covered}
        row["false_alarms"] = round(sum(finds(text) for text in texts) / len(texts), 4)
        row["us"] = round(_microseconds(finds, texts), 1)
        rows[name] = row
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--texts", type=int, default=2_000, help="everyday texts to time on")
    arguments = parser.parse_args()
    lines = EVERYDAY.read_text(encoding="utf-8").splitlines()
    texts = (lines * (arguments.texts // len(lines) + 1))[: arguments.texts]
    made: dict[str, Any] = {"ruleset": ruleset_version(), "stages_us": {}, "tools": {}}
    made["stages_us"] = {name: round(value, 1) for name, value in stages(texts).items()}
    for name, value in made["stages_us"].items():
        print(f"{name:24} {value:9.1f} us/message {1e6 / value:10.0f} messages/s")
    made["tools"] = quality(lines)
    print(f"\n{'tool':24} {'phones':>8} {'links':>8} {'keywords':>9} {'false':>8} {'us':>9}")
    for name, row in made["tools"].items():
        cells = [row.get(kind, "–") for kind in ("phones", "links", "keywords", "false_alarms", "us")]
        print(f"{name:24} {cells[0]!s:>8} {cells[1]!s:>8} {cells[2]!s:>9} {cells[3]!s:>8} {cells[4]!s:>9}")
    if arguments.files:
        made["corpus"] = report(list(judge(read_lines(arguments.files)))).as_dict() | {"by": {}}
        print(f"\ncorpus: F1 {made['corpus']['f1']}, false alarms {made['corpus']['false_alarm_rate']}")
    print(json.dumps(made))


if __name__ == "__main__":
    main()
