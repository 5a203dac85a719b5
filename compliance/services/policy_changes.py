"""New versions of policies: shops are told, see what changed word by word, and say that they have read it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from audit.services import record
from compliance.models import PolicyAcknowledgement, PolicyVersion
from notifications.services import notify
from shops.access import may
from shops.capabilities import Capability
from shops.models import Shop
from shops.selectors import member_ids_with

_PIECE = re.compile(r"\s+|\w+|[^\w\s]")
# What of a version a shop is judged by, in the order of the page.
TEXTS = ("title", "clause", "covers", "lesson")
FIGURES = ("severity", "points", "points_max", "action")


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of a text: ``kind`` is same, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a policy as it was and is; ``words`` for texts, ``old`` and ``new`` for figures."""

    field: str
    words: Sequence[Words]
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class VersionChange:
    version: PolicyVersion
    before: PolicyVersion
    changes: Sequence[Change]


def tell_shops(versions: Iterable[PolicyVersion]) -> None:
    """Owners and managers of every open shop hear of a version that replaces one; once for each."""
    replacing = [version for version in versions if version.number > 1 and _binds_shops(version)]
    for shop in Shop.objects.filter(status=Shop.Status.OPEN) if replacing else ():
        people = member_ids_with(shop.pk, Capability.LODGE_APPEAL)
        for version in replacing:
            notify(
                user_ids=people,
                kind="policy_changed",
                subject_key=f"policy-version:{version.pk}",
                dedupe=shop.slug,
                context={"policy": version.title, "shop": shop.name, "number": version.number},
                url=reverse("seller:policies", args=[shop.slug]),
            )


def unread_versions(shop: Shop) -> list[PolicyVersion]:
    """The newest version of each policy that replaced one since the shop began and that it has not read."""
    newest: dict[int, PolicyVersion] = {}
    rows = PolicyVersion.objects.filter(policy__is_active=True, effective_at__gt=shop.created_at)
    for version in rows.filter(number__gt=1).select_related("policy").order_by("policy__position", "number"):
        newest[version.policy_id] = version
    read = PolicyAcknowledgement.objects.filter(shop=shop).values_list("version_id", flat=True)
    return [row for row in newest.values() if _binds_shops(row) and row.pk not in set(read)]


def _binds_shops(version: PolicyVersion) -> bool:
    """Rules about messages name whom they bind; a rule about figures names nobody and is the shops'."""
    return not version.binds or "seller" in version.binds


def change_of(version: PolicyVersion) -> VersionChange | None:
    """What this version changed; None for a first one."""
    before = PolicyVersion.objects.filter(policy=version.policy, number=version.number - 1).first()
    if before is None:
        return None
    changes = [
        Change(name, diff(getattr(before, name), getattr(version, name)), "", "")
        for name in TEXTS
        if getattr(before, name) != getattr(version, name)
    ]
    changes += [
        Change(name, (), str(getattr(before, name)), str(getattr(version, name)))
        for name in FIGURES
        if getattr(before, name) != getattr(version, name)
    ]
    return VersionChange(version, before, changes)


def diff(old: str, new: str) -> list[Words]:
    """The texts word by word; without what was added it reads ``old``, without what was removed ``new``."""
    left, right = _PIECE.findall(old), _PIECE.findall(new)
    found: list[Words] = []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Words("same", "".join(left[a:b])))
            continue
        if a != b:
            found.append(Words("removed", "".join(left[a:b])))
        if c != d:
            found.append(Words("added", "".join(right[c:d])))
    return found


@transaction.atomic
def acknowledge(*, shop: Shop, user: User, version_ids: Iterable[int], now: datetime) -> int:
    """The shop has read these versions; how many were new. Doing it twice changes nothing."""
    if not may(user, shop, Capability.LODGE_APPEAL):
        return 0
    done = 0
    for version in unread_versions(shop):
        if version.pk not in set(version_ids):
            continue
        _, created = PolicyAcknowledgement.objects.get_or_create(
            shop=shop, version=version, defaults={"user": user, "acknowledged_at": now}
        )
        if not created:
            continue
        done += 1
        record(
            action="policy.acknowledged",
            actor=user,
            target_type="policy_version",
            target_id=str(version.pk),
            target_label=str(version),
            changes={"shop": shop.pk},
        )
    return done


def shops_without(version: PolicyVersion) -> list[Shop]:
    """Open shops older than this version that have not said that they read it."""
    rows = Shop.objects.filter(status=Shop.Status.OPEN, created_at__lt=version.effective_at)
    read = PolicyAcknowledgement.objects.filter(version=version).values("shop_id")
    return list(rows.exclude(pk__in=read).order_by("name"))
