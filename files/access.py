"""Who may read an upload: its sender, and then whoever may reach what it is attached to.

Apps above this one own the subjects, so each says at start-up how to ask: ``let_read("ticket", may_read)``
in its ``apps.py``. A kind nobody has announced can be read by nobody but the sender.
"""

import hashlib
from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import NotFound
from files.models import Upload

Reader = User | AnonymousUser | None
MayRead = Callable[[Reader, str, str], bool]

_rules: dict[str, MayRead] = {}
_whole: dict[str, MayRead] = {}
# What a reader hears about a file that is held back from them.
HELD = "held"


def let_read(subject_kind: str, may_read: MayRead, sees_held: MayRead | None = None) -> None:
    """Announce how to ask about a kind: ``may_read(user, subject_id, guest_token) -> bool``.

    ``sees_held``: the same question about a file that is masked or withheld from the other side.
    """
    _rules[subject_kind] = may_read
    if sees_held is not None:
        _whole[subject_kind] = sees_held


def sees_whole(upload: Upload, user: Reader, guest: str = "") -> bool:
    """Whether this reader, who may read the file, gets it as it was sent."""
    if not upload.held or is_sender(upload, user, guest):
        return True
    rule = _whole.get(upload.subject_kind)
    return rule is not None and rule(user, upload.subject_id, guest)


def seen_state(upload: Upload, *, is_whole: bool) -> str:
    """The state of a file as a reader hears it: ``held`` when it is kept from them."""
    if is_whole or upload.state != Upload.State.CLEAN:
        return upload.state
    if upload.held == Upload.Held.CHECKING:
        return Upload.State.QUARANTINED
    return HELD if upload.held == Upload.Held.WITHHELD else upload.state


def guest_hash(token: str) -> str:
    """How a guest's token is kept: never itself, so a leaked table opens nothing."""
    return hashlib.sha256(f"guest:{token}".encode()).hexdigest()


def may_read(upload: Upload, user: Reader, guest: str = "") -> bool:
    if upload.attached_at:
        rule = _rules.get(upload.subject_kind)
        if rule is not None and rule(user, upload.subject_id, guest):
            return True
    return is_sender(upload, user, guest)


def is_sender(upload: Upload, user: Reader, guest: str = "") -> bool:
    if user is not None and user.is_authenticated:
        return upload.owner_id is not None and upload.owner_id == user.pk
    return bool(guest) and upload.guest_hash == guest_hash(guest)


def get_upload(user: Reader, public_id: UUID | str, guest: str = "") -> Upload:
    """The upload, if this person may reach it. One answer for "not there" and "not yours"."""
    upload = Upload.objects.filter(public_id=public_id).exclude(state=Upload.State.REMOVED).first()
    if upload is None or not may_read(upload, user, guest):
        raise NotFound(_("No such file."))
    return upload


def get_loose_uploads(user: Reader, public_ids: list[UUID] | list[str], guest: str = "") -> list[Upload]:
    """This sender's own uploads that are not attached to anything yet, in the order asked for."""
    found = {
        str(u.public_id): u
        for u in Upload.objects.filter(public_id__in=public_ids, attached_at=None).select_related("reading")
    }
    mine = [found[str(key)] for key in public_ids if str(key) in found]
    mine = [u for u in mine if is_sender(u, user, guest) and u.state != Upload.State.REMOVED]
    if len(mine) != len(set(map(str, public_ids))):
        raise NotFound(_("One of the files is no longer there. Add it again."))
    return mine
