"""Opening cases, and attaching what is learnt later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from compliance import signals, taxonomy
from compliance.access import role_names
from compliance.models import Case, CaseEvent, Finding, Severity
from compliance.services.screening import Screening
from core.errors import Conflict, NotFound
from core.reference_numbers import generate

REFERENCE_PREFIX = "C"
_LIKELY = 0.5  # of the surest suspicion's confidence
_TRIES = 3  # a reference taken by chance, or a case opened beside us: look again


Known = Mapping[tuple[str, int], Sequence[Case]]
"""By kind and id of a content: its cases, the newest first."""
Place = tuple[Case | None, int | None]
"""The open case that a new one is a part of, or the id of the first that it follows."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A piece of content and whom it concerns, as plain values: compliance knows no table above it.

    ``author_kind``: customer | member | auto | platform | system. ``context``: the messages around it, oldest
    first, each ``{"sender", "text", "at" (ISO), "seq"}``; it is frozen into the case as evidence.
    """

    kind: str
    id: int
    shop_id: int | None
    author_id: int | None
    author_kind: str
    text: str
    occurred_at: datetime
    conversation_id: int | None = None
    context: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    is_imported: bool = False
    people: Sequence[int] = ()  # who talks: their names are taken out of what a second opinion reads
    joins: str = ""  # the kind of the other half with the same id: both are decided as one case


def severity_of(policy_code: str) -> Severity:
    return Severity[taxonomy.get_policy(policy_code).severity.upper()]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One content with its stored findings. ``evidence``: what a new case keeps besides."""

    subject: Subject
    findings: Sequence[Finding]
    screening: Screening
    evidence: Mapping[str, Any]


def take_in_findings(suspicions: Sequence[Suspicion]) -> None:
    """See that a case knows of these findings: the open one, a new one, or one that already judged them.

    Every content once. A fixed number of statements, but for cases that were settled and those that become
    graver.
    """
    if not suspicions:
        return
    known = _known_cases([one.subject for one in suspicions])
    places = {_name(one.subject): _place_of(one.subject, known) for one in suspicions}
    fitting = {_name(one.subject): _fitting(known[_name(one.subject)], one) for one in suspicions}
    missing = [one for one in suspicions if fitting[_name(one.subject)] is None]
    fitting |= zip((_name(one.subject) for one in missing), _open_cases(missing, places), strict=True)
    pairs = []
    for one in suspicions:
        case = fitting[_name(one.subject)]
        new = [row for row in one.findings if row.case_id is None]
        if case is None or not new:
            continue
        pairs += [(row.pk, case.pk) for row in new]
        if case.is_open:
            raise_severity(case, _gravest(one.findings))
    _attach(pairs)


def _attach(pairs: Sequence[tuple[int, int]]) -> None:
    """(finding, case): which case each finding belongs to."""
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE compliance_finding f SET case_id = t.case_id "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS t (id, case_id) WHERE f.id = t.id",
            [list(column) for column in zip(*pairs, strict=True)],
        )


def open_case(
    *, subject: Subject, policy_code: str, source: str, evidence: Mapping[str, Any], actor: User | None = None
) -> Case:
    """The open case of this subject, opened now if there is none. Its evidence is frozen from here on.

    While a case about the other half of the same content is open, this one becomes a part of it.
    """
    for _try in range(_TRIES):
        known = _known_cases([subject])
        if case := next((case for case in known[_name(subject)] if case.is_open), None):
            return case
        try:
            with transaction.atomic():
                case = _new_case(subject, policy_code, source, evidence)
                case.part_of, case.follows_id = _place_of(subject, known)
                case.save(force_insert=True)
        except IntegrityError:
            continue
        CaseEvent.objects.create(case=case, kind=CaseEvent.Kind.OPENED, actor=actor)
        _announce(case)
        if case.part_of is not None:
            raise_severity(case.part_of, policy_code)
        return case
    raise IntegrityError("No case could be opened.")


def _open_cases(suspicions: Sequence[Suspicion], places: Mapping[tuple[str, int], Place]) -> list[Case]:
    """A case for each of these, in the same order: all at once, or one by one where somebody was faster.

    ``places``: where each would stand.
    """
    if not suspicions:
        return []
    told = [(one.subject, _gravest(one.findings), _evidence(one)) for one in suspicions]
    new = [_new_case(subject, policy, Case.Source.FINDING, frozen) for subject, policy, frozen in told]
    for case in new:
        case.part_of, case.follows_id = places[case.subject_kind, case.subject_id]
    try:
        with transaction.atomic():
            Case.objects.bulk_create(new)
    except IntegrityError:
        return [
            open_case(subject=subject, policy_code=policy, source=Case.Source.FINDING, evidence=frozen)
            for subject, policy, frozen in told
        ]
    CaseEvent.objects.bulk_create(CaseEvent(case=case, kind=CaseEvent.Kind.OPENED) for case in new)
    for case in new:
        _announce(case)
    return new


