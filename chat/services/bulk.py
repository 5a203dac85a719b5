"""One action on many conversations of a shop. Each is its own transaction: one that fails holds up no other.

What each was like before is kept with the step, so that whoever did it can take it back for an hour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import BulkStep, Conversation, Label, SessionMark
from chat.selectors import database_now
from chat.services import assigning, handling, labels, sessions, snoozing
from chat.services.labels import own_label
from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from shops.access import may
from shops.capabilities import Capability
from shops.models import Shop

MOST = 500  # Conversations in one step.
UNDO_WITHIN = timedelta(hours=1)
STATUS_OF = {
    "resolve": Conversation.Status.RESOLVED,
    "spam": Conversation.Status.SPAM,
    "reopen": Conversation.Status.OPEN,
}
ACTIONS = ("assign", "label", "unlabel", "snooze", "wake", *STATUS_OF)


@dataclass(frozen=True, slots=True)
class Failure:
    conversation_id: int
    name: str  # The customer's; empty for a conversation that is not the shop's.
    message: str


@dataclass(slots=True)
class Outcome:
    """What a step did. ``changed`` had another state before; what was like that already counts as done."""

    step: BulkStep
    done: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to do with each. ``member_id`` for assign (None: nobody), ``label_id`` and ``until`` likewise."""

    action: str
    member_id: int | None = None
    label_id: int | None = None
    until: datetime | None = None


def carry_out(*, shop: Shop, by: User, ids: Sequence[int], wish: Wish) -> Outcome:
    """Do it to each of these conversations of the shop; at most ``MOST``."""
    require_right(shop, by, wish.action)
    ids = list(dict.fromkeys(ids))
    if not ids:
        raise Invalid(_("Choose conversations first."), code="nothing_chosen")
    if len(ids) > MOST:
        raise Invalid(_("At most %(n)s conversations at once.") % {"n": MOST}, code="too_many")
    label = own_label(shop, wish.label_id) if wish.action in ("label", "unlabel") and wish.label_id else None
    if wish.action in ("label", "unlabel") and label is None:
        raise Invalid(_("Choose a label."), code="no_label")
    if wish.action == "snooze" and wish.until is None:
        raise Invalid(_("Choose until when."), code="invalid_time")
    outcome = Outcome(BulkStep(shop=shop, made_by=by, action=wish.action))
    for pk in ids:
        _one(outcome, pk, partial_of(wish, label, by))
    outcome.step.save(force_insert=True)
    return outcome


def require_right(shop: Shop, by: User, action: str) -> None:
    """``Forbidden`` for whoever may not do this to the shop's conversations."""
    if action not in ACTIONS:
        raise Invalid(_("There is no such action."), code="unknown_action")
    needed = Capability.ASSIGN if action == "assign" else Capability.REPLY_TO_CUSTOMERS
    if not may(by, shop, needed):
        raise Forbidden(_("Your role in this shop may read messages but not change conversations."))


Change = Callable[[Conversation], dict[str, Any] | None]


def partial_of(wish: Wish, label: Label | None, by: User) -> Change:
    """What to do with one locked conversation; returns what undoing needs, None if nothing changed."""

    def assign(row: Conversation) -> dict[str, Any] | None:
        before = row.assigned_to_id
        assigning.assign_by_hand(conversation=row, to_id=wish.member_id, by=by)
        return None if before == wish.member_id else {"was": before, "now": wish.member_id}

    def put(row: Conversation) -> dict[str, Any] | None:
        assert label is not None
        is_new = labels.attach(conversation=row, label=label, by=by)
        return {"label": label.pk} if is_new else None

    def take_off(row: Conversation) -> dict[str, Any] | None:
        assert label is not None
        was_there = labels.detach(conversation=row, label=label)
        return {"label": label.pk} if was_there else None

    def sleep(row: Conversation) -> dict[str, Any] | None:
        before = row.snoozed_until
        assert wish.until is not None
        snoozing.snooze(conversation=row, until=wish.until)
        return {"was": before.isoformat() if before else None}

    def wake(row: Conversation) -> dict[str, Any] | None:
        before = row.snoozed_until
        snoozing.wake(conversation=row)
        return {"was": before.isoformat()} if before else None

    def move(row: Conversation) -> dict[str, Any] | None:
        before, wanted = row.status, STATUS_OF[wish.action]
        if before == wanted:
            return None
        handling.change_status(conversation=row, status=wanted, actor=by)
        return {"was": before, "now": wanted, "seq": row.last_seq}

    steps: dict[str, Change] = {
        "assign": assign,
        "label": put,
        "unlabel": take_off,
        "snooze": sleep,
        "wake": wake,
    }
    return steps.get(wish.action, move)


