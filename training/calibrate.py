"""Chooses temperatures, the linear model's share and the thresholds on the held-out part.

Everything is measured on the files as the product runs them (int8), and written to `calibration.json`. A
category's threshold is the higher of two: the lowest probability of any violation that keeps false alarms on
held-out lines and chats in bounds, and one that keeps the category's false alarms on clean talk from other
services in bounds (measured in English, so it holds for English and unknown languages).
"""

import argparse
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from compliance.engine.models.linear import LinearModel
from compliance.engine.models.settings import (
    CATEGORIES,
    CUSTOMER_CATEGORIES,
    LANGUAGE_GROUPS,
    OTHER,
    Calibration,
    reported,
)
from compliance.engine.models.text_input import model_input
from compliance.engine.models.transformer import Transformer
from training.corpus import Example, file_hashes, read_check, read_corpus, read_own, read_public

log = logging.getLogger("calibrate")
SEED = 20_261_123
SELLER_ALLOWANCE = 0.01  # share of clean lines from other services that may raise any alarm
CUSTOMER_ALLOWANCE = 0.002
CASUAL_ALLOWANCE = 0.06  # of private text messages read as a seller's: "call me on my mobile" is one
# Shares of the clean held-out lines (nearly all look like a violation) and chat messages that may be
# reported.
ALLOWANCES = {"lines": 0.07, "own": 0.07, "chats": 0.035}
SHARES = (0.0, 0.15, 0.3, 0.5)  # of the linear model beside the transformer
CLEAN_SOURCES = ("bitext", "banking", "sms", "presidio", "everyday", "check")
GRID = np.round(np.arange(0.1, 0.96, 0.02), 2)
HIGHEST = 0.99
HATE = ("davidson", "edos", "hatemoji")
HATE_ROWS = 1_200


