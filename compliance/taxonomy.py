"""The policy taxonomy, read from ``policies.yaml`` and checked. Pure: no Django, no database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

POLICIES_FILE = Path(__file__).with_name("policies.yaml")
SEVERITIES = ("low", "medium", "high", "critical")
ACTIONS = ("withhold", "mask", "review", "warn", "throttle", "automatic")
SIDES = ("seller", "customer")


class TaxonomyError(ValueError):
    """``policies.yaml`` breaks a rule of its own format; the text names the policy and the field."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy with its defaults. ``points_max`` and ``sub_rules`` hold the price of graver forms."""

    code: str
    title: str
    covers: str
    clause: str
    severity: str
    points: int
    action: str
    dsa_category: str | None
    lesson: str
    binds: tuple[str, ...]
    points_max: int
    sub_rules: Mapping[str, int] = field(default_factory=dict)
    withhold_at: float | None = None
    warn_before_send: bool = False
    needs_second_person: bool = False
    restricted_queue: bool = False


def _policy(row: Mapping[str, object]) -> Policy:
    values = dict(row)
    code = str(values.get("code", "?"))
    binds = values.get("binds") or []
    if not isinstance(binds, list) or not binds or set(binds) - set(SIDES):
        raise TaxonomyError(f"{code}: binds must list some of {', '.join(SIDES)}")
    values["binds"] = tuple(binds)
    values.setdefault("points_max", values.get("points"))
    try:
        policy = Policy(**values)  # type: ignore[arg-type]
    except TypeError as error:
        raise TaxonomyError(f"{code}: {error}") from None
    if policy.severity not in SEVERITIES:
        raise TaxonomyError(f"{code}: severity must be one of {', '.join(SEVERITIES)}")
    if policy.action not in ACTIONS:
        raise TaxonomyError(f"{code}: action must be one of {', '.join(ACTIONS)}")
    if not 0 < policy.points <= policy.points_max:
        raise TaxonomyError(f"{code}: points must be positive and at most points_max")
    if policy.withhold_at is not None and not 0 < policy.withhold_at <= 1:
        raise TaxonomyError(f"{code}: withhold_at must lie between 0 and 1")
    return policy


def read_policies(text: str) -> tuple[Policy, ...]:
    """Policies in file order. Raises ``TaxonomyError`` when a field is missing, unknown or out of range."""
    document = yaml.safe_load(text)
    if not isinstance(document, dict) or not isinstance(document.get("policies"), list):
        raise TaxonomyError("the file must hold a list named policies")
    policies = tuple(_policy(row) for row in document["policies"])
    codes = [policy.code for policy in policies]
    if doubled := {code for code in codes if codes.count(code) > 1}:
        raise TaxonomyError(f"listed twice: {', '.join(sorted(doubled))}")
    return policies


@lru_cache(maxsize=1)
def all_policies() -> tuple[Policy, ...]:
    """Every policy of ``policies.yaml``, gravest first as in the file."""
    return read_policies(POLICIES_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def policies_by_code() -> Mapping[str, Policy]:
    return {policy.code: policy for policy in all_policies()}


def get_policy(code: str) -> Policy:
    """The policy of that code; ``KeyError`` if there is none."""
    return policies_by_code()[code]


@lru_cache(maxsize=1)
def taxonomy_version() -> str:
    """Changes with every change of ``policies.yaml``: number in the file, dash, 8 hex digits of its
    SHA-256."""
    content = POLICIES_FILE.read_bytes()
    number = yaml.safe_load(content)["version"]
    return f"{number}-{hashlib.sha256(content).hexdigest()[:8]}"
