"""E-mail that comes in: added to its ticket, made a new one, or left alone; cleaned of quoted history.

Two doors deliver raw mails here: a signed webhook, and a poll of an IMAP mailbox. The same mail twice (by its
Message-ID) changes nothing. Auto-responders, mailing lists, bounces and our own mails are never answered, so
two programs cannot talk to each other. A mail without a ticket becomes one: nothing a person writes is lost.
"""

import email
import hashlib
import hmac
import imaplib
import logging
import re
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default as default_policy
from email.utils import getaddresses, parseaddr, parsedate_to_datetime

import nh3
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import reference_numbers
from core.errors import DomainError, Forbidden, RateLimited, Unavailable
from tickets.models import InboundMail, Ticket
from tickets.services.conversation import BODY_LIMIT, add_information
from tickets.services.mailed_tickets import Letter, kept_files, open_from_mail

logger = logging.getLogger(__name__)

Outcome = InboundMail.Outcome

# More than this from one address in an hour is a loop or an attack.
PER_HOUR = 20
HOOK_MAX_AGE_S = 300
LARGEST_MAIL = 30 * 1024 * 1024

_NUMBER = re.compile(r"T-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]", re.I)
_WROTE = "wrote|schrieb|escribió|a écrit|ha scritto|schreef|escreveu"
# Lines after which a mail program quotes what it answers to.
_QUOTE_STARTS = (
    re.compile(r"^\s*-{2,}\s*(original message|mensaje original|原始邮件|الرسالة الأصلية)\s*-{2,}", re.I),
    re.compile(rf"^\s*(on|am|el|le|il|op|em)\b.{{4,200}}\b({_WROTE})\s*:?\s*$", re.I),
    re.compile(r"^.{0,120}(写道|寫道|書きました|كتب)\s*[:：]\s*$"),
    re.compile(r"^\s*(from|von|de|发件人|寄件者|من)\s*[:：].+@.+", re.I),
    re.compile(r"^_{10,}\s*$"),
)
# A quote line that the mail program wrapped: "On … at 10:48, X\nwrote:".
_WRAPPED_START = re.compile(
    rf"\n(on|el|am|le)\b[^\n]{{4,200}}\n[^\n]{{0,80}}\b({_WROTE})\s*:\s*$.*", re.I | re.S
)
_SIGNATURE = re.compile(r"^-- ?$")
_SENT_FROM = re.compile(r"^\s*(sent from my|enviado desde mi|von meinem .* gesendet|发自我的)", re.I)

_AUTOMATIC_MARKS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Response-Suppress",
    "List-Id",
    "List-Unsubscribe",
)
_ROBOTS = {"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"}
# What responders without any of the marks above write into the subject.
_AUTOMATIC_SUBJECT = re.compile(
    r"^\W*(auto(matic|mated)?[ -]?(reply|response)|out of (the )?office|respuesta autom[aá]tica"
    r"|fuera de la oficina|automatische antwort|abwesenheit|r[eé]ponse automatique"
    r"|自动回复|自動回覆|رد تلقائي|undeliver(able|ed)|delivery status notification"
    r"|mail delivery fail(ed|ure))\b",
    re.I,
)


@dataclass(frozen=True)
class Reading:
    """What one mail is, before anything is decided. ``is_forged``: the mail server found the sender false."""

    message_id: str
    sender: str
    subject: str
    number: str
    text: str
    is_automatic: bool
    is_ours: bool
    is_forged: bool


def receive_from_webhook(*, raw: bytes, signature: str, sent_at: str) -> str:
    """Take one raw mail from the mail server. ``signature``: hex HMAC-SHA256 of ``sent_at + "." + raw``.

    Raises ``Forbidden`` for a wrong signature or one older than five minutes.
    """
    if not settings.INBOUND_MAIL_SECRET:
        raise Unavailable(_("Inbound e-mail is not set up here."))
    wanted = hmac.new(settings.INBOUND_MAIL_SECRET.encode(), sent_at.encode() + b"." + raw, hashlib.sha256)
    fresh = sent_at.isdigit() and abs(time.time() - int(sent_at)) <= HOOK_MAX_AGE_S
    if not fresh or not hmac.compare_digest(wanted.hexdigest(), signature):
        raise Forbidden(_("The signature does not fit."), code="bad_signature")
    return receive_mail(raw)