def fit_temperature(logs: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """The temperature with the lowest weighted negative log likelihood."""
    best = (np.inf, 1.0)
    for temperature in np.arange(0.5, 3.01, 0.05):
        scaled = _log_softmax(logs / temperature)
        loss = float(-(weights * scaled[np.arange(len(labels)), labels]).sum())
        best = min(best, (loss, round(float(temperature), 2)))
    return best[1]


def probabilities(logs: np.ndarray, temperature: float, examples: Sequence[Example]) -> np.ndarray:
    """As the product computes them: what doesn't bind a customer goes to `none`."""
    found = np.exp(_log_softmax(logs / temperature))
    bound = np.array([code in CUSTOMER_CATEGORIES or code == "none" for code in CATEGORIES])
    customers = np.array([example.sender == "customer" for example in examples])
    found[customers] *= bound
    found[:, -1] += 1 - found.sum(1)
    return found


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    logits = logits - logits.max(1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def common_threshold(found: np.ndarray, examples: Sequence[Example]) -> float:
    """The lowest probability of any violation that keeps false alarms on lines and chats in bounds."""
    clean = np.array([example.label == "none" for example in examples])
    sources = np.array([example.source for example in examples])
    violation = 1 - found[:, -1]
    for value in GRID:
        if all(
            (violation[clean & (sources == name)] >= value).mean() <= limit
            for name, limit in ALLOWANCES.items()
        ):
            return float(value)
    return float(GRID[-1])


def quiet_threshold(values: np.ndarray, allowed: float) -> float:
    """The lowest threshold with at most `allowed` (a share) of `values` at or above it."""
    if not len(values):
        return 0.0
    ordered = np.sort(values)[::-1]
    return float(min(HIGHEST, ordered[min(int(allowed * len(ordered)), len(ordered) - 1)] + 1e-4))


def choose_thresholds(found: np.ndarray, examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """By category and group: `all`, language groups, and `customer`."""
    common = common_threshold(found, examples)
    clean = np.array([example.label == "none" for example in examples])
    talk = clean & np.array([example.source in CLEAN_SOURCES for example in examples])
    customer = np.array([example.sender == "customer" for example in examples])
    group = np.array([LANGUAGE_GROUPS.get(example.lang, OTHER) for example in examples])
    casual = np.array([example.source == "sms" for example in examples])
    sellers = _quiet(found, talk & ~customer & ~casual, SELLER_ALLOWANCE)
    sellers = np.maximum(sellers, _quiet(found, talk & ~customer & casual, CASUAL_ALLOWANCE))
    served = _quiet(found, talk & customer, CUSTOMER_ALLOWANCE)
    check = talk & ~customer & np.array([example.source == "check" for example in examples])
    sellers = np.maximum(sellers, _quiet(found, check, SELLER_ALLOWANCE))
    thresholds: dict[str, dict[str, float]] = {}
    for number, code in enumerate(CATEGORIES[:-1]):
        every = max(common, sellers[number])
        by_group = {"all": every, "en": every, "cjk": common, "other": common}
        by_group["customer"] = max(common, served[number])
        thresholds[code] = {name: round(float(value), 3) for name, value in by_group.items()}
    log.info(
        "common threshold %.2f; groups %s", common, {name: int((group == name).sum()) for name in set(group)}
    )
    return thresholds


def _quiet(found: np.ndarray, rows: np.ndarray, allowance: float) -> np.ndarray:
    """One threshold for each category, so that all together stay within the allowance on `rows`.

    Every category gets a share of the allowance by how often it comes first there, so that one noisy category
    doesn't silence the others.
    """
    violation, top = 1 - found[rows, -1], found[rows, :-1].argmax(1)
    limits = np.zeros(len(CATEGORIES) - 1)
    if not len(violation):
        return limits
    allowed = allowance / 2
    while allowed > allowance / 1000:
        for number in range(len(limits)):
            limits[number] = quiet_threshold(np.where(top == number, violation, 0), allowed)
        if (violation >= limits[top]).mean() <= allowance:
            break
        allowed *= 0.85
    return limits


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = argparse.ArgumentParser()
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--models", type=Path, required=True, help="folder with the model files")
    options.add_argument("--version", required=True)
    arguments = options.parse_args()
    corpus = read_corpus(arguments.shared / "policy-corpus")
    public = read_public(arguments.shared / "public-data", seed=SEED)
    held = [example for example in corpus + read_own() if example.held_out]
    held += [example for example in public if example.held_out and example.source in CLEAN_SOURCES]
    held += read_check()
    inputs = [model_input(example.text, example) for example in held]
    labels = np.array([CATEGORIES.index(example.label) for example in held])
    own = np.array([example.source in ALLOWANCES for example in held])
    weights = np.where(own, 1.0, own.sum() / max(1, (~own).sum()))
    linear = LinearModel(arguments.models / "linear.npz").log_probabilities(inputs)
    gate_temperature = fit_temperature(linear, labels, weights)
    network = arguments.models / "transformer.onnx"
    share = 1.0
    logs = linear
    if network.is_file():
        deep = Transformer(network, arguments.models / "vocabulary.npz").log_probabilities(inputs)
        losses = {}
        for candidate in SHARES:
            mixed = deep + candidate * linear
            at = fit_temperature(mixed, labels, weights)
            scaled = _log_softmax(mixed / at)
            losses[candidate] = float(-(weights * scaled[np.arange(len(labels)), labels]).mean())
        share = min(losses, key=lambda candidate: losses[candidate])
        log.info("linear share: losses %s", losses)
        logs = deep + share * linear
    temperature = fit_temperature(logs, labels, weights)
    calibration = Calibration(network.is_file(), share, temperature, gate_temperature)
    found = probabilities(logs, temperature, held)
    thresholds = choose_thresholds(found, held)
    figures = measure(found, held, thresholds)
    figures["harassment, held-out public rows"] = measure_hate(
        arguments.models, calibration, public, thresholds
    )
    for name, value in figures.items():
        log.info("%s: %s", name, value)
    stored = {
        "version": arguments.version,
        "calibration": asdict(calibration),
        "thresholds": thresholds,
        "held_out": figures,
        "files": {
            path.name: _sha256(path)
            for path in sorted(arguments.models.glob("*"))
            if path.suffix in (".npz", ".onnx")
        },
        "data": file_hashes(arguments.shared / "policy-corpus", arguments.shared / "public-data"),
    }
    (arguments.models / "calibration.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def flags(
    found: np.ndarray, examples: Sequence[Example], thresholds: Mapping[str, Mapping[str, float]]
) -> np.ndarray:
    """(examples, categories), true where the product would report the category: see `models.reported`."""
    hit = np.zeros((len(examples), len(CATEGORIES) - 1), bool)
    for row, example in enumerate(examples):
        scores = dict(zip(CATEGORIES, found[row].tolist(), strict=True))
        for code in reported(scores, sender=example.sender, lang=example.lang, thresholds=thresholds):
            hit[row, CATEGORIES.index(code)] = True
    return hit


def measure(
    found: np.ndarray, examples: Sequence[Example], thresholds: Mapping[str, Mapping[str, float]]
) -> dict[str, object]:
    """Figures on own lines and chats, and false alarms on other talk."""
    hit = flags(found, examples, thresholds)
    flagged = hit.any(1)
    truth = np.array([example.label != "none" for example in examples])
    right = np.array(
        [
            any(hit[row, CATEGORIES.index(code)] for code in (example.label, *example.also) if code != "none")
            for row, example in enumerate(examples)
        ]
    )
    figures: dict[str, object] = {}
    for source in ALLOWANCES:
        here = np.array([example.source == source for example in examples])
        found_here = int((flagged & truth & here).sum())
        figures[source] = {
            "violations": int((truth & here).sum()),
            "clean": int((~truth & here).sum()),
            "precision": round(found_here / max(1, int((flagged & here).sum())), 3),
            "recall": round(found_here / max(1, int((truth & here).sum())), 3),
            "f1": round(2 * found_here / max(1, int((flagged & here).sum() + (truth & here).sum())), 3),
            "category_accuracy": round(float((right & truth & here).sum() / max(1, (truth & here).sum())), 3),
            "false_alarm_rate": round(
                float((flagged & ~truth & here).sum() / max(1, (~truth & here).sum())), 4
            ),
        }
    for source in CLEAN_SOURCES:
        for sender in ("customer", "seller"):
            here = np.array([example.source == source and example.sender == sender for example in examples])
            if here.any():
                figures[f"{source} as {sender}"] = f"{int((flagged & here).sum())} of {int(here.sum())}"
    return figures


def measure_hate(
    models: Path,
    calibration: Calibration,
    public: Sequence[Example],
    thresholds: Mapping[str, Mapping[str, float]],
) -> str:
    """Balanced accuracy and AUC on held-out rows of the hate data, all read as a seller's."""
    rows = [row for row in public if row.held_out and row.source.startswith(HATE)][:HATE_ROWS]
    rows = [replace(row, sender="seller") for row in rows]
    inputs = [model_input(row.text, row) for row in rows]
    logs = calibration.linear_share * LinearModel(models / "linear.npz").log_probabilities(inputs)
    if calibration.network:
        logs = logs + Transformer(models / "transformer.onnx", models / "vocabulary.npz").log_probabilities(
            inputs
        )
    found = probabilities(logs, calibration.temperature, rows)
    truth = np.array([row.label != "none" for row in rows])
    flagged = flags(found, rows, thresholds).any(1)
    balanced = (flagged[truth].mean() + (~flagged[~truth]).mean()) / 2
    order = np.argsort(np.argsort(1 - found[:, -1])) + 1
    area = (order[truth].sum() - truth.sum() * (truth.sum() + 1) / 2) / (truth.sum() * (~truth).sum())
    return f"{len(rows)} rows: balanced accuracy {balanced:.3f}, AUC {area:.3f}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
