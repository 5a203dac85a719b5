"""What customers are told where a decision has taken words away."""

from compliance.models import HeldText


def reasons_for_gaps(subject_kind: str, subject_id: int) -> dict[str, str]:
    """Field of the shop or product -> title of the rule for which its words were taken down."""
    held = HeldText.objects.filter(subject_kind=subject_kind, subject_id=subject_id, released_at=None)
    rows = held.select_related("decision__policy_version").order_by("held_at", "pk")
    return {
        name: row.decision.policy_version.title if row.decision.policy_version else ""
        for row in rows
        for name in row.fields
    }