def poll_mailbox(*, limit: int = 50) -> int:
    """Read what is unseen in the IMAP mailbox of the settings. Returns how many mails were taken.

    A mail is marked as seen only after its row is committed, so a crash in between reads it again. One that
    cannot be dealt with is flagged for a person to look at, and does not hold up those behind it.
    """
    if not settings.INBOUND_IMAP_HOST:
        return 0
    taken = 0
    with imaplib.IMAP4_SSL(settings.INBOUND_IMAP_HOST, timeout=30) as box:
        box.login(settings.INBOUND_IMAP_USER, settings.INBOUND_IMAP_PASSWORD)
        box.select("INBOX")
        _, found = box.search(None, "UNSEEN")
        for key in found[0].split()[:limit]:
            box.store(key.decode(), "+FLAGS", _taken(box, key.decode()))
            taken += 1
    return taken


def _taken(box: imaplib.IMAP4_SSL, key: str) -> str:
    """Deal with one mail of the box; the flags it gets afterwards."""
    _, parts = box.fetch(key, "(BODY.PEEK[])")
    if not parts or not isinstance(parts[0], tuple):
        return "\\Seen"
    try:
        receive_mail(parts[0][1])
    except DatabaseError:
        raise
    except Exception:
        logger.exception("A mail in the mailbox could not be read; it is flagged there.")
        return "(\\Seen \\Flagged)"
    return "\\Seen"


def receive_mail(raw: bytes) -> str:
    """Deal with one raw mail and return the outcome. Safe to repeat: the Message-ID is remembered."""
    message = email.message_from_bytes(raw[:LARGEST_MAIL], policy=default_policy)
    assert isinstance(message, EmailMessage)
    reading = read(message)
    done = InboundMail.objects.filter(message_id=reading.message_id).first()
    if done:
        return done.outcome
    try:
        with transaction.atomic():
            row = InboundMail.objects.create(
                message_id=reading.message_id,
                sender=reading.sender[:254],
                subject=reading.subject[:250],
                outcome=Outcome.UNKNOWN,
            )
            ticket, outcome = _deal_with(message, reading)
            row.ticket, row.outcome = ticket, outcome
            row.save(update_fields=["ticket", "outcome"])
            return outcome
    except IntegrityError:
        return InboundMail.objects.get(message_id=reading.message_id).outcome


def read(message: EmailMessage) -> Reading:
    sender = parseaddr(_header(message, "From"))[1].lower()
    subject = _header(message, "Subject")
    raw_id = _header(message, "Message-ID").strip()
    if not raw_id or len(raw_id) > 250:
        raw_id = "hash:" + hashlib.sha256(raw_id.encode() or message.as_bytes()).hexdigest()
    return Reading(
        message_id=raw_id,
        sender=sender,
        subject=subject,
        number=_number(message, subject),
        text=strip_quotes(_text(message)),
        is_automatic=_is_automatic(message, sender),
        is_ours=_is_our_address(sender),
        is_forged=bool(re.search(r"\bdmarc=fail\b", _header(message, "Authentication-Results"), re.I)),
    )


def _header(message: EmailMessage, name: str) -> str:
    """A header as text, or "" when it is missing or too broken to decode."""
    try:
        return " ".join(str(make_header(decode_header(str(message.get(name, ""))))).split())
    except (UnicodeError, LookupError, ValueError):
        return ""


def _number(message: EmailMessage, subject: str) -> str:
    """The ticket's number: from the address it was sent to, the subject, or the thread it belongs to."""
    tos = [address for _, address in getaddresses([_header(message, "To"), _header(message, "Cc")])]
    for text in (*tos, subject, _header(message, "In-Reply-To"), _header(message, "References")):
        for found in _NUMBER.findall(text):
            try:
                return reference_numbers.parse(found, prefix="T")
            except ValueError:
                continue
    return ""


def _is_our_address(address: str) -> bool:
    ours = {parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower(), settings.SUPPORT_EMAIL.lower()}
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}" in ours


def _is_automatic(message: EmailMessage, sender: str) -> bool:
    """Written by a program: RFC 3834 and the marks that programs without it leave."""
    submitted = _header(message, "Auto-Submitted").lower()
    if submitted and submitted != "no":
        return True
    if _header(message, "Precedence").lower() in {"bulk", "junk", "list", "auto_reply"}:
        return True
    if any(message[name] for name in _AUTOMATIC_MARKS):
        return True
    if _AUTOMATIC_SUBJECT.match(_header(message, "Subject")):
        return True
    if message.get_content_type() in {"multipart/report", "message/delivery-status"}:
        return True
    name = sender.partition("@")[0]
    return not sender or name in _ROBOTS or _header(message, "Return-Path") == "<>"


