"""A shop's spam marks, checked by staff: until then what they cover is left out of the rate provisionally."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext

from accounts.access import REVIEWERS, require_staff
from accounts.models import User
from audit.services import record
from chat.models import Conversation, SessionMark
from chat.services import handling, sessions
from core.errors import Conflict, Forbidden, Invalid, NotFound
from metrics.services.corrections import moments_of, revise_weeks
from notifications.services import notify
from shops.access import membership_of
from shops.capabilities import Capability
from shops.selectors import member_ids_with


@transaction.atomic
def settle(*, mark_id: int, by: User, is_spam: bool, words: str, now: datetime) -> SessionMark:
    """Confirm: what was marked up to now stays out for good. Reject: it counts again, in judged weeks too."""
    require_staff(by, *REVIEWERS)
    if not words.strip():
        raise Invalid(gettext("Give a reason that the shop can read."), code="text_missing")
    found = SessionMark.objects.filter(pk=mark_id, kind=SessionMark.Kind.SPAM).first()
    if found is None:
        raise NotFound(gettext("There is no such mark."))
    # The conversation first: every writer of its ledger takes the locks in this order.
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("shop", "customer")
    conversation = rows.get(pk=found.conversation_id)
    if membership_of(by, conversation.shop) is not None:
        raise Forbidden(gettext("You work for this shop; somebody else must answer."), code="own_shop")
    mark = SessionMark.objects.select_for_update().get(pk=mark_id)
    if not mark.is_provisional or mark.lifted_at is not None:
        raise Conflict(gettext("This mark has been settled already."), code="already_answered")
    if is_spam:
        sessions.confirm_spam(conversation=conversation, by=by)
    else:
        sessions.reject_spam(conversation=conversation, by=by)
        if conversation.status == Conversation.Status.SPAM:
            handling.set_status(conversation=conversation, status=Conversation.Status.OPEN)
    reason = f"Spam mark {'confirmed' if is_spam else 'rejected'}"
    revised = revise_weeks(
        shop=conversation.shop,
        moments=moments_of(conversation, from_seq=mark.seq),
        reason=reason,
        by=by,
        now=now,
    )
    _tell(conversation, mark, is_spam=is_spam, words=words.strip())
    _audit(mark, by, is_spam=is_spam, words=words.strip(), weeks=[row.week_on.isoformat() for row in revised])
    mark.refresh_from_db()
    return mark


def _tell(conversation: Conversation, mark: SessionMark, *, is_spam: bool, words: str) -> None:
    people = {*member_ids_with(conversation.shop_id, Capability.LODGE_APPEAL)}
    if mark.made_by_id:
        people.add(mark.made_by_id)
    notify(
        user_ids=people,
        kind="spam_mark_settled",
        subject_key=f"spam-mark:{mark.pk}",
        context={
            "shop": conversation.shop.name,
            "customer": conversation.customer.short_name,
            "is_spam": is_spam,
            "answer": words,
        },
        url=reverse("seller:conversation", args=[conversation.shop.slug, conversation.pk]),
    )


def _audit(mark: SessionMark, by: User, *, is_spam: bool, words: str, weeks: list[str]) -> None:
    changes: dict[str, Any] = {"conversation": mark.conversation_id, "weeks": weeks}
    record(
        action="spam_mark.confirmed" if is_spam else "spam_mark.rejected",
        actor=by,
        target_type="spam_mark",
        target_id=str(mark.pk),
        target_label=f"conversation {mark.conversation_id}",
        reason=words,
        changes=changes,
    )
