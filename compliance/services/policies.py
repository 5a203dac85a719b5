"""Bringing the policy and scheme rows in line with ``policies.yaml`` and ``enforcement.yaml``."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance import taxonomy
from compliance.models import EnforcementScheme, Policy, PolicyVersion
from compliance.services.policy_changes import tell_shops
from core.errors import Invalid

ENFORCEMENT_FILE = Path(__file__).parents[1] / "enforcement.yaml"
DEFAULT_SCHEME = "rising"
SYNC_LOCK = 7_281_004_912  # an arbitrary key that nothing else uses


@dataclass(frozen=True, slots=True)
class Synced:
    """How many versions were added; both 0 when the rows were in line."""

    policies: int
    schemes: int


@transaction.atomic
def sync_policies() -> Synced:
    """Add a version for every policy and scheme that the files changed, and retire policies they dropped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SYNC_LOCK])
    now = timezone.now()
    wanted = taxonomy.all_policies()
    synced = [_sync_policy(policy, position, now) for position, policy in enumerate(wanted)]
    added = [version for version in synced if version is not None]
    tell_shops(added)
    Policy.objects.exclude(code__in=[policy.code for policy in wanted]).update(is_active=False)
    schemes = sum(_sync_scheme(row, now) for row in _scheme_rows())
    return Synced(len(added), schemes)


def current_version(code: str) -> PolicyVersion:
    """The version of a policy that is in force; ``Invalid`` if there is no such policy."""
    if version := _newest_version(code):
        return version
    sync_policies()  # A fresh database: the first decision must not need a command to have been run.
    if version := _newest_version(code):
        return version
    raise Invalid(_("There is no such policy."), code="unknown_policy")


def current_scheme() -> EnforcementScheme:
    """The version of the enforcement scheme that is in force."""
    if scheme := _newest_scheme():
        return scheme
    sync_policies()
    scheme = _newest_scheme()
    assert scheme is not None, "enforcement.yaml holds the default scheme"
    return scheme


def _newest_version(code: str) -> PolicyVersion | None:
    rows = PolicyVersion.objects.filter(policy__code=code, effective_at__lte=timezone.now())
    return rows.select_related("policy").order_by("-number").first()


def _newest_scheme() -> EnforcementScheme | None:
    rows = EnforcementScheme.objects.filter(code=DEFAULT_SCHEME, effective_at__lte=timezone.now())
    return rows.order_by("-number").first()


def _sync_policy(policy: taxonomy.Policy, position: int, now: datetime) -> PolicyVersion | None:
    """The version that was added, if the file says something new."""
    row, _ = Policy.objects.update_or_create(
        code=policy.code, defaults={"title": policy.title, "position": position, "is_active": True}
    )
    content = {**asdict(policy), "sub_rules": dict(policy.sub_rules), "binds": list(policy.binds)}
    content = {key: value for key, value in content.items() if key not in ("code", "warn_before_send")}
    content["dsa_category"] = policy.dsa_category or ""
    digest = _digest(content)
    newest = row.versions.order_by("-number").first()
    if newest and newest.digest == digest:
        return None
    version: PolicyVersion = row.versions.create(
        number=newest.number + 1 if newest else 1,
        taxonomy=taxonomy.taxonomy_version(),
        digest=digest,
        effective_at=now,
        **content,
    )
    return version


@lru_cache(maxsize=1)
def _scheme_rows() -> tuple[dict[str, Any], ...]:
    return tuple(yaml.safe_load(ENFORCEMENT_FILE.read_text(encoding="utf-8"))["schemes"])


def _sync_scheme(row: dict[str, Any], now: datetime) -> bool:
    content = {key: value for key, value in row.items() if key != "code"}
    digest = _digest(content)
    newest = EnforcementScheme.objects.filter(code=row["code"]).order_by("-number").first()
    if newest and newest.digest == digest:
        return False
    number = newest.number + 1 if newest else 1
    EnforcementScheme.objects.create(
        code=row["code"], number=number, digest=digest, effective_at=now, **content
    )
    return True


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
