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
from django.utils.translation import gettext_noop

from compliance import taxonomy
from compliance.models import EnforcementScheme, Policy, PolicyVersion
from compliance.services.policy_changes import tell_shops
from core.errors import Invalid

ENFORCEMENT_FILE = Path(__file__).parents[1] / "enforcement.yaml"
DEFAULT_SCHEME = "rising"
SYNC_LOCK = 7_281_004_912  # an arbitrary key that nothing else uses
# The titles and rules of policies.yaml, for the catalogues: hints before sending name them in the reader's
# language. Decisions and statements quote a stored version as it is.
TRANSLATED = (
    gettext_noop("Safety of minors"),
    gettext_noop(
        "Nothing in chat may sexualise, groom, threaten or endanger a minor, or ask a child to"
        " keep secrets or to talk elsewhere."
    ),
    gettext_noop("Harmful files and software"),
    gettext_noop(
        "Do not send files, apps, extensions or remote-access requests that could harm or take"
        " over somebody's device."
    ),
    gettext_noop("Fraud and deception"),
    gettext_noop(
        "Do not deceive anybody for gain. Phishing, false refunds, advance fees and posing as "
        "the platform are forbidden."
    ),
    gettext_noop("Prohibited products"),
    gettext_noop(
        "Do not offer goods that may not be sold here, such as drugs, prescription medicine, "
        "weapons, protected animals, nicotine or forged papers."
    ),
    gettext_noop("Counterfeits and piracy"),
    gettext_noop("Do not offer fakes, replicas, or pirated or unlicensed copies."),
    gettext_noop("Harassment and threats"),
    gettext_noop(
        "Treat everybody with respect. Insults, threats, stalking and demeaning people for "
        "what they are are forbidden."
    ),
    gettext_noop("Sexual content"),
    gettext_noop("Do not send or offer sexual content, and do not make advances."),
    gettext_noop("Gambling"),
    gettext_noop("Do not invite customers to bet, to play for money or to buy lots."),
    gettext_noop("Customers' personal data"),
    gettext_noop("Use a customer's data only for their order, and never show it to anybody else."),
    gettext_noop("Moving a sale off the platform"),
    gettext_noop(
        "Purchases, payments and discounts stay on the platform. Do not invite customers to "
        "buy or pay anywhere else."
    ),
    gettext_noop("Extra payments"),
    gettext_noop(
        "Do not ask for money on top of the order, whether for shipping, returns, restocking, "
        "customs, warranty or tips."
    ),
    gettext_noop("Asking for personal data"),
    gettext_noop(
        "Do not ask for phone numbers, mail addresses, cards, codes, passwords or documents "
        "that the order does not need."
    ),
    gettext_noop("Influencing reviews"),
    gettext_noop("Do not ask for good reviews, offer anything for them, or press a customer to change one."),
    gettext_noop("Contact outside the chat"),
    gettext_noop(
        "Do not share or point to contact outside this chat, such as phone, mail, links, "
        "messengers, QR codes, accounts or a shop address."
    ),
    gettext_noop("Misleading offers"),
    gettext_noop(
        "Say about product, price, warranty and service only what is true and shown on the "
        "listing, and keep the terms of the order."
    ),
    gettext_noop("Asking the customer to cancel"),
    gettext_noop(
        "Do not ask a customer to cancel. If you cannot deliver, cancel the order yourself "
        "with the true reason."
    ),
    gettext_noop("Spam"),
    gettext_noop("Do not send advertising that nobody asked for, or the same message again and again."),
    gettext_noop("Low response rate"),
    gettext_noop(
        "Answer customers' messages within 24 hours; the weekly response rate must reach the "
        "floor of your rule pack."
    ),
)


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
