"""Trained models: a linear n-gram gate, a light network and a small multilingual transformer. Plain Python,
numpy and onnxruntime.

`score_batch` gives the calibrated probability of each category, `gate_batch` the cheap probability of any
violation, `light_batch` what the light network thinks, at a hundredth of the transformer's cost. What the
figures are worth is written in `docs/model-card.md`. Nothing is loaded before the first call, so a process
that forks should call first in the child.
"""

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compliance.engine.models import settings
from compliance.engine.models.light import LightModel
from compliance.engine.models.linear import LinearModel
from compliance.engine.models.ngrams import EARLIER_LINES
from compliance.engine.models.settings import (
    CATEGORIES,
    CUSTOMER_CATEGORIES,
    MODEL_VERSION,
    THRESHOLDS,
    Calibration,
    ModelUnavailable,
    load_calibration,
    reported,
    threshold,
)
from compliance.engine.models.text_input import ContextLike, ModelInput, model_input
from compliance.engine.models.transformer import Transformer

__all__ = [
    "CATEGORIES",
    "MODEL_VERSION",
    "THRESHOLDS",
    "ModelUnavailable",
    "gate_batch",
    "light_batch",
    "reported",
    "score_batch",
    "threshold",
]

Items = Sequence[tuple[str, ContextLike]]
_loading = threading.Lock()


class _Models(NamedTuple):
    linear: LinearModel
    calibration: Calibration


def score_batch(items: Items) -> list[dict[str, float]]:
    """Calibrated probability of each category and of `none`, which add up to one, for each (text, context).

    A customer is bound by few rules: the probability of the others goes to `none`. Raises ModelUnavailable.
    """
    if not items:
        return []
    inputs = [model_input(text, context) for text, context in items]
    models = _linear()
    logs = np.zeros((len(inputs), len(CATEGORIES)), np.float32)
    if models.calibration.linear_share:
        logs += models.calibration.linear_share * models.linear.log_probabilities(inputs)
    if models.calibration.network:
        logs += _transformer().log_probabilities(inputs)
    probabilities = _calibrated(logs, models.calibration.temperature, inputs)
    return [dict(zip(CATEGORIES, row, strict=True)) for row in probabilities.tolist()]


def gate_batch(items: Items) -> list[float]:
    """Probability of any violation by the linear model alone, for each (text, context).

    Raises ModelUnavailable.
    """
    if not items:
        return []
    inputs = [model_input(text, context, earlier=EARLIER_LINES) for text, context in items]
    models = _linear()
    logs = models.linear.log_probabilities(inputs)
    probabilities = _calibrated(logs, models.calibration.gate_temperature, inputs)
    gate: list[float] = (1 - probabilities[:, -1]).tolist()
    return gate


def light_batch(items: Items) -> NDArray[np.float32]:
    """(texts, classes) probabilities by the light network, `none` last; as `score_batch` for customers.

    Raises ModelUnavailable.
    """
    inputs = [model_input(text, context) for text, context in items]
    if not inputs:
        return np.zeros((0, len(CATEGORIES)), np.float32)
    return _calibrated(_light().log_probabilities(inputs), 1.0, inputs)


def _calibrated(
    logs: NDArray[np.float32], temperature: float, inputs: Sequence[ModelInput]
) -> NDArray[np.float32]:
    """(texts, classes) probabilities after temperature, without the categories that don't bind the sender."""
    logits = logs / temperature
    logits -= logits.max(1, keepdims=True)
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(1, keepdims=True)
    bound = np.array([code in CUSTOMER_CATEGORIES or code == "none" for code in CATEGORIES])
    customers = np.array([item.role == "customer" for item in inputs])
    if customers.any():
        kept = probabilities[customers] * bound
        kept[:, -1] += 1 - kept.sum(1)
        probabilities[customers] = kept
    clipped: NDArray[np.float32] = np.clip(probabilities, 0.0, 1.0)
    return clipped


def _linear() -> _Models:
    with _loading:
        return linear_model()


def _light() -> LightModel:
    with _loading:
        return light_model()


def _transformer() -> Transformer:
    with _loading:
        return transformer_model()


@lru_cache(maxsize=1)
def linear_model() -> _Models:
    path = settings.FOLDER / "linear.npz"
    if not path.is_file():
        raise ModelUnavailable(f"{path.name} is missing")
    return _Models(LinearModel(path), load_calibration())


@lru_cache(maxsize=1)
def light_model() -> LightModel:
    network, vectors = settings.FOLDER / "light.onnx", settings.FOLDER / "light.npz"
    for path in (network, vectors):
        if not path.is_file():
            raise ModelUnavailable(f"{path.name} is missing")
    return LightModel(network, vectors, transformer_model().tokenizer)


@lru_cache(maxsize=1)
def transformer_model() -> Transformer:
    network, vocabulary = settings.FOLDER / "transformer.onnx", settings.FOLDER / "vocabulary.npz"
    for path in (network, vocabulary):
        if not path.is_file():
            raise ModelUnavailable(f"{path.name} is missing")
    return Transformer(network, vocabulary)
