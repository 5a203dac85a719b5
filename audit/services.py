"""Writing and checking the audit trail.

One chain for the whole installation. Numbers and hashes are given out under one advisory lock that is held to
the end of the caller's transaction: call ``record`` last, so that the lock is short and row locks come first.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from audit.models import AuditEntry, AuditHead

CHAIN_LOCK = 7_281_004_911  # an arbitrary key that nothing else uses
FIRST_PREVIOUS = "0" * 64
SIGNATURE_SALT = "audit.head"


class Actor(Protocol):
    @property
    def pk(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class BadEntry:
    """The first place where the trail is not what was written. ``number`` is the entry's number."""

    number: int
    problem: (
        str  # edited | missing | out_of_order | tail_cut | head_missing | head_forged | rewritten | anchor
    )
    detail: str


@dataclass(frozen=True, slots=True)
class Verification:
    entries: int
    bad: BadEntry | None

    @property
    def ok(self) -> bool:
        return self.bad is None

    def as_json(self) -> dict[str, object]:
        return {"ok": self.ok, "entries": self.entries, "bad": asdict(self.bad) if self.bad else None}


@transaction.atomic
def record(
    *,
    action: str,
    actor: Actor | None = None,
    actor_role: str = "",
    target_type: str,
    target_id: object,
    target_label: str = "",
    reason: str = "",
    changes: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Append one entry in the caller's transaction. ``changes`` holds plain values, no message text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    head = AuditHead.objects.filter(pk=AuditHead.THE_ONE).first()
    entry = AuditEntry(
        number=(head.number if head else 0) + 1,
        at=timezone.now(),
        action=action,
        actor_id=actor.pk if actor else None,
        actor_role=actor_role,
        target_type=target_type,
        target_id=str(target_id),
        target_label=target_label[:200],
        reason=reason,
        changes=_plain(changes or {}),
        previous_hash=head.entry_hash if head else FIRST_PREVIOUS,
    )
    entry.entry_hash = hash_of(entry)
    entry.save(force_insert=True)
    AuditHead.objects.update_or_create(
        pk=AuditHead.THE_ONE,
        defaults={
            "number": entry.number,
            "entry_hash": entry.entry_hash,
            "signature": _signature(entry.number, entry.entry_hash),
        },
    )
    return entry


def verify() -> Verification:
    """Walk the whole chain and compare its end with the signed head and with the anchors kept outside."""
    checked = 0
    previous_hash = FIRST_PREVIOUS
    anchors = _anchors()
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=2000):
        if bad := _problem_of(entry, expected_number=checked + 1, previous_hash=previous_hash):
            return Verification(checked, bad)
        if (anchored := anchors.pop(entry.number, None)) and anchored != entry.entry_hash:
            detail = "its hash is not the one that was written to the anchor file"
            return Verification(checked, BadEntry(entry.number, "anchor", detail))
        checked, previous_hash = entry.number, entry.entry_hash
    if bad := _problem_of_head(checked, previous_hash):
        return Verification(checked, bad)
    if anchors:
        detail = f"the anchor file knows entry {max(anchors)}, the table ends at {checked}"
        return Verification(checked, BadEntry(checked + 1, "tail_cut", detail))
    return Verification(checked, None)


def anchor_head() -> None:
    """Append the signed head to ``settings.AUDIT_ANCHOR_FILE``: an older head cannot be put back unseen."""
    path = _anchor_path()
    head = AuditHead.objects.filter(pk=AuditHead.THE_ONE).first()
    if path is None or head is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {"number": head.number, "entry_hash": head.entry_hash, "signature": head.signature}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 over the canonical JSON of everything in the entry but its own hash."""
    content = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": entry.action,
        "actor_id": entry.actor_id,
        "actor_role": entry.actor_role,
        "target_type": entry.target_type,
        "target_id": entry.target_id,
        "target_label": entry.target_label,
        "reason": entry.reason,
        "changes": entry.changes,
        "previous_hash": entry.previous_hash,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _problem_of(entry: AuditEntry, *, expected_number: int, previous_hash: str) -> BadEntry | None:
    if entry.number > expected_number:
        return BadEntry(expected_number, "missing", f"the next entry in the table is {entry.number}")
    if entry.number < expected_number:
        return BadEntry(entry.number, "out_of_order", f"expected number {expected_number}")
    if entry.entry_hash != hash_of(entry):
        return BadEntry(entry.number, "edited", "its content does not give its hash")
    if entry.previous_hash != previous_hash:
        return BadEntry(entry.number, "rewritten", "it does not follow on the entry before it")
    return None


def _problem_of_head(last_number: int, last_hash: str) -> BadEntry | None:
    head = AuditHead.objects.filter(pk=AuditHead.THE_ONE).first()
    if head is None:
        if last_number == 0:
            return None
        return BadEntry(last_number, "head_missing", "entries exist but the signed head is gone")
    if not _is_signed(head.number, head.entry_hash, head.signature):
        return BadEntry(head.number, "head_forged", "the head's signature is not ours")
    if head.number > last_number:
        return BadEntry(last_number + 1, "tail_cut", f"the signed head knows {head.number} entries")
    if head.number < last_number:
        return BadEntry(head.number + 1, "rewritten", "entries follow that the signed head does not know")
    if head.entry_hash != last_hash:
        return BadEntry(last_number, "rewritten", "the signed head holds another hash for it")
    return None


def _anchors() -> dict[int, str]:
    """Entry number → hash, from the anchor file; lines whose signature is not ours are left out."""
    path = _anchor_path()
    if path is None or not path.exists():
        return {}
    return dict(_signed_lines(path))


def _signed_lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                row = json.loads(line)
                number, entry_hash, signature = row["number"], row["entry_hash"], row["signature"]
            except (ValueError, KeyError, TypeError):
                continue  # A crash while writing leaves half a line at worst.
            if _is_signed(number, entry_hash, signature):
                yield number, entry_hash


def _anchor_path() -> Path | None:
    path = getattr(settings, "AUDIT_ANCHOR_FILE", None)
    return Path(path) if path else None


def _signature(number: int, entry_hash: str, secret: str | bytes | None = None) -> str:
    value = f"{number}:{entry_hash}"
    return salted_hmac(SIGNATURE_SALT, value, secret=secret, algorithm="sha256").hexdigest()


def _is_signed(number: int, entry_hash: str, signature: str) -> bool:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(_signature(number, entry_hash, key), signature) for key in secrets)


def _plain(value: object) -> object:
    """What JSON gives back unchanged, so that the hash of a stored entry can be computed again."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)  # floats too: PostgreSQL writes some of them differently
