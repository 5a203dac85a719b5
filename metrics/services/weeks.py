"""Judging weeks: once per shop, pack and week, with everything that follows in the same transaction."""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from chat.models import Message, Session
from compliance.services.decisions import record_automatic
from core.errors import DomainError
from metrics.definitions import Counts, Outcome
from metrics.models import WeeklyEvaluation
from metrics.selectors import (
    WeekFigures,
    evaluation_week,
    figures_of,
    verdict_at,
    weeks_with_clocks,
)
from shops.models import Shop

logger = logging.getLogger(__name__)

POLICY = "low_response_rate"
SOURCE_PREFIX = "weekly-evaluation:"
POINTS = {Outcome.WARNING: 0, Outcome.ENFORCEMENT: 1}  # domain.md section 3, rule 13.


def weeks_due(shop: Shop, now: datetime) -> list[date]:
    """Mondays of finished weeks that nobody has evaluated yet, oldest first; missed ones among them."""
    week, _ = evaluation_week(shop, now)
    done = set(WeeklyEvaluation.objects.filter(shop=shop).values_list("week_on", flat=True))
    weeks = weeks_with_clocks(shop, week.zone, before=week.starts_at)
    return [week.monday for week in weeks if week.monday not in done]


def evaluate_due_weeks(now: datetime | None = None) -> int:
    """Judge what is due in every shop, each week in a transaction of its own; the number of new evaluations.

    One shop that cannot be judged does not hold up the others: its week stays due and is logged.
    """
    now = now or timezone.now()
    evaluated = 0
    for shop in Shop.objects.order_by("pk"):
        for monday in weeks_due(shop, now):
            try:
                evaluation = evaluate_week(shop=shop, monday=monday, now=now)
                evaluated += evaluation is not None and evaluation.evaluated_at == now
            except (DatabaseError, DomainError, ValueError):
                logger.exception("week %s of shop %s could not be evaluated", monday, shop.pk)
    return evaluated


@transaction.atomic
def evaluate_week(*, shop: Shop, monday: date, now: datetime) -> WeeklyEvaluation | None:
    """Judge one shop for one week; again returns what is there. None while a session can still be answered.

    The evaluation, the decision that follows and its points are one transaction: all of it or nothing.
    """
    # One evaluation at a time per shop; a second one waits here and then finds the first one's row.
    shop = Shop.objects.select_for_update().get(pk=shop.pk)
    figures = figures_of(shop, _middle_of(monday), at=now)
    first = WeeklyEvaluation.objects.filter(
        shop=shop, pack_code=figures.pack.code, week_on=monday, revision=1
    ).first()
    if first is not None:
        return first
    if not figures.is_ripe:
        return None
    evaluation = _store(figures, outcome=figures.outcome)
    _follow_up(evaluation, figures)
    return evaluation


@transaction.atomic
def revise_week(
    *, evaluation: WeeklyEvaluation, reason: str, now: datetime, is_overturned: bool = False
) -> WeeklyEvaluation:
    """Judge a week again after a correction. The old row stays; the new one names it and the difference.

    Nothing follows from a revision by itself: points are given and taken back by compliance alone.
    """
    shop = Shop.objects.select_for_update().get(pk=evaluation.shop_id)
    latest = (
        WeeklyEvaluation.objects.filter(shop=shop, pack_code=evaluation.pack_code, week_on=evaluation.week_on)
        .order_by("-revision")
        .first()
    )
    assert latest is not None
    figures = figures_of(shop, _middle_of(latest.week_on), at=now)
    outcome = WeeklyEvaluation.Outcome.OVERTURNED if is_overturned else figures.outcome
    return _store(figures, outcome=outcome, replaces=latest, reason=reason)


@transaction.atomic
def overturn_week(*, decision_id: int, now: datetime) -> WeeklyEvaluation | None:
    """The decision that followed from an evaluation was reversed. Doing it twice changes nothing."""
    evaluation = (
        WeeklyEvaluation.objects.select_for_update(of=("self",))
        .filter(decision_id=decision_id, replaced_by__isnull=True)
        .exclude(outcome=WeeklyEvaluation.Outcome.OVERTURNED)
        .first()
    )
    if evaluation is None:
        return None
    return revise_week(evaluation=evaluation, reason="Appeal upheld", now=now, is_overturned=True)


