"""Figures of a week and of thirty days, read from the ledger."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import TruncWeek

from chat.models import Conversation, Session
from chat.response_clock import Verdict, verdict_of
from chat.services.rule_packs import Pack
from chat.services.shop_rules import calendar_of, timeline_of
from metrics.definitions import (
    Counts,
    JudgingRules,
    Outcome,
    Week,
    counts_of,
    days_up_to,
    judging_rules_from,
    outcome_of,
    week_of,
)
from metrics.models import WeeklyEvaluation
from shops.models import Shop


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """One week of one shop as the ledger stands at ``at``, with the week's sessions, oldest first."""

    shop: Shop
    week: Week
    pack: Pack
    rules: JudgingRules
    at: datetime
    sessions: list[Session]
    counts: Counts
    judged_counts: Counts  # Those of the pack's window: the week, or the 30 days that end with it.
    counted_messages: int
    thirty_days: Counts

    @property
    def is_ripe(self) -> bool:
        return self.at >= self.week.evaluated_from(self.latest_deadline)

    @property
    def latest_deadline(self) -> datetime | None:
        return max((s.deadline for s in self.sessions if s.deadline and not s.reason), default=None)

    @property
    def outcome(self) -> Outcome:
        return outcome_of(
            self.judged_counts,
            counted_messages=self.counted_messages,
            rules=self.rules,
            thirty_days=self.thirty_days,
        )

    def live_outcome(self) -> Outcome:
        """The outcome of what was written here: nothing may follow for a shop from an import or a replay."""
        live = [s for s in self.sessions if s.conversation.origin == Conversation.Origin.LIVE]
        start, end = self.week.starts_at, self.week.ends_at
        return outcome_of(
            verdicts(live, self.at),
            counted_messages=sum(start <= at < end for s in live for at in s.counted_at),
            rules=self.rules,
            thirty_days=self.thirty_days,
        )


def evaluation_week(shop: Shop, at: datetime) -> tuple[Week, Pack]:
    """The week that holds this time in the zone in which the shop is judged, and the pack in force for it."""
    pack = timeline_of(shop).in_force(at)
    if own := pack.judging.get("evaluation_zone"):
        return week_of(at, ZoneInfo(own)), pack
    calendar = calendar_of(shop)
    week = week_of(at, calendar.hours_at(at).zone)
    # A shop that moved its zone during the week is judged in the one it began in.
    return week_of(at, calendar.hours_at(week.starts_at).zone), pack


def figures_of(shop: Shop, at_some_time_in_it: datetime, *, at: datetime) -> WeekFigures:
    week, pack = evaluation_week(shop, at_some_time_in_it)
    rules = judging_rules_from(pack.judging)
    sessions = list(
        sessions_between(shop, week.starts_at, week.ends_at).select_related("conversation__customer")
    )
    counts = verdicts(sessions, at)
    thirty_days = thirty_days_of(shop, week, at=at)
    return WeekFigures(
        shop=shop,
        week=week,
        pack=pack,
        rules=rules,
        at=at,
        sessions=sessions,
        counts=counts,
        judged_counts=thirty_days if rules.window_days == 30 else counts,
        counted_messages=counted_messages_between(shop, week.starts_at, week.ends_at),
        thirty_days=thirty_days,
    )


def thirty_days_of(shop: Shop, week: Week, *, at: datetime) -> Counts:
    """The 30 local days that end with the week, or with yesterday while the week is not over."""
    last_day = week.monday + timedelta(days=6)
    yesterday = at.astimezone(week.zone).date() - timedelta(days=1)
    start, end = days_up_to(min(last_day, yesterday), days=30, zone=week.zone)
    rows = sessions_between(shop, start, end).values_list("reason", "deadline", "answered_at")
    return counts_of(
        (verdict_of(reason=reason, deadline=deadline, answered_at=answered_at, at=at), reason)
        for reason, deadline, answered_at in rows
    )


def sessions_between(shop: Shop, start: datetime, end: datetime) -> QuerySet[Session]:
    """Sessions whose clock started in [start, end); those without a clock by the time they opened."""
    by_clock = Q(clock_started_at__gte=start, clock_started_at__lt=end)
    without = Q(clock_started_at__isnull=True, opened_at__gte=start, opened_at__lt=end)
    return Session.objects.filter(by_clock | without, shop=shop).order_by("opened_at", "pk")


