"""What the case desk shows, gathered once per request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, pgettext

from accounts.access import SignedInRequest
from accounts.models import User
from chat.models import Message
from chat.selectors import surroundings
from chat.services.file_checks import FILES
from compliance import taxonomy
from compliance.access import visible_cases
from compliance.definitions import Scheme, Step
from compliance.models import Case, Decision, Finding, PolicyVersion, Report, Severity
from compliance.selectors import cases as case_rows
from compliance.selectors.standing import (
    active_points,
    counted_before,
    has_low_violation,
    preview,
    scheme_of,
)
from compliance.services.hiding import hide_of
from compliance.services.policies import current_scheme, current_version
from shops.capabilities import Capability
from shops.selectors import member_ids_with
from web.console.case_files import case_files, may_keep_lists
from web.console.explanations import facts_from, reasons
from web.rule_words import rule_titles

QUEUE_LENGTH = 60  # rows beside the desk; the filters reach the rest
TRACK_DAYS = 30
MESSAGE = "message"  # subject kind of a message's words
SUGGESTED = 5  # rules offered by their own key


@dataclass(frozen=True, slots=True)
class QueueRow:
    case: Case
    title: str
    severity: str
    text: str
    claimed_by: str  # initials, or "" when free


@dataclass(frozen=True, slots=True)
class ContextLine:
    """One message around the case: ``side`` customer | seller | auto | platform."""

    side: str
    name: str
    at: datetime | None
    text: str
    spans: Sequence[Sequence[int]]
    is_subject: bool


@dataclass(frozen=True, slots=True)
class Option:
    """One decision a reviewer can take, with all that it will do."""

    key: int
    value: str
    title: str
    version: PolicyVersion
    points: int
    is_lesson: bool
    is_counted: bool  # an earlier case about the same message was decided under this rule
    step: Step | None
    hide_mode: str
    until: datetime
    told: int
    needs_second_person: bool
    appeal_until: datetime

    @property
    def has_range(self) -> bool:
        return self.version.points_max > self.version.points and not self.is_counted


@dataclass(frozen=True, slots=True)
class Rail:
    """Widths of the points rail in per cent of the last milestone."""

    now: int
    now_percent: str
    ticks: list[dict[str, Any]]
    last: int


def queue_filter(query: QueryDict, *, status: str = Case.Status.OPEN) -> case_rows.QueueFilter:
    severity = query.get("severity", "")
    return case_rows.QueueFilter(
        severity=int(severity) if severity in {"1", "2", "3", "4"} else None,
        policy=query.get("policy", ""),
        shop=query.get("shop", ""),
        mine=query.get("mine") == "1",
        escalated=query.get("escalated") == "1",
        live=query.get("live") == "1",
        status=status,
    )


def queue_context(request: SignedInRequest, *, now: datetime, status: str) -> dict[str, Any]:
    """The pane on the left: filters, histogram and rows."""
    wanted = queue_filter(request.GET, status=status)
    cases = visible_cases(request.user)
    rows = case_rows.queue(cases, wanted, reviewer_id=request.user.pk)
    titles = rule_titles()
    return {
        "rows": [_queue_row(case, titles, request.user, now) for case in rows[:QUEUE_LENGTH]],
        "matching": rows.count(),
        "ages": case_rows.ages_of(cases.filter(status=status), now=now),
        "wanted": wanted,
        "severities": Severity.choices[::-1],
        "policies": list(titles.items()),
        "query": request.GET.urlencode(),
        "status": status,
        "is_second": status == Case.Status.SECOND_REVIEW,
    }


def _queue_row(case: Case, titles: dict[str, str], reviewer: User, now: datetime) -> QueueRow:
    claimed = case.claimed_by if case.is_claimed(now) else None
    text = "" if case.is_restricted else case_rows.snippet(case.evidence["text"], case_rows.spans_of(case))
    return QueueRow(
        case=case,
        title=titles.get(case.policy_code, case.policy_code),
        severity=case_rows.severity_name(case.severity),
        text=text,
        claimed_by=""
        if claimed is None
        else (pgettext("who works on a case", "you") if claimed.pk == reviewer.pk else claimed.short_name),
    )


def desk_context(case: Case, *, reviewer: User, now: datetime) -> dict[str, Any]:
    """The middle and the right pane of one case."""
    titles = rule_titles()
    state = case_rows.state_of(case)  # First: what joins while the page is put together was not seen.
    halves = [case, *case.parts.order_by("pk")]
    found = {half.pk: reasons(half) for half in halves}
    why = [row for rows in found.values() for row in rows]
    findings = [row.finding for row in why]
    of_half = {pk: [row.finding for row in rows] for pk, rows in found.items()}
    words = next((half for half in halves if half.subject_kind == MESSAGE), case)
    in_words = [row for half in halves if half.subject_kind == words.subject_kind for row in of_half[half.pk]]
    reports = list(Report.objects.filter(case__in=halves).order_by("created_at", "pk"))
    scheme_row = current_scheme()
    scheme = scheme_of(scheme_row)
    suspected = [*(row.policy_code for row in findings), *(row.policy_code for row in reports)]
    options = options_of(halves, suspected, scheme, now)
    lines = context_lines(words, in_words)
    place = next((i for i, line in enumerate(lines) if line.is_subject), 0)
    return {
        "case": case,
        "title": titles.get(case.policy_code, case.policy_code),
        "severity": case_rows.severity_name(case.severity),
        "lines": lines,
        "earlier": lines[: max(0, place - 3)],
        "near": lines[max(0, place - 3) : place + 4],
        "later": lines[place + 4 :],
        "why": why,
        "version": current_version(case.policy_code),
        "track": case_rows.track_record(case.policy_code, since=now - timedelta(days=TRACK_DAYS)),
        "track_days": TRACK_DAYS,
        "options": options,
        "dismiss_key": 1,
        "other_key": len(options) + 2,
        "other_policies": _other_policies(options),
        "prior": case_rows.prior_decisions(case.shop) if case.shop else [],
        "points_now": active_points(case.shop_id, now) if case.shop_id else 0,
        "rail": rail(case.shop_id, scheme, now) if case.shop_id and case.is_of_the_shop else None,
        "history": case_rows.case_history(case),
        "proposal": case.proposals.filter(status="pending").select_related("proposed_by").first(),
        "is_mine": case.is_claimed(now) and case.claimed_by_id == reviewer.pk,
        "is_others": case.is_claimed(now) and case.claimed_by_id != reviewer.pk,
        "suggested_facts": facts_from(findings),
        "decision": _settling_decision(case),
        "files": [file for half in halves for file in case_files(half, of_half[half.pk], reviewer=reviewer)],
        "state": state,
        "same_content": _same_content(case, reviewer),
        "reports": reports,
        "unread": [half.evidence["needs_person"] for half in halves if half.evidence.get("needs_person")],
        "may_keep_lists": may_keep_lists(reviewer),
        "all_policies": list(titles.items()),
        "rule_titles": titles,
    }


def options_of(
    halves: Sequence[Case], suspected: Sequence[str], scheme: Scheme, now: datetime
) -> list[Option]:
    """The suspected rules, the gravest first, each with its consequences worked out.

    ``halves``: the case, then its parts. ``suspected``: policy codes, the surest first.
    """
    told = _told(halves[0])
    chosen = list(dict.fromkeys([halves[0].policy_code, *suspected]))[:SUGGESTED]
    return [_option(halves, code, place + 2, scheme, now, told) for place, code in enumerate(chosen)]


def _option(halves: Sequence[Case], code: str, key: int, scheme: Scheme, now: datetime, told: int) -> Option:
    case, version = halves[0], current_version(code)
    against_shop = case.shop_id is not None and case.is_of_the_shop
    counted = against_shop and counted_before(case, code)
    lesson = (
        against_shop
        and not counted
        and scheme.first_low_is_lesson
        and version.severity == "low"
        and not has_low_violation(case.shop_id or 0)
    )
    points = version.points if against_shop and not lesson and not counted else 0
    return Option(
        key=key,
        value=code,
        title=gettext(version.title),
        version=version,
        points=points,
        is_lesson=bool(lesson),
        is_counted=counted,
        step=preview(shop_id=case.shop_id, points=points, scheme=scheme, at=now)
        if points and case.shop_id
        else None,
        hide_mode=next((mode for half in halves if (mode := hide_of(half, version)[0])), ""),
        until=now + scheme.expiry,
        told=told,
        needs_second_person=case.is_restricted or version.needs_second_person,
        appeal_until=now + scheme.appeal_windows[0],
    )


def _same_content(case: Case, reviewer: User) -> list[Case]:
    """Other cases about the same message that this reviewer may open, the first one first."""
    rows = visible_cases(reviewer).filter(pk__in=case_rows.same_content(case).values("pk"))
    rows = rows.select_related("decision__policy_version", "decision__decided_by", "follows")
    return list(rows.order_by("pk"))


def _told(case: Case) -> int:
    if case.shop_id is None or not case.is_of_the_shop:
        return 1
    return len(member_ids_with(case.shop_id, Capability.LODGE_APPEAL))


def context_lines(case: Case, findings: Sequence[Finding]) -> list[ContextLine]:
    """The conversation around the subject as it is now, or as it was frozen with the case."""
    spans = case_rows.joined_spans([[row.start, row.end] for row in findings]) or case_rows.spans_of(case)
    if case.subject_kind == FILES and Message.objects.filter(pk=case.subject_id).exists():
        # What was found lies in the files, which have their own pane.
        return [_live_line(row, case, ()) for row in surroundings(case.subject_id)]
    if case.subject_kind == MESSAGE and Message.objects.filter(pk=case.subject_id).exists():
        return [_live_line(row, case, spans) for row in surroundings(case.subject_id)]
    frozen = [
        ContextLine(row["sender"], "", parse_datetime(row["at"]), row["text"], (), False)
        for row in case.evidence["context"]
        if row["text"] != case.evidence["text"]
    ]
    at = parse_datetime(case.evidence["occurred_at"])
    return [*frozen, ContextLine(_side(case.author_kind), "", at, case.evidence["text"], spans, True)]


def _live_line(message: Message, case: Case, spans: Sequence[Sequence[int]]) -> ContextLine:
    is_subject = message.pk == case.subject_id
    name = message.author.short_name if message.author and message.author_kind != "customer" else ""
    return ContextLine(
        side=_side(message.author_kind),
        name=name,
        at=message.created_at,
        text=message.body,
        spans=spans if is_subject else (),
        is_subject=is_subject,
    )


def _side(author_kind: str) -> str:
    return {"customer": "customer", "auto": "auto", "member": "seller"}.get(author_kind, "platform")


def rail(shop_id: int, scheme: Scheme, now: datetime) -> Rail:
    last = scheme.milestones[-1].points
    points = active_points(shop_id, now)
    return Rail(
        now=points,
        now_percent=f"{min(100, points * 100 / last):.2f}",
        ticks=[
            {"points": milestone.points, "x": f"{milestone.points * 100 / last:.2f}%"}
            for milestone in scheme.milestones[:-1]
        ],
        last=last,
    )


def _other_policies(options: Sequence[Option]) -> list[tuple[str, str, int]]:
    known = {option.value for option in options}
    return [
        (policy.code, gettext(policy.title), policy.points)
        for policy in taxonomy.all_policies()
        if policy.code not in known and policy.action != "automatic"
    ]


def _settling_decision(case: Case) -> Decision | None:
    if case.decision_id is None:
        return None
    rows = Decision.objects.select_related("policy_version", "decided_by", "confirmed_by", "reversed_by")
    return rows.get(pk=case.decision_id)
