"""Private notes between a shop's people. They are no messages: no number, no clock, no screening, no export.

A note may quote what a customer said, so it is not scanned as something said to a customer.
"""

import re

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import Conversation, Note
from chat.models.notes import NOTE_CHARS
from chat.services import announcements, rate_limits
from core.errors import Forbidden, Invalid, NotFound

NOTES = rate_limits.Rate(per_second=1, burst=20)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@transaction.atomic
def write_note(*, conversation: Conversation, author: User, body: str, to: User | None = None) -> Note:
    """Keep a note at the end of the thread as it is now. ``to``: whom the conversation goes to with it."""
    rate_limits.take("note", author.pk, NOTES)
    last_seq = Conversation.objects.values_list("last_seq", flat=True).get(pk=conversation.pk)
    note = Note.objects.create(
        conversation=conversation, author=author, body=_checked(body), after_seq=last_seq, to=to
    )
    announcements.note_changed(note, shop_id=conversation.shop_id)
    return note


@transaction.atomic
def edit_note(*, conversation: Conversation, note_id: int, by: User, body: str) -> Note:
    """Only its author changes a note."""
    note = _own_note(conversation, note_id, by)
    note.body, note.edited_at = _checked(body), timezone.now()
    note.save(update_fields=["body", "edited_at"])
    announcements.note_changed(note, shop_id=conversation.shop_id)
    return note


@transaction.atomic
def remove_note(*, conversation: Conversation, note_id: int, by: User) -> None:
    """Only its author deletes a note; nothing of it is kept."""
    note = _own_note(conversation, note_id, by)
    announcements.note_changed(note, shop_id=conversation.shop_id, is_removed=True)
    note.delete()


def _own_note(conversation: Conversation, note_id: int, by: User) -> Note:
    note = (
        Note.objects.select_for_update(of=("self",))
        .select_related("author", "to")
        .filter(conversation=conversation, pk=note_id)
        .first()
    )
    if note is None:
        raise NotFound(_("No such note."))
    if note.author_id != by.pk:
        raise Forbidden(_("Only its author changes a note."))
    return note


def _checked(body: str) -> str:
    body = body.strip()
    if not body:
        raise Invalid(_("Write something first."), body=_("Write something first."))
    if len(body) > NOTE_CHARS or _UNSTORABLE.search(body):
        raise Invalid(_("A note has at most %(n)s characters of ordinary text.") % {"n": NOTE_CHARS})
    return body