def counted_messages_between(shop: Shop, start: datetime, end: datetime) -> int:
    """Counted customer messages received in [start, end), whatever became of their sessions."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM chat_session AS session, unnest(session.counted_at) AS received_at
            WHERE session.shop_id = %s AND session.opened_at < %s AND session.last_message_at >= %s
              AND received_at >= %s AND received_at < %s
            """,
            [shop.pk, end, start, start, end],
        )
        return int(cursor.fetchone()[0])


def verdicts(sessions: Iterable[Session], at: datetime) -> Counts:
    return counts_of((verdict_at(session, at), session.reason) for session in sessions)


def verdict_at(session: Session, at: datetime) -> Verdict:
    return verdict_of(
        reason=session.reason, deadline=session.deadline, answered_at=session.answered_at, at=at
    )


def weeks_with_clocks(shop: Shop, zone: ZoneInfo, *, before: datetime) -> list[Week]:
    """Weeks of this zone in which a counted session's clock started, oldest first."""
    mondays = (
        Session.objects.filter(shop=shop, reason="", clock_started_at__lt=before)
        .annotate(week=TruncWeek("clock_started_at", tzinfo=zone))
        .values_list("week", flat=True)
        .distinct()
        .order_by("week")
    )
    return [Week(monday.astimezone(zone).date(), zone) for monday in mondays]


def evaluations_of(shop: Shop) -> QuerySet[WeeklyEvaluation]:
    """The newest revision of every week, newest week first."""
    return WeeklyEvaluation.objects.filter(shop=shop, replaced_by__isnull=True).order_by("-week_on")


@dataclass(frozen=True, slots=True)
class WeekPoint:
    """One week of the trend: the newest evaluation, or what the ledger says while there is none."""

    monday: date
    in_time: int
    counted: int
    outcome: str
    is_frozen: bool
    before: Fraction | None = None  # The rate before a correction, where there was one.

    @property
    def rate(self) -> Fraction | None:
        return Fraction(self.in_time, self.counted) if self.counted else None


def trend_of(figures: WeekFigures, *, weeks: int = 12) -> list[WeekPoint]:
    """The weeks up to that of the figures, oldest first; three queries."""
    shop, last = figures.shop, figures.week
    mondays = [last.monday - timedelta(weeks=back) for back in reversed(range(weeks))]
    frozen = {
        row.week_on: row
        for row in WeeklyEvaluation.objects.filter(
            shop=shop, week_on__gte=mondays[0], week_on__lte=last.monday, replaced_by__isnull=True
        )
        .select_related("replaces")
        .order_by("evaluated_at")
    }
    start = Week(mondays[0], last.zone).starts_at
    lines: dict[date, list[tuple[Verdict, str]]] = defaultdict(list)
    rows = sessions_between(shop, start, last.ends_at).filter(reason="")
    for clock_started_at, deadline, answered_at in rows.values_list(
        "clock_started_at", "deadline", "answered_at"
    ):
        verdict = verdict_of(reason="", deadline=deadline, answered_at=answered_at, at=figures.at)
        assert clock_started_at is not None  # A counted session has a clock.
        lines[week_of(clock_started_at, last.zone).monday].append((verdict, ""))
    return [
        _point_from(frozen[monday]) if monday in frozen else _live_point(monday, lines[monday], figures.rules)
        for monday in mondays
    ]


def _point_from(row: WeeklyEvaluation) -> WeekPoint:
    old = row.replaces
    before = Fraction(old.in_time, old.counted) if old is not None and old.counted else None
    is_other = before is not None and before != Fraction(row.in_time, row.counted or 1)
    return WeekPoint(row.week_on, row.in_time, row.counted, row.outcome, True, before if is_other else None)


def _live_point(monday: date, lines: list[tuple[Verdict, str]], rules: JudgingRules) -> WeekPoint:
    counts = counts_of(lines)
    # Every counted session holds a counted message at least: enough to say where the week would stand.
    outcome = outcome_of(counts, counted_messages=rules.minimum_volume, rules=rules)
    return WeekPoint(monday, counts.in_time, counts.counted, outcome.value, False)
