"""The match lists of known files: adding, taking off, looking up."""

from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import require_staff
from accounts.models import StaffRole, User
from audit.services import record
from compliance import taxonomy
from compliance.access import role_names
from compliance.models import KnownFile
from core.errors import Conflict, Invalid, NotFound
from files.engine.perceptual import MIN_QUALITY, SAME_BITS

# Who may keep the lists: an entry acts on every file that will ever be sent.
KEEPERS = (StaffRole.SENIOR_REVIEWER, StaffRole.POLICY_MANAGER, StaffRole.TS_LEAD)
_HEX = frozenset("0123456789abcdef")


def matches(keys: Sequence[tuple[str, str, int]]) -> list[KnownFile | None]:
    """For every (sha256, fingerprint or "", its quality) the entry it matches: bytes before looks.

    The same look never makes a file good: a picture with a number drawn into it looks the same.
    """
    found: list[KnownFile | None] = []
    by_bytes = {
        row.value: row
        for row in KnownFile.objects.filter(
            kind=KnownFile.Kind.SHA256, value__in={key[0] for key in keys}, removed_at=None
        )
    }
    for sha256, fingerprint, quality in keys:
        entry = by_bytes.get(sha256)
        if entry is None and fingerprint and quality >= MIN_QUALITY:
            entry = _nearest_look(fingerprint)
        found.append(entry)
    return found


def _nearest_look(fingerprint: str) -> KnownFile | None:
    """The bad entry with the most similar look, if that counts as the same. The database scans the list."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM (
                SELECT id, bit_count(('x' || value)::bit(256) # ('x' || %s)::bit(256)) AS distance
                FROM compliance_knownfile
                WHERE kind = 'pdq' AND listing = 'bad' AND removed_at IS NULL
            ) near WHERE distance <= %s ORDER BY distance, id LIMIT 1
            """,
            [fingerprint, SAME_BITS],
        )
        row = cursor.fetchone()
    return KnownFile.objects.get(pk=row[0]) if row else None


@transaction.atomic
def add(
    *,
    listing: str,
    kind: str,
    value: str,
    reason: str,
    policy_code: str = "",
    case_reference: str = "",
    by: User | None,
) -> KnownFile:
    """Put a file on a list. ``by``: None for the import command. ``Conflict`` if it is on a list already."""
    if by is not None:
        require_staff(by, *KEEPERS)
    value = value.strip().lower()
    if kind not in KnownFile.Kind.values or len(value) != 64 or set(value) - _HEX:
        raise Invalid(_("A hash has 64 hexadecimal digits."), code="hash_invalid")
    if listing not in KnownFile.Listing.values:
        raise Invalid(_("A list is good or bad."), code="listing_invalid")
    if listing == KnownFile.Listing.GOOD:
        policy_code = ""
        if kind == KnownFile.Kind.PDQ:
            raise Invalid(_("Only the same bytes can be known to be fine."), code="listing_invalid")
    elif policy_code not in taxonomy.policies_by_code():
        raise Invalid(_("Choose the rule that the file breaks."), code="policy_missing")
    if not reason.strip():
        raise Invalid(_("Give a reason."), code="reason_missing")
    try:
        with transaction.atomic():
            entry = KnownFile.objects.create(
                listing=listing,
                kind=kind,
                value=value,
                policy_code=policy_code,
                reason=reason.strip()[:300],
                case_reference=case_reference,
                added_by=by,
            )
    except IntegrityError:
        raise Conflict(_("This file is on a list already."), code="already_listed") from None
    _audit("known_file.added", entry, by, reason)
    return entry


@transaction.atomic
def take_off(*, entry_id: int, reason: str, by: User) -> KnownFile:
    """Take a file off its list; what was decided because of it stays decided."""
    require_staff(by, *KEEPERS)
    if not reason.strip():
        raise Invalid(_("Give a reason."), code="reason_missing")
    entry = KnownFile.objects.select_for_update().filter(pk=entry_id, removed_at=None).first()
    if entry is None:
        raise NotFound(_("This file is on no list."))
    entry.removed_by, entry.removed_at = by, timezone.now()
    entry.save(update_fields=["removed_by", "removed_at"])
    _audit("known_file.removed", entry, by, reason)
    return entry


def _audit(action: str, entry: KnownFile, by: User | None, reason: str) -> None:
    record(
        action=action,
        actor=by,
        actor_role=role_names(by) if by is not None else "",
        target_type="known_file",
        target_id=entry.pk,
        target_label=f"{entry.kind} {entry.value[:12]}",
        reason=reason.strip()[:300],
        changes={
            "list": entry.listing,
            "kind": entry.kind,
            "value": entry.value,
            "policy": entry.policy_code,
            "case": entry.case_reference,
        },
    )
