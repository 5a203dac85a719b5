"""Take a file in, attach it to what it belongs to, and remove it."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Conflict, Forbidden, Invalid, RateLimited
from core.realtime import enqueue_on_commit
from files.access import guest_hash
from files.models import Reading, Upload
from files.services import checks, images, sniffing, storage

MIB = 1024 * 1024
# Uploads per minute, and bytes per day, of one person or guest (reliability: uploads 20 a minute).
PER_MINUTE = 20
DAILY_BYTES_USER = 500 * MIB
DAILY_BYTES_GUEST = 120 * MIB

SCAN_TASK = "files.tasks.scan_uploads"

_ALLOWED = _("JPEG, PNG or WebP pictures, PDF, MP4 or WebM videos, and plain text")


class IncomingFile(Protocol):
    """What Django's UploadedFile offers and this service needs."""

    name: str | None

    def chunks(self, chunk_size: int | None = None) -> Iterable[bytes]: ...


def store_upload(*, file: IncomingFile, purpose: str, user: User | None = None, guest: str = "") -> Upload:
    """Store one file in quarantine and have it scanned.

    The kind is decided by content; pictures are written anew without metadata. Exactly one of ``user`` and
    ``guest`` (the guest's secret token) is given. Raises ``Invalid`` with code ``file_empty``, ``file_type``,
    ``file_too_large``, ``image_too_large`` or ``image_broken``; ``RateLimited`` over the quota.
    """
    if (user is None) == (guest == ""):
        raise ValueError("An upload belongs to a user or to a guest.")
    owner = {"owner": user} if user else {"guest_hash": guest_hash(guest)}
    _check_quota(owner, DAILY_BYTES_USER if user else DAILY_BYTES_GUEST)
    arrived, made = storage.incoming(), None
    try:
        sent_sha256 = _receive(file, arrived)
        kind = sniffing.kind_of(arrived)
        size = arrived.stat().st_size
        if kind is None:
            raise Invalid(
                _("This kind of file can't be added. You can add %(kinds)s.") % {"kinds": _ALLOWED},
                code="file_type",
            )
        if size > kind.max_bytes:
            raise Invalid(
                _("This file has %(size)s MB. The limit for this kind is %(most)s MB.")
                % {"size": f"{size / MIB:.1f}", "most": kind.max_bytes // MIB},
                code="file_too_large",
                limit=kind.max_bytes,
            )
        width = height = None
        kept = arrived
        if kind in sniffing.IMAGES:
            kept = made = storage.incoming()
            width, height = images.reencode(arrived, made, kind)
        sha256, size = _digest(kept), kept.stat().st_size
        storage_key = storage.keep(kept)
    finally:
        arrived.unlink(missing_ok=True)
        if made:
            made.unlink(missing_ok=True)
    return _record(
        **owner,
        purpose=purpose,
        name=clean_name(file.name or "", kind.ending),
        content_type=kind.content_type,
        size=size,
        width=width,
        height=height,
        storage_key=storage_key,
        sha256=sha256,
        sent_sha256=sent_sha256,
    )


@transaction.atomic
def _record(**fields) -> Upload:
    upload = Upload.objects.create(**fields)
    enqueue_on_commit(SCAN_TASK, [upload.pk])
    return upload


def _receive(file: IncomingFile, target: Path) -> str:
    """Write the arriving bytes, refusing to go on past the largest size any kind may have."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        for piece in file.chunks():
            size += len(piece)
            if size > sniffing.LARGEST:
                raise Invalid(
                    _("This file is too large. At most %(most)s MB for videos, 10 MB for other files.")
                    % {"most": sniffing.LARGEST // MIB},
                    code="file_too_large",
                    limit=sniffing.LARGEST,
                )
            digest.update(piece)
            out.write(piece)
    if not size:
        raise Invalid(_("This file is empty."), code="file_empty")
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_quota(owner: dict, daily_bytes: int) -> None:
    now = timezone.now()
    mine = Upload.objects.filter(**owner)
    if mine.filter(created_at__gt=now - timedelta(minutes=1)).count() >= PER_MINUTE:
        raise RateLimited(
            _("You are adding files very fast. Try again in a minute."), code="uploads_too_fast"
        )
    used = mine.filter(created_at__gt=now - timedelta(days=1)).aggregate(total=Sum("size"))["total"] or 0
    if used >= daily_bytes:
        raise RateLimited(
            _("You have added %(most)s MB today, which is the limit. Try again tomorrow.")
            % {"most": daily_bytes // MIB},
            code="upload_quota",
        )


def clean_name(name: str, ending: str) -> str:
    """A name that is safe to show and to save: no folders, no control or direction marks, the true ending."""
    base = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    base = "".join(ch for ch in base if unicodedata.category(ch)[0] != "C").strip(" .")
    stem, dot, suffix = base.rpartition(".")
    same = suffix.lower() == ending or (ending == "jpg" and suffix.lower() == "jpeg")
    if dot and same:
        base = stem
    return f"{base[:120].strip(' .') or 'file'}.{ending}"


@transaction.atomic
def attach(*, upload: Upload, subject_kind: str, subject_id: int | str, is_looked_at: bool = False) -> Upload:
    """Bind an upload to what it belongs to, once. Doing it again for the same subject changes nothing.

    Where files are judged (chat, tickets) the other side gets it when that is done; ``is_looked_at``: the
    caller's quick look found nothing, so it is shown at once and the full judgement follows.
    """
    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    wanted = (subject_kind, str(subject_id))
    if upload.attached_at:
        if (upload.subject_kind, upload.subject_id) != wanted:
            raise Conflict(_("This file already belongs to something else."), code="upload_attached")
        return upload
    if upload.state in {Upload.State.INFECTED, Upload.State.REMOVED}:
        raise Forbidden(_("This file can't be used: malware was found in it."), code="upload_infected")
    upload.subject_kind, upload.subject_id = wanted
    upload.attached_at = timezone.now()
    if checks.is_judged(subject_kind):
        upload.held = Upload.Held.NOT if is_looked_at else Upload.Held.CHECKING
        checks.ask_for(*wanted)
    upload.save(update_fields=["subject_kind", "subject_id", "attached_at", "held"])
    return upload


@transaction.atomic
def remove_upload(*, upload: Upload) -> None:
    """Take away an upload that is not attached to anything yet; its bytes go after commit."""
    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    if upload.attached_at:
        raise Conflict(_("This file was already sent and stays with the record."), code="upload_attached")
    upload.state = Upload.State.REMOVED
    upload.save(update_fields=["state"])
    transaction.on_commit(lambda: storage.discard(upload.storage_key), robust=True)


@transaction.atomic
def erase_uploads(*, user_id: int) -> int:
    """Take away what an erased person sent in chats and tickets, bytes and name. Evidence stays."""
    kinds = [Upload.Purpose.CHAT, Upload.Purpose.TICKET]
    rows = Upload.objects.select_for_update().filter(owner=user_id, purpose__in=kinds)
    gone = [row for row in rows if row.state != Upload.State.REMOVED]
    for upload in gone:
        upload.state, upload.name = Upload.State.REMOVED, "removed"
        upload.save(update_fields=["state", "name"])
        transaction.on_commit(partial(storage.discard, upload.storage_key), robust=True)
    _forget_readings([upload.sha256 for upload in gone])
    return len(gone)


def _forget_readings(hashes: list[str]) -> None:
    """What was read from files that are gone goes too, unless somebody else sent the same file."""
    kept = Upload.objects.filter(sha256__in=hashes).exclude(state=Upload.State.REMOVED)
    gone = set(hashes) - set(kept.values_list("sha256", flat=True))
    Upload.objects.filter(sha256__in=gone).update(reading=None)
    Reading.objects.filter(sha256__in=gone).delete()


def remove_abandoned(*, older_than: timedelta = timedelta(days=30)) -> int:
    """Remove uploads that were never attached. Returns how many."""
    old = Upload.objects.filter(attached_at=None, created_at__lt=timezone.now() - older_than)
    count = 0
    for upload in old.exclude(state=Upload.State.REMOVED)[:500]:
        remove_upload(upload=upload)
        count += 1
    return count
