"""What a person types is kept before it is sent, and becomes one ticket when it is."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from chat.access import get_conversation
from chat.models import Conversation
from core.errors import DomainError, Invalid
from files.access import get_loose_uploads, guest_hash
from files.models import Upload
from shops.access import get_order
from shops.models import Order, Shop
from tickets.access import get_ticket
from tickets.models import Category, Ticket, TicketDraft
from tickets.services.submit import Submission, Submitted, submit_ticket

# How long a text may be: a line, and a text of several lines.
LINE, LONG, DESCRIPTION = 300, 4000, 8000


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who fills in the form: a member, or a guest known by their browser's token."""

    user: User | None
    guest: str = ""
    language: str = "en"
    time_zone: str = "UTC"


@transaction.atomic
def save_draft(
    *,
    sender: Sender,
    category: Category,
    data: dict[str, Any],
    draft: TicketDraft | None = None,
    shop: Shop | None = None,
) -> TicketDraft:
    """Keep what was typed so far; nothing is checked yet. ``data`` holds plain JSON values."""
    if draft is None:
        draft = TicketDraft(
            owner=sender.user, guest_hash="" if sender.user else guest_hash(sender.guest), shop=shop
        )
    draft.category = category
    draft.data = {key: _cut(value) for key, value in data.items()}
    draft.save()
    return draft


def _cut(value: Any) -> Any:
    return value[:DESCRIPTION] if isinstance(value, str) else value


@transaction.atomic
def discard_draft(*, draft: TicketDraft) -> None:
    draft.delete()


def note_article(*, draft: TicketDraft, slug: str) -> None:
    """Remember that this person opened a suggested article while writing."""
    if slug not in draft.articles_read:
        draft.articles_read = [*draft.articles_read, slug]
        draft.save(update_fields=["articles_read"])


def missing_fields(draft: TicketDraft) -> dict[str, str]:
    """What must still be said before this draft can be sent: field key -> words for the person."""
    data, missing = draft.data, {}
    if not str(data.get("subject", "")).strip():
        missing["subject"] = _("Give it a short title.")
    if len(str(data.get("description", "")).strip()) < 10:
        missing["description"] = _("Say what happened, in a sentence or two.")
    for field in draft.category.fields:
        if field.get("required") and not str(data.get(field["key"], "")).strip():
            missing[field["key"]] = _("This is needed to help you.")
    if draft.owner_id is None and not str(data.get("email", "")).strip():
        missing["email"] = _("We need an e-mail address to answer to.")
    return missing


def submit_draft(*, draft: TicketDraft, sender: Sender, channel: str = Ticket.Channel.WEB) -> Submitted:
    """Send the draft. Sending it again gives the ticket it became, so a lost answer does no harm."""
    if missing := missing_fields(draft):
        raise Invalid(_("Something is still missing."), code="fields_missing", fields=missing)
    submission = _submission(draft, sender, channel)
    result = submit_ticket(submission)
    TicketDraft.objects.filter(pk=draft.pk, submitted_at=None).update(submitted_at=timezone.now())
    return result


def _submission(draft: TicketDraft, sender: Sender, channel: str) -> Submission:
    data, user = draft.data, sender.user
    known = {field["key"] for field in draft.category.fields}
    order = _order(user, data.get("order"))
    return Submission(
        submit_ref=draft.token,
        category=draft.category,
        subject=str(data["subject"]).strip(),
        description=str(data["description"]).strip(),
        user=user,
        guest_email=str(data.get("email", "")).strip(),
        guest_name=str(data.get("name", "")).strip()[:80],
        guest="" if user else sender.guest,
        shop=draft.shop or (order.shop if order else None),
        side=_side(draft, user),
        channel=data["channel"] if data.get("channel") in Ticket.Channel.values else channel,
        language=sender.language,
        time_zone=sender.time_zone,
        impact=str(data.get("impact", "")),
        details={key: data[key] for key in known if data.get(key) and key != "order"}
        | ({"order": data["order"]} if data.get("order") and not order else {})
        | ({"page": str(data["page"])[:200]} if data.get("page") else {}),
        device={key: data[key] for key in ("device", "os", "app") if data.get("device_ok") and data.get(key)},
        order=order,
        conversation=_conversation(user, data.get("conversation")),
        follows=_earlier(sender, data.get("follows")),
        uploads=loose_uploads(draft, sender),
    )


def _side(draft: TicketDraft, user: User | None) -> str:
    if user is None:
        return Ticket.Side.GUEST
    return Ticket.Side.SELLER if draft.shop else Ticket.Side.CUSTOMER


def loose_uploads(draft: TicketDraft, sender: Sender) -> list[Upload]:
    """The files added so far that can still be sent, infected and vanished ones left out."""
    ready = []
    for key in draft.data.get("files", []):
        try:
            ready += get_loose_uploads(sender.user, [key], sender.guest)
        except DomainError:
            continue
    return [upload for upload in ready if upload.state != Upload.State.INFECTED]


def _order(user: User | None, number: Any) -> Order | None:
    """The person's own order of this number; a guest's stays as words."""
    if not number or user is None:
        return None
    try:
        return get_order(user, str(number))
    except DomainError:
        return None


def _conversation(user: User | None, pk: Any) -> Conversation | None:
    if not str(pk or "").isdigit() or user is None:
        return None
    try:
        return get_conversation(user, int(pk))
    except DomainError:
        return None


def _earlier(sender: Sender, number: Any) -> Ticket | None:
    if not number:
        return None
    try:
        return get_ticket(sender.user, str(number), sender.guest)
    except DomainError:
        return None


def clean_drafts(*, older_than_days: int = 90) -> int:
    """Remove drafts nobody came back to. Returns how many."""
    limit = timezone.now() - timedelta(days=older_than_days)
    return TicketDraft.objects.filter(updated_at__lt=limit).delete()[0]


def number_of(draft: TicketDraft) -> str:
    """Number of the ticket this draft has become; "" before."""
    ticket = Ticket.objects.filter(submit_ref=draft.token).only("number").first()
    return ticket.number if ticket else ""
