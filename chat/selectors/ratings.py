"""What customers said about a shop's chats, as the shop sees it: in sum, and words without names."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, QuerySet

from chat.models import Rating
from chat.selectors import masked_text

WINDOW = timedelta(days=90)
SETTLED_AFTER = timedelta(days=1)  # As long as its customer may change it, a rating is shown to nobody else.
LEAST = 3  # A sum of fewer would point at one person.
MOST_WORDS = 20


@dataclass(frozen=True, slots=True)
class Ratings:
    """``average`` is None below ``LEAST``; then only ``count`` is told."""

    count: int
    average: float | None
    by_score: list[tuple[int, int]]  # From five stars to one.
    by_tag: list[tuple[str, int]]  # Label and how often, most frequent first.
    words: list[tuple[int, str]]  # Score and words, newest first, in no way tied to a chat.


def _settled(shop_id: int, now: datetime) -> QuerySet[Rating]:
    return Rating.objects.filter(shop_id=shop_id, made_at__gte=now - WINDOW, made_at__lt=now - SETTLED_AFTER)


def ratings_of(shop_id: int, *, now: datetime) -> Ratings:
    """The settled ratings of the last 90 days."""
    rows = _settled(shop_id, now)
    found = rows.aggregate(count=Count("pk"), average=Avg("score"))
    if found["count"] < LEAST:
        return Ratings(found["count"], None, [], [], [])
    scores = dict(rows.values_list("score").annotate(n=Count("pk")))
    tags: dict[str, int] = {}
    for each in rows.values_list("tags", flat=True):
        for tag in each:
            tags[tag] = tags.get(tag, 0) + 1
    by_tag = sorted(tags.items(), key=lambda entry: (-entry[1], entry[0]))
    spoken = rows.exclude(words="").filter(is_withheld=False).order_by("-made_at")[:MOST_WORDS]
    return Ratings(
        count=found["count"],
        average=float(found["average"]),
        by_score=[(score, scores.get(score, 0)) for score in (5, 4, 3, 2, 1)],
        by_tag=[(str(Rating.Tag(tag).label), n) for tag, n in by_tag],
        words=[(row.score, masked_text(row.words, row.mask_spans).body) for row in spoken],
    )
