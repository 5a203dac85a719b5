"""One thread for life: a chat that becomes a ticket, goes to the platform and comes back keeps its number.

Chat stays the place where people write; the ticket notes by reference what was said while it is open, so the
transcript is one and what compliance hides stays hidden. Locks are never nested the wrong way round: a stored
message holds its conversation and then its ticket, so nothing here calls chat while it holds a ticket.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import Conversation, Message
from chat.services import handling
from chat.services.hours import calendar_of
from chat.services.messages import send_message
from core.business_hours import next_opening
from core.errors import Conflict
from tickets.models import Category, Ticket, TicketEvent
from tickets.services import slas
from tickets.services.events import Author, Kind, append, lock
from tickets.services.submit import Submission, submit_ticket

HandledBy = Ticket.HandledBy
# What a shop has for an answer, from its next opening on (domain, section 3).
SHOP_ANSWERS_WITHIN = timedelta(hours=24)


def open_ticket_of(conversation_id: int) -> Ticket | None:
    """The open ticket of this conversation, if there is one."""
    rows = Ticket.objects.filter(conversation=conversation_id, merged_into=None)
    return rows.exclude(state__in=[Ticket.State.SOLVED, Ticket.State.CLOSED]).order_by("-pk").first()


def open_from_chat(
    *, conversation: Conversation, customer: User, submit_ref: UUID, handled_by: str, note: str = ""
) -> Ticket:
    """Make a chat a ticket, for the shop when it opens or for the platform now; one open ticket per chat.

    Asking for the platform while the shop has the ticket hands the same ticket over.
    """
    ticket = open_ticket_of(conversation.pk)
    if ticket is None:
        ticket = submit_ticket(_submission(conversation, customer, submit_ref, handled_by, note)).ticket
        if handled_by == HandledBy.SHOP:
            _promise_of_shop(ticket, conversation)
        _line(conversation, submit_ref, _("Continues as ticket %(n)s.") % {"n": ticket.number})
    if handled_by == HandledBy.PLATFORM:
        hand_to_platform(ticket=ticket, actor=customer)
    return ticket


def _submission(
    conversation: Conversation, customer: User, submit_ref: UUID, handled_by: str, note: str
) -> Submission:
    words = note.strip() or _unanswered_words(conversation) or _("I need help with this chat.")
    code = "chat-shop" if handled_by == HandledBy.SHOP else "chat-platform"
    return Submission(
        submit_ref=submit_ref,
        category=Category.objects.get(code=code),
        subject=words.split("\n")[0][:120],
        description=words,
        user=customer,
        shop=conversation.shop,
        channel=Ticket.Channel.CHAT,
        language=customer.language,
        time_zone=customer.time_zone,
        order=conversation.order,
        conversation=conversation,
        handled_by=handled_by,
    )


def _unanswered_words(conversation: Conversation) -> str:
    """What the customer wrote since somebody of the shop answered last."""
    rows = Message.objects.filter(conversation=conversation).exclude(state=Message.State.WITHHELD)
    answered = rows.filter(author_kind=Message.AuthorKind.MEMBER).order_by("-seq").first()
    mine = rows.filter(author_kind=Message.AuthorKind.CUSTOMER, seq__gt=answered.seq if answered else 0)
    return "\n".join(mine.order_by("-seq").values_list("body", flat=True)[:10][::-1])[:4000]


@transaction.atomic
def _promise_of_shop(ticket: Ticket, conversation: Conversation) -> None:
    """A shop's ticket is due by the shop's own clock: what runs in the chat, or 24 hours after it opens."""
    ticket = lock(ticket)
    opens = next_opening(calendar_of(conversation.shop), timezone.now())
    due = conversation.due_at or (opens + SHOP_ANSWERS_WITHIN if opens else None)
    ticket.answer_due_at, ticket.solve_due_at = due, None
    ticket.sla = {key: value for key, value in ticket.sla.items() if not key.endswith("_from")}
    ticket.sla["promised_at"] = due.isoformat() if due else None
    ticket.state = Ticket.State.WAITING_SELLER
    ticket.save(update_fields=["answer_due_at", "solve_due_at", "sla", "state"])


def hand_to_platform(*, ticket: Ticket, actor: User) -> None:
    """The platform answers from here on; what it handles never counts against the shop."""
    if ticket.conversation is None:
        raise Conflict(_("This ticket has no chat."), code="no_chat")
    handling.hand_over(conversation=ticket.conversation, to=Conversation.HandledBy.PLATFORM, actor=actor)
    _move_to(ticket, HandledBy.PLATFORM, actor)


def hand_back_to_shop(*, ticket: Ticket, agent: User) -> None:
    """The shop answers again; the ticket and its number stay."""
    if ticket.conversation is None:
        raise Conflict(_("This ticket has no chat."), code="no_chat")
    handling.hand_over(conversation=ticket.conversation, to=Conversation.HandledBy.SHOP, actor=agent)
    _move_to(ticket, HandledBy.SHOP, agent)


@transaction.atomic
def _move_to(ticket: Ticket, handled_by: str, actor: User) -> None:
    ticket = lock(ticket)
    now = timezone.now()
    is_agents = handled_by == HandledBy.SHOP
    if ticket.handled_by != handled_by:
        append(
            ticket,
            Kind.ROUTED,
            author_kind=Author.AGENT if is_agents else Author.REQUESTER,
            author=actor,
            data={"to": handled_by},
            at=now,
        )
    elif not is_agents and ticket.sla.get("answer_from"):
        return
    ticket.handled_by = handled_by
    if is_agents:
        slas.resume(ticket, now)
        slas.stop_answer_clock(ticket)
        ticket.state = Ticket.State.WAITING_SELLER
    else:
        ticket.sla = slas.promise_for(ticket.category, ticket.priority) | {"solve_from": now.isoformat()}
        slas.restart_answer_clock(ticket, now)
        due = ticket.answer_due_at
        ticket.sla["promised_at"] = due.isoformat() if due else None
        ticket.state = Ticket.State.OPEN
    ticket.save(update_fields=["handled_by", "state", *slas.CLOCK_FIELDS])


def say_in_chat(*, ticket: Ticket, agent: User, body: str, client_ref: UUID) -> int | None:
    """Put the desk's answer into the chat the ticket came from. Returns the message's id; safe to repeat."""
    if ticket.conversation is None or ticket.handled_by != HandledBy.PLATFORM:
        return None
    sent = send_message(
        conversation=ticket.conversation,
        author=agent,
        body=body,
        client_ref=client_ref,
        author_kind=Message.AuthorKind.PLATFORM,
    )
    return sent.message.pk


def _line(conversation: Conversation, submit_ref: UUID, words: str) -> None:
    """A line of the system in the chat, once per ticket."""
    send_message(
        conversation=conversation,
        author=None,
        body=words,
        client_ref=uuid5(submit_ref, "continues"),
        author_kind=Message.AuthorKind.SYSTEM,
    )


def note_messages(messages: Sequence[tuple[int, int, str]]) -> None:
    """Messages (id, conversation id, author kind) were stored; all but a few belong to no ticket.

    Runs on chat's hot path inside its transaction: one query, whatever the number of messages.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conversation_id FROM tickets_ticket WHERE conversation_id = ANY(%s)"
            " AND merged_into_id IS NULL AND state <> ALL(%s)",
            [[row[1] for row in messages], [str(Ticket.State.SOLVED), str(Ticket.State.CLOSED)]],
        )
        with_ticket = {row[0] for row in cursor.fetchall()}
    for message_id, conversation_id, author_kind in messages:
        if conversation_id in with_ticket:
            note_message(message_id=message_id, conversation_id=conversation_id, author_kind=author_kind)


