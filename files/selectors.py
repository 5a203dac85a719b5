"""Questions over many uploads."""

from collections import defaultdict
from collections.abc import Iterable

from files.models import Upload


def uploads_of(subject_kind: str, subject_ids: Iterable[int | str]) -> dict[str, list[Upload]]:
    """Attached uploads per subject id (as text), oldest first; one query for a whole page."""
    rows: dict[str, list[Upload]] = defaultdict(list)
    for upload in (
        Upload.objects.filter(subject_kind=subject_kind, subject_id__in=[str(i) for i in subject_ids])
        .exclude(state=Upload.State.REMOVED)
        .order_by("pk")
    ):
        rows[upload.subject_id].append(upload)
    return rows


def subjects_with_uploads(subject_kind: str, subject_ids: Iterable[int | str]) -> set[str]:
    """Which of these subjects (as text) ever had a file attached; one query."""
    rows = Upload.objects.filter(subject_kind=subject_kind, subject_id__in=[str(i) for i in subject_ids])
    return set(rows.values_list("subject_id", flat=True))
