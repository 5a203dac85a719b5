"""Undoing a decision exactly: by a new decision, reversal entries and lifted restrictions."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from compliance import signals
from compliance.models import Case, CaseEvent, Decision, Restriction
from compliance.selectors.standing import scheme_of
from compliance.services import enforcement, held_texts, points
from compliance.services.cases import add_event
from compliance.services.hiding import contact_spans, hide_of, was_hidden_before
from core.errors import Conflict


def reverse(
    *, decision: Decision, by: User, reason: str, at: datetime | None = None, is_undo: bool = False
) -> tuple[Decision, list[Restriction]]:
    """The reversing decision and the restrictions that fell with the old one.

    Takes back its points, lifts what the ledger no longer reaches and gives the words back; an undo instead
    leaves the content as the automatic check had left it. The caller holds the case's lock, sets its status
    and writes the audit entry. ``Conflict`` if it was reversed before.
    """
    at = at or timezone.now()
    if decision.shop_id is not None and decision.is_against_shop:
        at = max(at, points.lock_ledger(decision.shop_id))
    if Decision.objects.filter(reverses=decision).exists():
        raise Conflict(_("This decision has already been reversed."), code="already_reversed")
    reversal = Decision.objects.create(
        kind=Decision.Kind.REVERSE,
        source=f"reverse:{decision.pk}",
        case=decision.case,
        shop=decision.shop,
        author_id=decision.author_id,
        is_against_shop=decision.is_against_shop,
        subject_kind=decision.subject_kind,
        subject_id=decision.subject_id,
        policy_version=decision.policy_version,
        scheme=decision.scheme,
        reason=reason[:200],
        decided_by=by,
        decided_at=at,
        reverses=decision,
    )
    points.reverse_points(decision=decision, reversal=reversal, at=at)
    fallen: list[Restriction] = []
    if decision.shop_id is not None and decision.is_against_shop and decision.scheme is not None:
        scheme = scheme_of(decision.scheme)
        fallen = enforcement.lift_what_fell(shop_id=decision.shop_id, scheme=scheme, reversal=reversal, at=at)
    if decision.case is not None:
        add_event(decision.case, CaseEvent.Kind.REVERSED, actor=by, text=reason)
        _show(decision.case, decision, decision.hide_mode, as_checked=is_undo)
        for part in decision.case.parts.filter(decision=decision).order_by("pk"):
            version = decision.policy_version
            _show(part, decision, hide_of(part, version)[0] if version else "", as_checked=is_undo)
    signals.decision_reversed.send(
        sender=Decision,
        decision_id=decision.pk,
        reversal_id=reversal.pk,
        source=decision.source,
        shop_id=decision.shop_id,
        subject_kind=decision.subject_kind,
        subject_id=decision.subject_id,
    )
    return reversal, fallen


def _show(case: Case, decision: Decision, hide_mode: str, *, as_checked: bool) -> None:
    if case.subject_kind in held_texts.FIELDS:
        held_texts.release(decision=decision)
        return
    about = {"subject_kind": case.subject_kind, "subject_id": case.subject_id}
    hidden_before = was_hidden_before(case)
    if decision.kind == Decision.Kind.UPHOLD and (hide_mode or hidden_before):
        signals.content_restored.send(sender=Case, **about)
    if as_checked and hidden_before:
        mode = "withhold" if case.evidence["must_withhold"] else "mask"
        signals.content_hidden.send(sender=Case, **about, mode=mode, spans=contact_spans(case))
