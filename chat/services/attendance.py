"""Who is at the desk: kept in the database, for the automatic assignment and for "last seen"."""

from collections.abc import Collection

from django.db import connection

EVERY_S = 30  # A row is written at most so often for one person.


def seen_now(user_ids: Collection[int]) -> None:
    """These people are at the desk right now. One statement; mostly it writes nothing."""
    if not user_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO chat_lastseen AS seen (user_id, seen_at)
            SELECT id, clock_timestamp() FROM accounts_user WHERE id = ANY(%s) ORDER BY id
            ON CONFLICT (user_id) DO UPDATE SET seen_at = excluded.seen_at
            WHERE seen.seen_at < excluded.seen_at - %s * interval '1 second'
            """,
            [list(user_ids), EVERY_S],
        )
