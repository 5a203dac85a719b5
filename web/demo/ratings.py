"""Ratings of past chats for the demo: quick answers are liked, slow ones less."""

from datetime import datetime, timedelta

from chat.models import Rating, Session
from shops.models import Shop

WORDS = [
    "Quick and friendly, thank you!",
    "",
    "Knew exactly what I meant.",
    "",
    "It took a while, but the answer was right.",
    "",
]


def rate_past_chats(shops: list[Shop], now: datetime) -> None:
    """Every third counted session of the last weeks; repeating it stores nothing twice."""
    rows = (
        Session.objects.filter(shop__in=shops, reason="", last_message_at__gte=now - timedelta(days=60))
        .select_related("conversation")
        .order_by("shop_id", "opened_at")
    )
    made = [_rating(session, number) for number, session in enumerate(rows) if number % 3 == 0]
    Rating.objects.bulk_create(made, ignore_conflicts=True)


def _rating(session: Session, number: int) -> Rating:
    started, answered = session.clock_started_at, session.answered_at
    took = answered - started if answered and started else None
    if took is None:
        score, tags = 1, [Rating.Tag.NO_ANSWER]
    elif took > timedelta(hours=12):
        score, tags = 3, [Rating.Tag.SLOW, Rating.Tag.SOLVED]
    else:
        score, tags = 5 - number % 2, [Rating.Tag.QUICK, Rating.Tag.FRIENDLY]
    at = session.last_message_at + timedelta(hours=5)
    return Rating(
        conversation=session.conversation,
        shop_id=session.shop_id,
        customer_id=session.conversation.customer_id,
        session_seq=session.first_seq,
        score=score,
        tags=sorted(tags),
        words=WORDS[number % len(WORDS)] if score > 1 else "",
        made_at=at,
        changed_at=at,
    )