def _one(outcome: Outcome, pk: int, change: Change) -> None:
    name = ""
    try:
        with transaction.atomic():
            row = _lock(outcome.step.shop_id, pk)
            name = str(row.customer)
            kept = change(row)
    except DomainError as refusal:
        outcome.failed.append(Failure(pk, name, refusal.message))
        return
    except OperationalError:
        outcome.failed.append(Failure(pk, name, _("Busy right now. Try again.")))
        return
    outcome.done.append(pk)
    if kept is not None:
        outcome.changed.append(pk)
        outcome.step.before[str(pk)] = kept


def _lock(shop_id: int, pk: int) -> Conversation:
    row = (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("shop", "customer")
        .filter(shop=shop_id, pk=pk)
        .first()
    )
    if row is None:
        raise NotFound(_("No such conversation."))
    return row


def undo(*, step_id: UUID, by: User) -> Outcome:
    """Take a step back where nobody has changed the conversation since. Only once, by whoever made it."""
    with transaction.atomic():
        step = BulkStep.objects.select_for_update().filter(pk=step_id, made_by=by).first()
        if step is None:
            raise NotFound(_("There is nothing to undo."))
        require_right(step.shop, by, step.action)
        if step.undone_at is not None:
            raise Conflict(_("This was undone already."), code="undone")
        if timezone.now() - step.created_at > UNDO_WITHIN:
            raise Conflict(_("This can no longer be undone."), code="too_late")
        step.undone_at = timezone.now()
        step.save(update_fields=["undone_at"])
    outcome = Outcome(BulkStep(shop=step.shop, made_by=by, action=step.action))
    for key, kept in step.before.items():
        _one(outcome, int(key), _reverse_of(step, kept, by))
    return outcome


def _reverse_of(step: BulkStep, kept: dict[str, Any], by: User) -> Change:
    def reverse(row: Conversation) -> None:
        if step.action == "assign":
            if row.assigned_to_id != kept["now"]:
                raise Conflict(_("Somebody assigned it again in the meantime."))
            before = User.objects.filter(pk=kept["was"]).first() if kept["was"] else None
            handling.assign(conversation=row, to=before)
        elif step.action in ("label", "unlabel"):
            label = own_label(step.shop, kept["label"])
            if step.action == "label":
                labels.detach(conversation=row, label=label)
            else:
                labels.attach(conversation=row, label=label, by=by)
        elif step.action in ("snooze", "wake"):
            _sleep_as_before(row, kept["was"])
        else:
            _status_as_before(step, row, kept, by)

    return reverse


def _sleep_as_before(row: Conversation, was: str | None) -> None:
    until = parse_datetime(was) if was else None
    if until and until > timezone.now() and row.status == Conversation.Status.OPEN:
        snoozing.snooze(conversation=row, until=until)
    else:
        snoozing.wake(conversation=row)


def _status_as_before(step: BulkStep, row: Conversation, kept: dict[str, Any], by: User) -> None:
    if row.status != kept["now"]:
        raise Conflict(_("It was opened or closed again in the meantime."))
    handling.change_status(conversation=row, status=kept["was"], actor=by)
    if step.action == "resolve":
        # The ledger forgets the resolution as well: it would end the session at this place.
        marks = SessionMark.objects.filter(
            conversation=row,
            kind=SessionMark.Kind.RESOLVED,
            seq=kept["seq"],
            made_by=by,
            at__gte=step.created_at - UNDO_WITHIN,
            lifted_at=None,
        )
        if marks.update(lifted_at=database_now()):
            sessions.rebuild_sessions(_lock(row.shop_id, row.pk))
