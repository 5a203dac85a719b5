"""Seller Center, Performance: the rate with its fraction, the forecast, the trend, and every session."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from chat.models import Session
from chat.response_clock import Verdict
from chat.services.shop_rules import calendar_of
from core.business_hours import Calendar
from core.errors import NotFound
from metrics.definitions import (
    Counts,
    days_up_to,
    forecast_of,
    has_minimum,
    median_of,
    monday_of_label,
    percent,
)
from metrics.models import Dispute
from metrics.selectors import (
    WeekFigures,
    evaluations_of,
    figures_of,
    sessions_between,
    trend_of,
    verdict_at,
    verdicts,
)
from metrics.services.disputes import refusal_of
from shops.access import get_shop
from shops.capabilities import Capability
from web.seller.performance_pictures import bar_parts, pips_of, trend_picture
from web.templatetags.clock_strip import FLAG_AT, Strip
from web.templatetags.parley import words_for

ROWS_A_PAGE = 20
SOON = timedelta(hours=2)
# On the axis above the ledger the length of the window ends here, in percent of the strip.
WINDOW_ENDS_AT = 85.71
FILTERS = {
    "all": _("All"),
    "running": _("Running"),
    "in_time": _("In time"),
    "missed": _("Missed"),
    "excluded": _("Not counted"),
}
REASONS = {
    "outside_hours": _("outside hours"),
    "holiday_mode": _("in holiday mode"),
    "public_holiday": _("on a public holiday"),
    "spam": _("spam"),
    "platform_handled": _("handled by the platform"),
    "seller_initiated": _("you started"),
    "bot_only": _("solved by an automatic reply"),
    "courtesy": _("only thanks"),
    "customer_abuse_upheld": _("abuse by the customer"),
    "dispute_upheld": _("dispute upheld"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ledger as the page shows it."""

    session: Session
    group: str  # A key of FILTERS.
    state: str  # running | soon | in_time | late | missed | excluded
    strip: Strip
    answer: str
    result: str
    badge: str
    icon: str
    dispute: Dispute | None
    may_dispute: bool


