"""What follows for judged weeks when staff let a session count otherwise than before."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from chat.models import Conversation, Session
from compliance.services.decisions import take_back_automatic
from metrics.models import WeeklyEvaluation
from metrics.selectors import evaluation_week, figures_of
from metrics.services.weeks import POINTS, revise_week
from shops.models import Shop


@transaction.atomic
def revise_weeks(
    *, shop: Shop, moments: Iterable[datetime], reason: str, by: User, now: datetime
) -> list[WeeklyEvaluation]:
    """Judge the weeks of these moments again where they were judged and their figures have changed.

    Each becomes a new revision. Where the week would have cost fewer points, its decision is taken back.
    """
    revised = []
    for monday, moment in sorted({evaluation_week(shop, at)[0].monday: at for at in moments}.items()):
        _, pack = evaluation_week(shop, moment)
        latest = WeeklyEvaluation.objects.filter(
            shop=shop, pack_code=pack.code, week_on=monday, replaced_by__isnull=True
        ).first()
        if latest is None or not _has_changed(latest, moment, now):
            continue
        revised.append(_revise(latest, reason=reason, by=by, now=now))
    return revised


def moments_of(conversation: Conversation, *, from_seq: int, to_seq: int | None = None) -> list[datetime]:
    """By which moments the sessions of these messages belong to their weeks."""
    sessions = Session.objects.filter(conversation=conversation, last_seq__gte=from_seq)
    if to_seq is not None:
        sessions = sessions.filter(first_seq__lte=to_seq)
    return [session.clock_started_at or session.opened_at for session in sessions]


def _has_changed(latest: WeeklyEvaluation, moment: datetime, now: datetime) -> bool:
    counts = figures_of(latest.shop, moment, at=now).judged_counts
    return (latest.in_time, latest.counted) != (counts.in_time, counts.counted)


def _revise(latest: WeeklyEvaluation, *, reason: str, by: User, now: datetime) -> WeeklyEvaluation:
    revision = revise_week(evaluation=latest, reason=reason, now=now)
    was, is_now = _points(latest.outcome), _points(revision.outcome)
    is_relieved = was is not None and (is_now is None or is_now < was)
    if revision.decision_id is None or not is_relieved:
        return revision
    decision_id = revision.decision_id
    # Without it first: the reversal would otherwise call for one more revision of the same week.
    WeeklyEvaluation.objects.filter(pk=revision.pk).update(decision_id=None)
    revision.decision_id = None
    take_back_automatic(decision_id=decision_id, by=by, reason=reason)
    return revision


def _points(outcome: str) -> int | None:
    """What such a week costs; None where nothing follows from it."""
    return next((points for known, points in POINTS.items() if known == outcome), None)
