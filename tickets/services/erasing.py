"""What a person wrote in tickets goes when the person is erased; number, times, topic and team stay."""

from django.db import transaction
from django.utils.translation import gettext_noop

from tickets.models import (
    ArticleVote,
    Feedback,
    GuestPass,
    InboundMail,
    Rating,
    Ticket,
    TicketDraft,
    TicketEvent,
)

REMOVED = gettext_noop("Removed")


def has_open_tickets(user_id: int) -> bool:
    """A shop's tickets are the shop's: only the person's own hold them."""
    mine = Ticket.objects.filter(requester=user_id).exclude(side=Ticket.Side.SELLER)
    return mine.exclude(state__in=[Ticket.State.SOLVED, Ticket.State.CLOSED]).exists()


@transaction.atomic
def erase_tickets(user_id: int) -> int:
    """Empty the person's words, and what others quoted to them. Returns how many tickets."""
    tickets = Ticket.objects.filter(requester=user_id).exclude(side=Ticket.Side.SELLER)
    ids = list(tickets.select_for_update().order_by("pk").values_list("pk", flat=True))
    # The only change that the history's trigger lets through: a text that becomes empty.
    TicketEvent.objects.filter(ticket__in=ids).exclude(body="").update(body="", data={})
    TicketEvent.objects.filter(ticket__in=ids, kind=TicketEvent.Kind.SUBMITTED).update(body="", data={})
    count = tickets.update(
        subject=REMOVED, details={}, device={}, guest_name="", tags=[], search=None, state=Ticket.State.CLOSED
    )
    Rating.objects.filter(ticket__in=ids).update(comment="")
    GuestPass.objects.filter(ticket__in=ids).delete()
    InboundMail.objects.filter(ticket__in=ids).update(sender="", subject="")
    TicketDraft.objects.filter(owner=user_id).delete()
    Feedback.objects.filter(user=user_id).delete()
    ArticleVote.objects.filter(voter=f"user:{user_id}").update(voter=f"erased:{user_id}", comment="")
    return count