@login_required
@require_GET
def performance(request: HttpRequest, slug: str) -> HttpResponse:
    """``?period=30``: the last 30 days; ``?week=2026-W10``: another week; ``?show=``: one kind of session."""
    shop = get_shop(request.user, slug, Capability.READ_PERFORMANCE)
    now = timezone.now()
    figures = figures_of(shop, _chosen_time(request, now), at=now)
    is_this_week = now in figures.week
    is_30_days = is_this_week and request.GET.get("period") == "30"
    sessions, counts = figures.sessions, figures.counts
    if is_30_days:
        sessions = _sessions_of_30_days(figures)
        counts = verdicts(sessions, now)
    show = request.GET.get("show", "all")
    show = show if show in FILTERS else "all"
    chosen = [s for s in _in_order(sessions, now) if show in ("all", _group(verdict_at(s, now)))]
    page = Paginator(chosen, ROWS_A_PAGE).get_page(request.GET.get("page"))
    calendar = calendar_of(shop)
    disputes = _disputes(page)
    window = timedelta(seconds=figures.pack.rules.window_s)
    context: dict[str, Any] = {
        "shop": shop,
        "figures": figures,
        "counts": counts,
        "median": median_of(
            s.answered_at - s.clock_started_at
            for s in sessions
            if s.answered_at and s.clock_started_at and not s.reason
        ),
        "percent": percent(counts.rate) if counts.rate is not None else None,
        "is_this_week": is_this_week,
        "is_30_days": is_30_days,
        "standing": _standing(counts, figures),
        "hours": int(window.total_seconds() // 3600),
        "half_hours": int(window.total_seconds() // 7200),
        "target": _whole(figures.rules.target),
        "floor": _whole(figures.rules.floor),
        "thirty_days": figures.thirty_days,
        "thirty_percent": percent(figures.thirty_days.rate) if figures.thirty_days.rate is not None else None,
        "evaluation": evaluations_of(shop).filter(week_on=figures.week.monday).first(),
        "bar": bar_parts(counts),
        "not_counted": _not_counted(counts),
        "tabs": _tabs(request, counts, show),
        "page": page,
        "rows": [_row(session, now, calendar, window, disputes) for session in page],
        "disputes_open": sum(row.status == Dispute.Status.OPEN for row in disputes.values()),
        "query": _query(request, page=None),
        "week_label": figures.week.label,
        "last_day": figures.week.monday + timedelta(days=6),
        "earlier": figures.week.shifted(-1).label,
        "later": None if is_this_week else figures.week.shifted(1).label,
    }
    context |= _forecast(figures) | _tuesday(figures) | _trend(figures, is_this_week)
    return render(request, "seller/performance.html", context)


@login_required
@require_GET
def performance_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The sessions of the week as a table, times in UTC."""
    shop = get_shop(request.user, slug, Capability.READ_PERFORMANCE)
    now = timezone.now()
    figures = figures_of(shop, _chosen_time(request, now), at=now)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="sessions-{shop.slug}-{figures.week.label}.csv"'
    out = csv.writer(response)
    fields = ("opened_at", "clock_started_at", "deadline", "answered_at")
    out.writerow(["conversation", *fields, "verdict", "reason"])
    for session in figures.sessions:
        times = [getattr(session, name) for name in fields]
        out.writerow(
            [
                session.conversation_id,
                *(time.astimezone(UTC).isoformat() if time else "" for time in times),
                verdict_at(session, now).value,
                session.reason,
            ]
        )
    return response


def _chosen_time(request: HttpRequest, now: datetime) -> datetime:
    label = request.GET.get("week")
    if not label:
        return now
    try:
        monday = monday_of_label(label)
    except ValueError:
        raise NotFound(gettext("There is no such week.")) from None
    if not 2000 <= monday.year <= now.year + 1:
        raise NotFound(gettext("There is no such week."))
    return min(now, datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC) + timedelta(days=3))


def _sessions_of_30_days(figures: WeekFigures) -> list[Session]:
    yesterday = figures.at.astimezone(figures.week.zone).date() - timedelta(days=1)
    start, end = days_up_to(yesterday, days=30, zone=figures.week.zone)
    return list(sessions_between(figures.shop, start, end).select_related("conversation__customer"))


def _group(verdict: Verdict) -> str:
    return {"open": "running", "late": "missed"}.get(verdict.value, verdict.value)


def _in_order(sessions: Iterable[Session], now: datetime) -> list[Session]:
    """Running ones first, the most urgent at the top; then the newest."""

    def place(session: Session) -> tuple[bool, float]:
        if verdict_at(session, now) is Verdict.OPEN and session.deadline:
            return (False, session.deadline.timestamp())
        return (True, -(session.clock_started_at or session.opened_at).timestamp())

    return sorted(sessions, key=place)


def _disputes(sessions: Iterable[Session]) -> dict[tuple[int, int], Dispute]:
    """What was filed about these sessions and not withdrawn, by conversation and first message."""
    rows = Dispute.objects.filter(conversation__in={session.conversation_id for session in sessions})
    rows = rows.exclude(status=Dispute.Status.WITHDRAWN)
    return {(row.conversation_id, row.session_seq): row for row in rows}


def _row(
    session: Session,
    now: datetime,
    calendar: Calendar,
    window: timedelta,
    disputes: Mapping[tuple[int, int], Dispute],
) -> Row:
    verdict = verdict_at(session, now)
    begin = session.clock_started_at or session.opened_at
    end = begin + window * (FLAG_AT / WINDOW_ENDS_AT)
    state, answer, result, badge, icon = _words(session, verdict, now)
    shows_clock = verdict is not Verdict.EXCLUDED
    opened = list(calendar.open_intervals(begin, end))
    strip = Strip(
        received=begin,
        now=min(now, end),
        state=state,
        deadline=session.deadline if shows_clock else None,
        answered=min(session.answered_at, end) if session.answered_at and shows_clock else None,
        closed=_between(opened, begin, end),
        start=begin,
        end=end,
    )
    return Row(
        session,
        _group(verdict),
        state,
        strip,
        answer,
        result,
        badge,
        icon,
        disputes.get((session.conversation_id, session.first_seq)),
        not refusal_of(session, now),
    )


def _between(opened: list[tuple[datetime, datetime]], begin: datetime, end: datetime) -> list[Any]:
    """The closed intervals: what is left of [begin, end) without the open ones."""
    closed, at = [], begin
    for opens, closes in opened:
        if opens > at:
            closed.append((at, opens))
        at = max(at, closes)
    return [*closed, (at, end)] if at < end else closed


def _words(session: Session, verdict: Verdict, now: datetime) -> tuple[str, str, str, str, str]:
    """State of the strip, answer column, result, kind of badge, icon."""
    begin, deadline, answered = session.clock_started_at, session.deadline, session.answered_at
    if verdict is Verdict.EXCLUDED or begin is None or deadline is None:
        reason = str(REASONS.get(session.reason, session.reason))
        if session.is_provisional:
            reason = gettext("%(reason)s, until it is checked") % {"reason": reason}
        return "excluded", reason[:1].upper() + reason[1:], gettext("Not counted"), "", ""
    if verdict is Verdict.OPEN:
        left = gettext("%(time)s left") % {"time": words_for((deadline - now).total_seconds())}
        if deadline - now <= SOON:
            due = gettext("Due %(time)s") % {"time": timezone.localtime(deadline).strftime("%H:%M")}
            return "soon", left, due, "bad", "clock"
        return "running", left, gettext("Running"), "acc", "clock"
    if answered is None:
        return "missed", gettext("No answer"), gettext("Missed"), "bad", "x"
    took = words_for((answered - begin).total_seconds())
    if verdict is Verdict.IN_TIME:
        return "in_time", took, gettext("In time"), "ok", "check"
    return "late", took, gettext("Late"), "bad", "x"


def _standing(counts: Counts, figures: WeekFigures) -> tuple[str, str, str] | None:
    """Words, kind and icon of the badge beside the rate."""
    rate, rules = counts.rate, figures.rules
    if rate is None:
        return None
    if rate >= rules.target:
        return gettext("At or above target"), "ok", "check"
    if rules.floor is not None and rate < rules.floor:
        return gettext("Below the floor"), "bad", "alert"
    return gettext("Below target"), "warn", "alert"


def _not_counted(counts: Counts) -> str:
    """ "8 outside hours, 2 spam", the most frequent first."""
    ordered = sorted(counts.excluded.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number} {REASONS.get(reason, reason)}" for reason, number in ordered)


def _tabs(request: HttpRequest, counts: Counts, show: str) -> list[dict[str, Any]]:
    sizes = {
        "all": counts.total,
        "running": counts.open,
        "in_time": counts.in_time,
        "missed": counts.failing,
        "excluded": sum(counts.excluded.values()),
    }
    return [
        {
            "title": title,
            "size": sizes[key],
            "query": _query(request, show=key, page=None),
            "is_on": key == show,
        }
        for key, title in FILTERS.items()
    ]


def _query(request: HttpRequest, **changes: str | None) -> str:
    kept = {key: request.GET[key] for key in ("week", "period", "show") if key in request.GET}
    wanted = {**kept, **changes}
    return urlencode({key: value for key, value in wanted.items() if value})


def _forecast(figures: WeekFigures) -> dict[str, Any]:
    forecast = forecast_of(figures.judged_counts, figures.rules)
    return {"forecast": forecast, "pips": pips_of(figures.judged_counts, forecast)}


def _tuesday(figures: WeekFigures) -> dict[str, Any]:
    running = [s for s in figures.sessions if verdict_at(s, figures.at) is Verdict.OPEN]
    rules = figures.rules
    if rules.minimum_unit == "messages":
        volume = ngettext("%(n)d counted message", "%(n)d counted messages", figures.counted_messages) % {
            "n": figures.counted_messages
        }
    else:
        volume = ngettext("%(n)d counted session", "%(n)d counted sessions", figures.counts.counted) % {
            "n": figures.counts.counted
        }
    return {
        "has_minimum": has_minimum(figures.counts, figures.counted_messages, rules),
        "volume": volume,
        "minimum": rules.minimum_volume,
        "next_due": min(running, key=lambda session: session.deadline or figures.at, default=None),
        "judged_at": figures.week.evaluated_from(figures.latest_deadline),
        "judged_on": figures.week.evaluated_from(figures.latest_deadline)
        .astimezone(figures.week.zone)
        .date(),
    }


def _trend(figures: WeekFigures, is_this_week: bool) -> dict[str, Any]:
    points = trend_of(figures)
    table = [
        {
            "point": point,
            "week": figures.week.shifted(place - len(points) + 1),
            "percent": percent(point.rate) if point.rate is not None else None,
        }
        for place, point in enumerate(points)
    ]
    return {
        "trend": trend_picture(points, figures.rules, last_is_running=is_this_week),
        "trend_table": table,
        "trend_met": sum(point.outcome == "met" and point.rate is not None for point in points),
        "trend_weeks": sum(point.rate is not None for point in points),
    }


def _whole(rate: Any) -> str | None:
    return None if rate is None else f"{float(rate * 100):g}"
