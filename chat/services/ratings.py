"""Rating a chat when it is over: offered by rule, stored once per session, open to change for a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import Conversation, Message, Rating, Session
from chat.models.ratings import WORDS_CHARS
from compliance.services.screening import screen_text
from core.errors import Conflict, Forbidden, Invalid

SILENT_AFTER = timedelta(hours=4)  # An answered chat without a word for so long is over.
OFFERED_FOR = timedelta(days=14)
CHANGED_WITHIN = timedelta(days=1)


def session_to_rate(conversation: Conversation, *, now: datetime) -> Session | None:
    """The conversation's latest session if its customer may rate it now: it is resolved, silent after an
    answer, or past its deadline without one."""
    session = Session.objects.filter(conversation=conversation).order_by("-first_seq").first()
    if session is None or now - session.last_message_at > OFFERED_FOR:
        return None
    is_resolved = conversation.status == Conversation.Status.RESOLVED
    is_silent = session.answered_at is not None and now - session.last_message_at >= SILENT_AFTER
    is_unanswered = session.answered_at is None and session.deadline is not None and session.deadline <= now
    if not (is_resolved or is_silent or is_unanswered):
        return None
    asked = Message.objects.filter(
        conversation=conversation,
        author_kind=Message.AuthorKind.CUSTOMER,
        seq__range=(session.first_seq, session.last_seq),
    )
    return session if asked.exists() else None


@dataclass(frozen=True, slots=True)
class Offer:
    """For the customer's page: a session to rate, or a rating that may still be changed, or neither."""

    session_seq: int | None
    rating: Rating | None
    is_open: bool


def offer(conversation: Conversation, *, now: datetime) -> Offer:
    latest = Rating.objects.filter(conversation=conversation).order_by("-session_seq").first()
    session = session_to_rate(conversation, now=now)
    if session is not None and (latest is None or latest.session_seq != session.first_seq):
        return Offer(session.first_seq, None, True)
    if latest is not None and now - latest.made_at <= CHANGED_WITHIN:
        return Offer(latest.session_seq, latest, True)
    return Offer(None, None, False)


@transaction.atomic
def rate(
    *,
    conversation: Conversation,
    customer: User,
    session_seq: int,
    score: int,
    tags: Sequence[str] = (),
    words: str = "",
    now: datetime | None = None,
) -> Rating:
    """Store or change the rating of one session. The words are screened like a message."""
    now = now or timezone.now()
    if conversation.customer_id != customer.pk:
        raise Forbidden(_("Only the customer rates a chat."))
    if not 1 <= score <= 5:
        raise Invalid(_("Choose one to five stars."), code="invalid_score")
    if not set(tags) <= set(Rating.Tag.values) or len(words) > WORDS_CHARS:
        raise Invalid(_("Some fields need another look."))
    Conversation.objects.select_for_update().get(pk=conversation.pk)
    row = Rating.objects.filter(conversation=conversation, session_seq=session_seq).first()
    if row is None:
        session = session_to_rate(conversation, now=now)
        if session is None or session.first_seq != session_seq:
            raise Conflict(_("This chat can't be rated now."), code="not_to_be_rated")
        row = Rating(
            conversation=conversation,
            shop_id=conversation.shop_id,
            customer=customer,
            session_seq=session_seq,
            made_at=now,
        )
    elif now - row.made_at > CHANGED_WITHIN:
        raise Conflict(_("A rating can be changed for one day. Yours stands."), code="rating_closed")
    screening = screen_text(
        text=words.strip(), sender="customer", shop=conversation.shop, customer_name=str(customer)
    )
    row.score, row.tags, row.words, row.changed_at = score, sorted(set(tags)), words.strip(), now
    row.mask_spans = [[start, end] for start, end in screening.mask_spans]
    row.is_withheld = screening.must_withhold
    row.save()
    return row