@transaction.atomic
def revise_week_of(*, message_id: int, reason: str, now: datetime) -> WeeklyEvaluation | None:
    """The session with this message counts otherwise than before: correct its week, if it was judged."""
    message = Message.objects.select_related("conversation__shop").filter(pk=message_id).first()
    if message is None:
        return None
    session = (
        Session.objects.filter(conversation_id=message.conversation_id, first_seq__lte=message.seq)
        .order_by("-first_seq")
        .first()
    )
    if session is None or session.clock_started_at is None:
        return None
    week, pack = evaluation_week(message.conversation.shop, session.clock_started_at)
    latest = WeeklyEvaluation.objects.filter(
        shop=message.conversation.shop, pack_code=pack.code, week_on=week.monday, replaced_by__isnull=True
    ).first()
    figures = figures_of(message.conversation.shop, session.clock_started_at, at=now)
    if latest is None or (latest.in_time, latest.counted) == (
        figures.judged_counts.in_time,
        figures.judged_counts.counted,
    ):
        return None
    return revise_week(evaluation=latest, reason=reason, now=now)


def _store(
    figures: WeekFigures,
    *,
    outcome: str,
    replaces: WeeklyEvaluation | None = None,
    reason: str = "",
) -> WeeklyEvaluation:
    counts = figures.judged_counts
    values: dict[str, Any] = {
        "in_time": counts.in_time,
        "counted": counts.counted,
        "late": counts.late,
        "missed": counts.missed,
        "excluded": dict(counts.excluded),
        "counted_messages": figures.counted_messages,
        "thirty_days_in_time": figures.thirty_days.in_time,
        "thirty_days_counted": figures.thirty_days.counted,
        "outcome": str(outcome),
    }
    return WeeklyEvaluation.objects.create(
        shop=figures.shop,
        pack_code=figures.pack.code,
        pack_version=figures.pack.version,
        week_on=figures.week.monday,
        time_zone=figures.week.zone.key,
        revision=replaces.revision + 1 if replaces else 1,
        replaces=replaces,
        sessions=[frozen(session, figures.at) for session in figures.sessions],
        decision_id=replaces.decision_id if replaces else None,
        reason=reason,
        difference=_difference(replaces, values) if replaces else {},
        evaluated_at=figures.at,
        **values,
    )


def _follow_up(evaluation: WeeklyEvaluation, figures: WeekFigures) -> None:
    """A warning or points, through compliance; nothing for what was imported or replayed."""
    outcome = figures.live_outcome()
    if not figures.rules.gives_points or figures.outcome not in POINTS or outcome not in POINTS:
        return
    counts = figures.judged_counts
    decision = record_automatic(
        shop=figures.shop,
        policy_code=POLICY,
        subject_kind="weekly_evaluation",
        subject_id=evaluation.pk,
        facts=_facts(counts, figures),
        points=min(POINTS[outcome], POINTS[figures.outcome]),
        source=f"{SOURCE_PREFIX}{figures.shop.pk}:{figures.pack.code}:{figures.week.label}",
    )
    WeeklyEvaluation.objects.filter(pk=evaluation.pk).update(decision_id=decision.pk)
    evaluation.decision_id = decision.pk


def _facts(counts: Counts, figures: WeekFigures) -> str:
    rules = figures.rules
    floor = f", floor {rules.floor * 100} %" if rules.floor is not None else ""
    return (
        f"Week {figures.week.label} ({figures.week.zone.key}): {counts.in_time} of {counts.counted} counted"
        f" sessions were answered in time, {counts.late} late and {counts.missed} not at all."
        f" Target {rules.target * 100} %{floor}. Rules: {figures.pack.code}, version {figures.pack.version}."
    )


def frozen(session: Session, at: datetime) -> dict[str, Any]:
    """A line of the ledger as it stands, in plain values."""

    def iso(time: datetime | None) -> str | None:
        return time.isoformat() if time else None

    return {
        "session": session.pk,
        "conversation": session.conversation_id,
        "first_seq": session.first_seq,
        "opened_at": iso(session.opened_at),
        "clock_started_at": iso(session.clock_started_at),
        "deadline": iso(session.deadline),
        "answered_at": iso(session.answered_at),
        "verdict": verdict_at(session, at).value,
        "reason": session.reason or None,
    }


def _difference(old: WeeklyEvaluation, new: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [getattr(old, name), value] for name, value in new.items() if getattr(old, name) != value}


def _middle_of(monday: date) -> datetime:
    """Thursday noon UTC lies in the week of this Monday in every zone."""
    return datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC) + timedelta(days=3)
