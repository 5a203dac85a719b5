"""What each member of a shop did lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection


@dataclass(frozen=True, slots=True)
class Activity:
    """Of one member since a moment.

    ``answered``: customers' sessions whose first answer was theirs; ``median``: the median time from the
    start of the clock to that answer, over sessions that count. ``open`` is now: what they have in hand.
    """

    messages: int = 0
    answered: int = 0
    median: timedelta | None = None
    open: int = 0
    seen_at: datetime | None = None


_ACTIVITY = """
WITH wrote AS (
    SELECT m.author_id, count(*) AS n FROM chat_conversation c JOIN chat_message m ON m.conversation_id = c.id
    WHERE c.shop_id = %(shop)s AND c.last_message_at >= %(since)s
      AND m.created_at >= %(since)s AND m.author_kind = 'member'
    GROUP BY m.author_id
), answered AS (
    SELECT m.author_id, count(*) AS n,
           percentile_cont(0.5) WITHIN GROUP (
               ORDER BY extract(epoch FROM s.answered_at - s.clock_started_at)::float8
           ) FILTER (WHERE s.reason = '') AS median_s
    FROM chat_session s
    JOIN chat_message m ON m.conversation_id = s.conversation_id AND m.seq = s.answered_seq
    WHERE s.shop_id = %(shop)s AND s.clock_started_at >= %(since)s AND m.author_kind = 'member'
    GROUP BY m.author_id
), held AS (
    SELECT assigned_to_id, count(*) AS n FROM chat_conversation
    WHERE shop_id = %(shop)s AND status = 'open' AND assigned_to_id IS NOT NULL GROUP BY assigned_to_id
)
SELECT member.user_id, coalesce(wrote.n, 0), coalesce(answered.n, 0), answered.median_s, coalesce(held.n, 0),
       seen.seen_at
FROM shops_shopmember member
LEFT JOIN wrote ON wrote.author_id = member.user_id
LEFT JOIN answered ON answered.author_id = member.user_id
LEFT JOIN held ON held.assigned_to_id = member.user_id
LEFT JOIN chat_lastseen seen ON seen.user_id = member.user_id
WHERE member.shop_id = %(shop)s AND member.is_active
"""


def activity_of(shop_id: int, *, since: datetime) -> dict[int, Activity]:
    """By user id, for every active member; in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVITY, {"shop": shop_id, "since": since})
        rows = cursor.fetchall()
    return {
        user_id: Activity(
            wrote, answered, None if median is None else timedelta(seconds=median), held, seen_at
        )
        for user_id, wrote, answered, median, held, seen_at in rows
    }