@transaction.atomic
def note_message(*, message_id: int, conversation_id: int, author_kind: str) -> TicketEvent | None:
    """A message was stored in a chat: if the chat has an open ticket, whose turn it is changes with it."""
    if author_kind not in {Message.AuthorKind.CUSTOMER, Message.AuthorKind.MEMBER}:
        return None
    found = open_ticket_of(conversation_id)
    if found is None:
        return None
    message = Message.objects.get(pk=message_id)
    if not message.is_delivered:
        return None
    ticket = lock(found)
    data = {"message": message.pk, "seq": message.seq}
    if author_kind == Message.AuthorKind.CUSTOMER:
        event = append(
            ticket,
            Kind.ADDED,
            author_kind=Author.REQUESTER,
            author=ticket.requester,
            data=data,
            via="chat",
            at=message.created_at,
        )
        if ticket.state == Ticket.State.WAITING_CUSTOMER:
            slas.resume(ticket, message.created_at)
            ticket.state = Ticket.State.OPEN
        if ticket.handled_by == HandledBy.PLATFORM and ticket.first_answered_at and not ticket.answer_due_at:
            slas.restart_answer_clock(ticket, message.created_at)
    else:
        event = append(
            ticket,
            Kind.REPLIED,
            author_kind=Author.SHOP,
            author=message.author,
            data=data,
            via="chat",
            at=message.created_at,
        )
        ticket.first_answered_at = ticket.first_answered_at or message.created_at
        slas.stop_answer_clock(ticket)
        ticket.state = Ticket.State.OPEN
    ticket.save(update_fields=["state", "first_answered_at", *slas.CLOCK_FIELDS])
    return event
