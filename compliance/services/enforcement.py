"""What reaching a milestone brings, and how it ends."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import SENIOR_REVIEWERS, require_staff
from accounts.models import User
from audit.services import record
from compliance import signals
from compliance.definitions import Milestone, Scheme, measures_that_stand, replay
from compliance.models import Decision, Restriction
from compliance.selectors.standing import entries_that_stand, kinds_running, running_restrictions
from core.errors import Conflict, Forbidden, NotFound
from shops.models import Shop
from shops.services import close_shop, reopen_shop


def impose(*, decision: Decision, milestone: Milestone, scheme: Scheme, at: datetime) -> list[Restriction]:
    """Write a milestone's restrictions. One without an end waits for a second person and a notice period."""
    assert decision.shop_id is not None
    rows = [
        Restriction(
            shop_id=decision.shop_id,
            decision=decision,
            kind=measure.kind,
            milestone=milestone.points,
            status=Restriction.Status.IN_FORCE if measure.days else Restriction.Status.PROPOSED,
            starts_at=at if measure.days else at + scheme.notice,
            ends_at=at + timedelta(days=measure.days) if measure.days else None,
        )
        for measure in milestone.measures
    ]
    Restriction.objects.bulk_create(rows)
    announce_change(decision.shop_id, at)
    return rows


def lift_what_fell(*, shop_id: int, scheme: Scheme, reversal: Decision, at: datetime) -> list[Restriction]:
    """Lift what a replay of the ledger no longer reaches. Nothing is added: an appeal makes nothing worse."""
    standing = measures_that_stand(replay(entries_that_stand(shop_id), scheme))
    waiting = Q(status=Restriction.Status.PROPOSED)
    running = Q(status=Restriction.Status.IN_FORCE) & (Q(ends_at=None) | Q(ends_at__gt=at))
    fallen = [
        row
        for row in Restriction.objects.select_for_update().filter(waiting | running, shop_id=shop_id)
        if (row.decision_id, row.kind) not in standing
    ]
    for row in fallen:
        row.status, row.lifted_at, row.lifted_by = Restriction.Status.LIFTED, at, reversal
        row.save(update_fields=["status", "lifted_at", "lifted_by"])
    if fallen:
        announce_change(shop_id, at)
    if any(row.kind == Restriction.Kind.DEACTIVATED and row.starts_at <= at for row in fallen):
        reopen_shop(shop_id=shop_id)
    return fallen


@transaction.atomic
def confirm_closing(*, restriction_id: int, by: User, agree: bool, reason: str = "") -> Restriction:
    """The second person's answer on a restriction without an end; not from whoever took the decision."""
    roles = require_staff(by, *SENIOR_REVIEWERS)
    row = (
        Restriction.objects.select_for_update(of=("self",))
        .select_related("decision", "shop")
        .filter(pk=restriction_id)
        .first()
    )
    if row is None:
        raise NotFound(_("No such restriction."))
    if row.status != Restriction.Status.PROPOSED:
        raise Conflict(_("Somebody has already answered this."), code="already_decided")
    if by.pk in (row.decision.decided_by_id, row.decision.confirmed_by_id):
        raise Forbidden(_("A second person must confirm this: you took the decision."), code="same_person")
    now = timezone.now()
    row.confirmed_by = by
    row.status = Restriction.Status.IN_FORCE if agree else Restriction.Status.REFUSED
    if agree:
        row.starts_at = max(row.starts_at, now)
    row.save(update_fields=["confirmed_by", "status", "starts_at"])
    announce_change(row.shop_id, now)
    record(
        action="restriction.confirmed" if agree else "restriction.refused",
        actor=by,
        actor_role=", ".join(sorted(roles)),
        target_type="restriction",
        target_id=row.pk,
        target_label=row.kind,
        reason=reason,
        changes={"shop": row.shop_id, "starts_at": row.starts_at},
    )
    return row


@transaction.atomic
def end_restrictions(*, now: datetime | None = None) -> int:
    """Close what has run out. Returns how many; safe to run beside itself."""
    now = now or timezone.now()
    rows = list(
        Restriction.objects.select_for_update(skip_locked=True).filter(
            status=Restriction.Status.IN_FORCE, ends_at__lte=now
        )
    )
    Restriction.objects.filter(pk__in=[row.pk for row in rows]).update(status=Restriction.Status.ENDED)
    for shop_id in sorted({row.shop_id for row in rows}):
        announce_change(shop_id, now)
    return len(rows)


@transaction.atomic
def begin_closings(*, now: datetime | None = None) -> int:
    """Close shops whose notice period is over. Returns how many; safe beside itself and again."""
    now = now or timezone.now()
    due = Restriction.objects.filter(
        kind=Restriction.Kind.DEACTIVATED,
        status=Restriction.Status.IN_FORCE,
        starts_at__lte=now,
        shop__status=Shop.Status.OPEN,
    )
    closed = 0
    for row in due.select_related("decision"):
        if close_shop(shop_id=row.shop_id):
            closed += 1
            announce_change(row.shop_id, now)
            record(
                action="shop.closed",
                target_type="shop",
                target_id=row.shop_id,
                changes={"restriction": row.pk, "decision": row.decision_id},
            )
    return closed


def announce_change(shop_id: int, at: datetime) -> None:
    kinds = kinds_running(running_restrictions(shop_id, at))
    signals.restriction_changed.send(sender=Restriction, shop_id=shop_id, kinds=kinds)
