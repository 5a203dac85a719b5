"""A mail that belongs to no ticket becomes one, once per Message-ID, with its attachments.

A sender with an account gets it there; anybody else gets a guest ticket and the signed link. Whoever writes
by mail answers no form, so the topic is the one for mails, and the rules give it a better one by its words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from files.models import Upload
from files.services import store_upload
from tickets.models import Category, Ticket
from tickets.services.events import Author, Kind, append, lock
from tickets.services.submit import Submission, submit_ticket

CATEGORY = "by-email"
MOST_FILES = 6


@dataclass(frozen=True, slots=True)
class Letter:
    """What a new ticket is made of. ``languages``: what the mail's headers say, best first."""

    message_id: str
    sender: str
    sender_name: str
    subject: str
    text: str
    languages: str
    utc_offset: int | None


def open_from_mail(
    *, message: EmailMessage, letter: Letter, follows: Ticket | None = None, names: Ticket | None = None
) -> Ticket | None:
    """The ticket this mail becomes; None when there is nothing in it or nobody to answer to."""
    user = User.objects.filter(email__iexact=letter.sender, is_active=True).first()
    if user is None and not _may_be_answered(letter.sender):
        return None
    uploads, left_out = kept_files(message, user=user, guest=f"mail:{letter.message_id}")
    if not letter.text and not uploads:
        return None
    language = user.language if user else _language(letter.languages)
    with translation.override(language):
        subject = letter.subject or _("Your e-mail")
        text = letter.text or _("See the files.")
    ticket = submit_ticket(
        Submission(
            submit_ref=uuid5(NAMESPACE_URL, letter.message_id),
            category=Category.objects.get(code=CATEGORY),
            subject=subject,
            description=text,
            user=user,
            guest_email=letter.sender,
            guest_name=letter.sender_name[:80],
            channel=Ticket.Channel.EMAIL,
            language=language,
            time_zone=user.time_zone if user else _zone(letter.utc_offset),
            follows=follows,
            uploads=uploads,
            left_out=left_out,
        )
    ).ticket
    if names:
        data = {"to": names.number, "why": "named"}
        append(lock(ticket), Kind.LINKED, author_kind=Author.SYSTEM, is_public=False, data=data)
    return ticket


def _may_be_answered(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _language(wanted: str) -> str:
    """The first language of these headers that we speak; the platform's own when there is none."""
    for part in wanted.split(","):
        name = part.partition(";")[0].strip().lower()
        if not name:
            continue
        try:
            return translation.get_supported_language_variant(name)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def _zone(utc_offset: int | None) -> str:
    """A zone that shows the sender's own hours. POSIX counts these names westwards."""
    if not utc_offset or not -12 <= utc_offset <= 14:
        return "UTC"
    return f"Etc/GMT{-utc_offset:+d}"


class _Part:
    """An attachment in the shape that uploads take."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name: str | None = name
        self._data = data

    def chunks(self, chunk_size: int | None = None) -> Iterable[bytes]:
        return [self._data]


def kept_files(
    message: EmailMessage, *, user: User | None, guest: str
) -> tuple[list[Upload], list[dict[str, str]]]:
    """Attachments that may be kept, in quarantine, and ``{"name", "why"}`` of those that may not."""
    kept: list[Upload] = []
    left_out: list[dict[str, str]] = []
    for number, part in enumerate(message.iter_attachments()):
        name = (part.get_filename() or "file")[:120]
        if number >= MOST_FILES:
            left_out.append({"name": name, "why": "too_many"})
            continue
        raw = _bytes_of(part)
        if not raw:
            continue
        try:
            kept.append(
                store_upload(file=_Part(name, raw), purpose="ticket", user=user, guest="" if user else guest)
            )
        except DomainError as refusal:
            left_out.append({"name": name, "why": refusal.code})
    return kept, left_out


def _bytes_of(part: EmailMessage) -> bytes:
    """What is in an attachment; nothing when it is too broken to decode."""
    try:
        data = part.get_content()
    except (LookupError, UnicodeError, KeyError, ValueError, AttributeError):
        return b""
    if isinstance(data, str):
        return data.encode(errors="replace")
    return data if isinstance(data, bytes) else b""
