"""Signed links: short-lived, made for one reader, and checked again at every use."""

from pathlib import Path

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import NotFound
from files.access import guest_hash
from files.models import Upload
from files.services import storage

MAX_AGE_S = 15 * 60
_signer = signing.TimestampSigner(salt="files.link")


def signed_path(upload: Upload, *, user: User | None = None, guest: str = "") -> str:
    """A path under which this reader, and nobody else, can fetch the file during the next 15 minutes."""
    token = _signer.sign(f"{upload.public_id.hex}.{_reader(user, guest)}")
    return reverse("files:download", args=[upload.public_id]) + f"?s={token.partition('.')[2]}"


def check_link(*, public_id, signature: str, user: User | None, guest: str) -> None:
    """Raise ``NotFound`` unless the signature is young and was made for this reader and this file."""
    try:
        value = _signer.unsign(f"{public_id.hex}.{signature}", max_age=MAX_AGE_S)
    except signing.BadSignature:
        raise NotFound(_("This link is no longer valid. Open the page again.")) from None
    if value != f"{public_id.hex}.{_reader(user, guest)}":
        raise NotFound(_("This link is no longer valid. Open the page again."))


def _reader(user: User | None, guest: str) -> str:
    if user is not None and user.is_authenticated:
        return f"u{user.pk}"
    return f"g{guest_hash(guest)[:24]}" if guest else "nobody"


def stored_path(upload: Upload, *, is_whole: bool = True) -> Path:
    """Where the bytes lie, or those of the copy with covered places.

    Only for an upload that came from ``files.access`` and is clean.
    """
    return storage.path_of(upload.storage_key if is_whole or not upload.masked_key else upload.masked_key)