def _announce(case: Case) -> None:
    signals.case_opened.send(sender=Case, **_told(case))


def announce_settled(case: Case, outcome: str, *, policy_code: str = "") -> None:
    """``outcome``: upheld, dismissed, overturned or reopened; the policy only where one was broken."""
    signals.case_settled.send(sender=Case, **_told(case), outcome=str(outcome), policy_code=policy_code)


def _told(case: Case) -> dict[str, Any]:
    """What every signal about a case carries."""
    return {
        "case_id": case.pk,
        "subject_kind": case.subject_kind,
        "subject_id": case.subject_id,
        "shop_id": case.shop_id,
        "conversation_id": case.conversation_id,
        "author_kind": case.author_kind,
        "source": case.source,
    }


def _evidence(one: Suspicion) -> dict[str, Any]:
    return {
        "findings": [_as_evidence(row) for row in one.findings],
        "mask_spans": [list(span) for span in one.screening.mask_spans],
        "must_withhold": one.screening.must_withhold,
        **one.evidence,
    }


def add_event(case: Case, kind: str, *, actor: User | None = None, text: str = "") -> CaseEvent:
    return CaseEvent.objects.create(case=case, kind=kind, actor=actor, text=text)


def audit_case(
    case: Case, what: str, *, actor: User | None, reason: str = "", changes: Mapping[str, Any] | None = None
) -> None:
    """Write ``case.<what>`` into the audit trail, in the caller's transaction, with the actor's roles."""
    record(
        action=f"case.{what}",
        actor=actor,
        actor_role=role_names(actor) if actor else "",
        target_type="case",
        target_id=case.pk,
        target_label=case.reference,
        reason=reason,
        changes=changes,
    )


def lock_case(case_id: int) -> Case:
    """The case, locked to the end of the transaction: whoever decides or claims it goes through here."""
    try:
        return (
            Case.objects.select_for_update(of=("self",), no_key=True).select_related("shop").get(pk=case_id)
        )
    except Case.DoesNotExist:
        raise NotFound(_("No such case.")) from None


def _new_case(subject: Subject, policy_code: str, source: str, evidence: Mapping[str, Any]) -> Case:
    """Not stored yet. Its evidence is complete."""
    policy = taxonomy.get_policy(policy_code)
    return Case(
        reference=generate(REFERENCE_PREFIX),
        subject_kind=subject.kind,
        subject_id=subject.id,
        shop_id=subject.shop_id,
        author_id=subject.author_id,
        author_kind=subject.author_kind,
        conversation_id=subject.conversation_id,
        source=source,
        policy_code=policy_code,
        severity=severity_of(policy_code),
        is_restricted=policy.restricted_queue,
        is_imported=subject.is_imported,
        evidence={
            "text": subject.text,
            "occurred_at": subject.occurred_at.isoformat(),
            "context": [dict(row) for row in subject.context],
            "findings": [],
            "mask_spans": [],
            "must_withhold": False,
            "people": list(subject.people),
            **evidence,
        },
        opened_at=timezone.now(),
    )


def _name(subject: Subject) -> tuple[str, int]:
    return subject.kind, subject.id


def _known_cases(subjects: Sequence[Subject]) -> dict[tuple[str, int], list[Case]]:
    """All cases of each content and of its other half, the newest first, locked."""
    _await_other_halves(subjects)
    names = [_name(subject) for subject in subjects]
    names += [(subject.joins, subject.id) for subject in subjects if subject.joins]
    found: dict[tuple[str, int], list[Case]] = {name: [] for name in names}
    # Locked in the order of their numbers, the whole before its part, as deciding does it.
    rows = Case.objects.select_for_update(no_key=True).filter(
        subject_kind__in={kind for kind, _ in found}, subject_id__in={pk for _, pk in found}
    )
    for case in rows.order_by("pk"):
        if (name := (case.subject_kind, case.subject_id)) in found:
            found[name].insert(0, case)
    return found


def _await_other_halves(subjects: Sequence[Subject]) -> None:
    """Two workers may judge the words and the files of one message at a time: one of them comes first."""
    shared = sorted({subject.id % 2**31 for subject in subjects if subject.joins})
    if not shared:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('case.halves'), id) FROM unnest(%s::int[]) AS id", [shared]
        )


def _whole_for(subject: Subject, known: Known) -> Case | None:
    """The open case about the other half of this content, which a new one would be a part of.

    None that waits for a second person: the first one has proposed without it. Who holds the case now cannot
    decide it before seeing what joined (``decisions.decide``).
    """
    others = known[subject.joins, subject.id] if subject.joins else ()
    return next(
        (case for case in others if case.status == Case.Status.OPEN and case.part_of_id is None), None
    )


