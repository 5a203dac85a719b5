"""The calibration that belongs to the model files: `calibration.json` beside them, written by training."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent

# The classes in the order of the models' outputs: the codes of policies.yaml, then `none`.
CATEGORIES = (
    "minor_safety",
    "harassment",
    "prohibited_products",
    "counterfeit_ip",
    "gambling",
    "fraud",
    "malware",
    "data_privacy",
    "sexual_content",
    "diverting_transactions",
    "additional_payments",
    "contact_redirect",
    "soliciting_personal_info",
    "cancel_request",
    "feedback_tampering",
    "spam",
    "misleading_offer",
    "none",
)
# What a customer can break: the other rules bind shops only.
CUSTOMER_CATEGORIES = frozenset({"minor_safety", "harassment", "fraud", "malware", "sexual_content"})
LANGUAGE_GROUPS = {
    "en": "en",
    "zh": "cjk",
    "ja": "cjk",
    "ko": "cjk",
}
OTHER = "other"


class ModelUnavailable(Exception):
    """A model file is missing: the caller must fall back to rules and say that a person should look."""


@dataclass(frozen=True)
class Calibration:
    """How log probabilities become calibrated ones.

    Deep (if there is a network) plus a share of linear, cooled.
    """

    network: bool
    linear_share: float
    temperature: float
    gate_temperature: float


def _stored() -> dict[str, object]:
    path = FOLDER / "calibration.json"
    if not path.is_file():
        return {}
    loaded: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def load_calibration() -> Calibration:
    """The stored calibration. Raises ModelUnavailable where it is missing."""
    stored = _stored().get("calibration")
    if not isinstance(stored, dict):
        raise ModelUnavailable("calibration.json is missing")
    return Calibration(**stored)


def _thresholds() -> Mapping[str, Mapping[str, float]]:
    stored = _stored().get("thresholds")
    return stored if isinstance(stored, dict) else {}


def _version() -> str:
    return str(_stored().get("version", "none"))


# category -> group -> probability of any violation from which a message with this top category is reported.
# Groups: a seller's language (`en`, `cjk`, `other`, `all` where it isn't known), and `customer`.
THRESHOLDS: Mapping[str, Mapping[str, float]] = _thresholds()
MODEL_VERSION: str = _version()
SECOND = 0.3  # a second category is reported beside the first from this probability of its own


def threshold(
    category: str,
    *,
    sender: str = "seller",
    lang: str = "",
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
) -> float:
    """The threshold of `category` for a sender and a language (ISO code; empty = unknown)."""
    by_group = (THRESHOLDS if thresholds is None else thresholds).get(category, {})
    group = LANGUAGE_GROUPS.get(lang, OTHER) if lang else "all"
    group = "customer" if sender == "customer" else group
    return by_group.get(group, by_group.get("all", 0.5))


def reported(
    scores: Mapping[str, float],
    *,
    sender: str = "seller",
    lang: str = "",
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
) -> tuple[str, ...]:
    """The categories that the models alone would report, the likeliest first; empty = clean.

    The probability of *any* violation decides whether to report, against the threshold of the likeliest
    category: a line that is surely wrong, but may be one of two things, is still reported.
    """
    ranked = sorted((code for code in scores if code != "none"), key=lambda code: scores[code], reverse=True)
    first = ranked[0]
    if 1 - scores["none"] < threshold(first, sender=sender, lang=lang, thresholds=thresholds):
        return ()
    return (first, *(code for code in ranked[1:] if scores[code] >= SECOND))
