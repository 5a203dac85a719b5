"""The ledger: entries are added and reversed, never edited."""

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from compliance.definitions import Scheme
from compliance.models import Decision, PointsEntry
from shops.models import Shop


def lock_ledger(shop_id: int) -> datetime:
    """One writer at a time per shop; gives the time to write with.

    Read after the lock, and never before the newest entry, so that every entry sees the balance it adds to,
    whatever the clocks of two hosts say.
    """
    Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
    newest = PointsEntry.objects.filter(shop_id=shop_id).aggregate(at=Max("starts_at"))["at"]
    now = timezone.now()
    return max(now, newest) if newest else now


def add_points(*, decision: Decision, points: int, scheme: Scheme, at: datetime) -> PointsEntry:
    """One entry per decision; it counts for ``scheme.expiry``. The caller holds the ledger's lock."""
    assert decision.shop_id is not None
    return PointsEntry.objects.create(
        shop_id=decision.shop_id,
        decision=decision,
        points=points,
        starts_at=at,
        ends_at=at + scheme.expiry,
        source=f"decision:{decision.pk}",
    )


def reverse_points(*, decision: Decision, reversal: Decision, at: datetime) -> list[PointsEntry]:
    """Take back what a decision added, from now to its end. Doing it again finds nothing to take back."""
    entries = PointsEntry.objects.filter(decision=decision, reverses=None, reversed_by=None)
    return [
        PointsEntry.objects.create(
            shop_id=entry.shop_id,
            decision=reversal,
            points=-entry.points,
            starts_at=at,
            ends_at=max(entry.ends_at, at),
            source=f"reverse:{entry.pk}",
            reverses=entry,
        )
        for entry in entries
    ]
