"""Who may reach a ticket: the person who asked, their shop, and the support desk.

A guest is known by the hash of their browser's cookie, which the signed link in the receipt has let in.
"""

import hmac

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.access import REVIEWERS, SUPPORT, is_staff_as
from accounts.models import User
from core import reference_numbers
from core.errors import Forbidden, NotFound
from files.access import guest_hash
from shops.access import shop_ids_where
from shops.capabilities import Capability
from tickets.models import Ticket, TicketDraft, TicketEvent

Person = User | AnonymousUser | None

_RELATED = (
    "category__parent",
    "team",
    "requester",
    "shop",
    "order",
    "conversation",
    "merged_into",
    "follows",
)


def parse_number(text: str) -> str:
    """The number as it is stored, from what somebody typed; ``NotFound`` if it can be no ticket number."""
    try:
        return reference_numbers.parse(text, prefix="T")
    except ValueError:
        raise NotFound(
            _("This is not a ticket number. It looks like T-7K3M-92QF-X."), code="number_invalid"
        ) from None


def own_tickets(user: Person, guest: str = "") -> QuerySet[Ticket]:
    """Tickets of this person or guest, and those of the shops whose tickets they manage."""
    if user is not None and user.is_authenticated:
        shops = shop_ids_where(user, Capability.MANAGE_TICKETS)
        mine = Q(requester=user) & ~Q(side=Ticket.Side.SELLER)
        # A shop's ticket belongs to the shop: whoever left the team can no longer read it.
        ours = Q(shop__in=shops) & (Q(side=Ticket.Side.SELLER) | Q(handled_by=Ticket.HandledBy.SHOP))
        return Ticket.objects.filter(mine | ours)
    if guest:
        passes = Q(guest_passes__guest_hash=guest_hash(guest), requester=None)
        return Ticket.objects.filter(passes, guest_passes__link_version=F("guest_link_version")).distinct()
    return Ticket.objects.none()


def get_ticket(user: Person, number: str, guest: str = "") -> Ticket:
    """The ticket, for the one who asked or their shop. One answer for "not there" and "not yours"."""
    ticket = own_tickets(user, guest).filter(number=parse_number(number)).select_related(*_RELATED).first()
    if ticket is None:
        raise NotFound(_("No such ticket, or it belongs to somebody else."))
    return ticket


def is_support(user: Person) -> bool:
    return user is not None and is_staff_as(user, *SUPPORT, *REVIEWERS)


def person_of_desk(user_id: int, session_key: str) -> str | None:
    """The first name of a logged-in person who works at the desk now; None for anybody else."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    logged_in = Session.objects.filter(session_key=session_key, expire_date__gt=timezone.now()).exists()
    return user.short_name if user and logged_in and is_support(user) else None


def desk_tickets(user: Person) -> QuerySet[Ticket]:
    """What the support desk may see: everything the platform handles, for support roles only."""
    if not is_support(user):
        return Ticket.objects.none()
    return Ticket.objects.select_related(*_RELATED, "assignee")


def get_desk_ticket(user: Person, number: str) -> Ticket:
    if not is_support(user):
        raise Forbidden(_("Your role does not open the support desk."))
    ticket = desk_tickets(user).filter(number=parse_number(number)).first()
    if ticket is None:
        raise NotFound(_("No such ticket."))
    return ticket


def may_read_files(user: Person, event_id: str, guest: str) -> bool:
    """Whether this person may open a file of this ticket event (the door that ``files`` asks)."""
    event = TicketEvent.objects.filter(pk=event_id).first()
    if event is None:
        return False
    if event.is_public and own_tickets(user, guest).filter(pk=event.ticket_id).exists():
        return True
    return is_support(user)


def sees_held_files(user: Person, event_id: str, _guest: str) -> bool:
    """The desk sees held files whole; whoever added a file does so as its sender."""
    return is_support(user)


def guest_key(ticket: Ticket) -> str:
    """The secret part of a guest's signed link. Raising ``guest_link_version`` makes old links useless."""
    value = f"{ticket.number}:{ticket.guest_email}:{ticket.guest_link_version}"
    return salted_hmac("tickets.guest_link", value, algorithm="sha256").hexdigest()[:40]


def ticket_by_guest_key(number: str, key: str) -> Ticket:
    """The guest's ticket that this signed link opens."""
    ticket = Ticket.objects.filter(number=parse_number(number), requester=None).first()
    if ticket is None or not hmac.compare_digest(guest_key(ticket), key):
        raise NotFound(_("This link is not valid. Use the newest link from our e-mail."))
    return ticket


def get_draft(user: Person, token: str, guest: str = "") -> TicketDraft:
    """A draft of this person or this browser."""
    drafts = TicketDraft.objects.select_related("category__parent", "category__team", "shop")
    if user is not None and user.is_authenticated:
        drafts = drafts.filter(Q(owner=user) | Q(guest_hash=guest_hash(guest)) if guest else Q(owner=user))
    elif guest:
        drafts = drafts.filter(guest_hash=guest_hash(guest), owner=None)
    else:
        drafts = drafts.none()
    draft = drafts.filter(token=token).first()
    if draft is None:
        raise NotFound(_("This draft is no longer there."))
    return draft