def _text(message: EmailMessage) -> str:
    """The plain text, or the text of the HTML part with every tag gone."""
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        if part is None:
            return ""
        content = part.get_content()
    except (LookupError, UnicodeError, KeyError, ValueError):
        return ""
    if part.get_content_type() == "text/html":
        content = re.sub(r"(?i)<(br|/p|/div|/li|/tr)[^>]*>", "\n", content)
        content = re.sub(r"(?is)<blockquote.*", "", content)
        content = nh3.clean(content, tags=set())
        for code, sign in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")):
            content = content.replace(code, sign)
    return str(content)


def strip_quotes(text: str) -> str:
    """What the person wrote this time: without quoted history, signature and "sent from my phone"."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _SIGNATURE.match(line) or any(start.match(line) for start in _QUOTE_STARTS):
            break
        if line.lstrip().startswith(">") or _SENT_FROM.match(line):
            continue
        kept.append(line.rstrip())
    joined = "\n".join(kept)
    joined = _WRAPPED_START.sub("", joined)
    return re.sub(r"\n{3,}", "\n\n", joined).strip()[:BODY_LIMIT]


def _deal_with(message: EmailMessage, reading: Reading) -> tuple[Ticket | None, str]:
    if reading.is_ours:
        return None, Outcome.LOOP
    if reading.is_automatic:
        return None, Outcome.AUTOMATIC
    if reading.is_forged:
        return None, Outcome.REFUSED
    since = timezone.now() - timedelta(hours=1)
    if InboundMail.objects.filter(sender=reading.sender, received_at__gt=since).count() > PER_HOUR:
        return None, Outcome.LIMITED
    ticket = Ticket.objects.filter(number=reading.number).select_related("requester", "merged_into").first()
    if ticket is None:
        return _open_new(message, reading)
    ticket = ticket.merged_into or ticket
    # Whoever knows a number may not write in another's name: the address must be the one of the ticket.
    if reading.sender != ticket.requester_email.lower():
        return _open_new(message, reading, names=ticket)
    uploads, left_out = kept_files(message, user=ticket.requester, guest=f"mail:{ticket.number}")
    if not reading.text and not uploads:
        return ticket, Outcome.EMPTY
    try:
        add_information(
            ticket=ticket,
            author=ticket.requester,
            body=reading.text,
            uploads=uploads,
            client_ref=uuid.uuid5(uuid.NAMESPACE_URL, reading.message_id),
            via="email",
            left_out=left_out,
        )
    except DomainError as refusal:
        if refusal.code == "ticket_closed":
            return _open_new(message, reading, follows=ticket)
        return ticket, Outcome.REFUSED
    return ticket, Outcome.ADDED


def _open_new(
    message: EmailMessage, reading: Reading, *, follows: Ticket | None = None, names: Ticket | None = None
) -> tuple[Ticket | None, str]:
    """The mail becomes a ticket of its own. ``names``: somebody else's ticket whose number it carries."""
    letter = Letter(
        message_id=reading.message_id,
        sender=reading.sender,
        sender_name=parseaddr(_header(message, "From"))[0],
        subject=reading.subject,
        text=reading.text,
        languages=f"{_header(message, 'Content-Language')},{_header(message, 'Accept-Language')}",
        utc_offset=_utc_offset(message),
    )
    try:
        ticket = open_from_mail(message=message, letter=letter, follows=follows, names=names)
    except RateLimited:
        return None, Outcome.LIMITED
    except DomainError:
        return None, Outcome.REFUSED
    return ticket, Outcome.CREATED if ticket else Outcome.EMPTY


def _utc_offset(message: EmailMessage) -> int | None:
    """Whole hours east of UTC at the sender's; None when the mail does not say or names half an hour."""
    try:
        offset = parsedate_to_datetime(_header(message, "Date")).utcoffset()
    except (TypeError, ValueError, IndexError):
        return None
    if offset is None or offset.total_seconds() % 3600:
        return None
    return int(offset.total_seconds() // 3600)