def _place_of(subject: Subject, known: Known) -> Place:
    """Where a new case about this content stands beside those that were there before it.

    A text that was edited is another content, and follows nothing.
    """
    if whole := _whole_for(subject, known):
        return whole, None
    earlier = [
        case for case in known[_name(subject)] if subject.joins or case.evidence["text"] == subject.text
    ]
    earlier += known[subject.joins, subject.id] if subject.joins else ()
    if not earlier:
        return None, None
    oldest = min(earlier, key=lambda case: case.pk)
    first = oldest.part_of or oldest
    return None, first.follows_id or first.pk


def take_in_later(case: Case, *, actor: User) -> None:
    """Cases that were opened about the same content while this one was not open become parts of it.

    The caller holds the case's lock and opens it again in the same transaction. ``Conflict`` if one of them
    cannot stand beside it because a second person is asked for it.
    """
    halves = [case, *case.parts.order_by("pk")]
    same = Q(follows=case.follows_id or case.pk)
    for half in halves:
        same |= Q(subject_kind=half.subject_kind, subject_id=half.subject_id)
    later = Case.objects.select_for_update(no_key=True).filter(
        same, status__in=Case.OPEN_STATES, part_of=None, pk__gt=case.pk
    )
    for other in later.order_by("pk"):
        if other.status == Case.Status.OPEN:
            _make_part(other, case, actor)
        elif (other.subject_kind, other.subject_id) == (case.subject_kind, case.subject_id):
            raise Conflict(
                _("Case %(reference)s about this content waits for a second person. Settle that one first.")
                % {"reference": other.reference},
                code="later_case_waits",
            )


def _make_part(other: Case, whole: Case, actor: User) -> None:
    other.parts.update(part_of=whole)
    other.part_of, other.claimed_by, other.claimed_until = whole, None, None
    other.save(update_fields=["part_of", "claimed_by", "claimed_until"])
    add_event(other, CaseEvent.Kind.JOINED, actor=actor, text=whole.reference)
    add_event(whole, CaseEvent.Kind.JOINED, actor=actor, text=other.reference)
    raise_severity(whole, other.policy_code)


def require_whole(case: Case) -> None:
    """``Conflict`` for a part: it is claimed and decided with the case that it belongs to."""
    if case.part_of is not None:
        raise Conflict(
            _("This case now belongs to case %(reference)s. Go on there.")
            % {"reference": case.part_of.reference},
            code="is_part",
        )


def _fitting(known: Sequence[Case], one: Suspicion) -> Case | None:
    """The open case, or a settled one that already judged all of these policies in the same words."""
    policies = {row.policy_code for row in one.findings}
    for case in known:
        if case.is_open:
            return case
        judged = {case.policy_code, *(row["policy"] for row in case.evidence.get("findings", []))}
        judged |= set(case.findings.values_list("policy_code", flat=True))
        if policies <= judged and case.evidence["text"] == one.subject.text:
            return case
    return None


def raise_severity(case: Case, policy_code: str) -> None:
    """A graver suspicion that comes later moves the case up, into the restricted queue where it must."""
    if case.part_of is not None:
        raise_severity(case.part_of, policy_code)
    policy = taxonomy.get_policy(policy_code)
    graver = severity_of(policy_code) > case.severity
    if not graver and not (policy.restricted_queue and not case.is_restricted):
        return
    case.severity = max(case.severity, severity_of(policy_code))
    case.is_restricted = case.is_restricted or policy.restricted_queue
    if graver:
        case.policy_code = policy_code
    case.save(update_fields=["severity", "is_restricted", "policy_code"])
    add_event(case, CaseEvent.Kind.EVIDENCE, text=policy_code)


def _gravest(findings: Sequence[Finding]) -> str:
    """The suspicion with the highest severity, then points, then confidence.

    One that is much less likely than another is passed over, unless it is critical: a case that reads as a
    sale off the platform is not opened as harassment because a model thought of that, too.
    """
    surest = max(row.confidence for row in findings)

    def weight(row: Finding) -> tuple[int, int, float, int]:
        points = taxonomy.get_policy(row.policy_code).points
        return severity_of(row.policy_code), points, row.confidence, -row.start

    likely = [
        row
        for row in findings
        if row.confidence >= _LIKELY * surest or severity_of(row.policy_code) == Severity.CRITICAL
    ]
    return max(likely, key=weight).policy_code


def _as_evidence(row: Finding) -> dict[str, Any]:
    return {
        "policy": row.policy_code,
        "detector": row.detector,
        "version": row.detector_version,
        "rule": row.rule,
        "start": row.start,
        "end": row.end,
        "confidence": row.confidence,
        "matched": row.matched,
        "explanation": row.explanation,
        "ruleset": row.ruleset,
    }
