"""The key that signs transcripts, and the public halves of all keys that ever did.

The private key is the setting ``TRANSCRIPT_KEY`` or a file in the state folder, made on first use. The
database holds public keys only; they stay published for ever, so old transcripts stay verifiable.
"""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import TranscriptKey
from core.errors import Conflict


def signing_key() -> tuple[str, Ed25519PrivateKey]:
    """(key id, key) in force; its public half is published from now on."""
    key = Ed25519PrivateKey.from_private_bytes(_seed())
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key_id = key_id_of(public)
    _row, is_new = TranscriptKey.objects.get_or_create(
        key_id=key_id, defaults={"public_key": base64.b64encode(public).decode()}
    )
    if is_new:
        TranscriptKey.objects.exclude(key_id=key_id).filter(retired_at=None).update(retired_at=timezone.now())
    return key_id, key


def key_id_of(public: bytes) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the 32 bytes of the public key."""
    return hashlib.sha256(public).hexdigest()[:16]


def public_keys() -> list[TranscriptKey]:
    """All keys, the one in force first."""
    signing_key()
    return sorted(TranscriptKey.objects.all(), key=lambda key: (key.retired_at is not None, key.key_id))


def rotate() -> str:
    """Sign with a new key from now on; the old private half is destroyed. Returns the new key's id."""
    if settings.TRANSCRIPT_KEY:
        raise Conflict(
            _("The key is the setting TRANSCRIPT_KEY: change it there, and restart."), code="key_is_set"
        )
    signing_key()  # An old key that never signed is published all the same.
    fresh = _file().with_suffix(f".{os.getpid()}")
    _write(fresh, os.urandom(32))
    fresh.replace(_file())
    return signing_key()[0]


def _seed() -> bytes:
    text = settings.TRANSCRIPT_KEY or _from_file()
    try:
        seed = base64.b64decode(text, validate=True)
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise ImproperlyConfigured("TRANSCRIPT_KEY must be 32 bytes in base64.")
    return seed


def _file() -> Path:
    return Path(settings.STATE_DIR) / "transcript.key"


def _from_file() -> str:
    path = _file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        _write(draft, os.urandom(32))
        try:
            os.link(draft, path)  # Fails if another process was first: then its key is the one.
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
    return path.read_text().strip()


def _write(path: Path, seed: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(base64.b64encode(seed).decode())
