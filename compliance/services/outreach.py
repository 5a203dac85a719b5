"""Counts to how many customers a shop sent nearly the same text, for the spam rules of the engine.

PostgreSQL holds one row per message, so a message that is scanned twice counts once, and nothing is lost with
Redis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from compliance.engine.context import Consent, Outreach
from compliance.engine.detectors.repeats import SpamSettings, is_advert, spam_settings
from compliance.engine.fingerprint import fingerprint
from compliance.models import SentText

__all__ = ["Consent", "Sent", "SpamSettings", "forget_old", "outreach_of", "spam_settings"]

KEPT = timedelta(days=60)
# Rows of one shop that one message is compared with: bounds the work when a shop sends without end.
MOST_COMPARED = 2_000


@dataclass(frozen=True, slots=True)
class Sent:
    """What chat knows of one message of a shop. ``is_unasked``: no customer's words that it could answer.

    ``has_written``: whether the customer ever wrote in the conversation before it.
    """

    message_id: int
    conversation_id: int
    shop_id: int
    sent_at: datetime
    text: str
    customer_name: str = ""
    is_unasked: bool = False
    has_written: bool = False
    consent: Consent = ""
    is_muted: bool = False


def outreach_of(sent: Sequence[Sent]) -> dict[int, Outreach]:
    """By message id, for those that answer nobody. Keeps what later messages are compared with."""
    rows = [row for one in sent if (row := _row_of(one)) is not None]
    unasked = [one for one in sent if one.is_unasked]
    if rows:
        SentText.objects.bulk_create(sorted(rows, key=lambda row: row.message_id), ignore_conflicts=True)
    counted = _count([row.message_id for row in rows if row.is_unasked])
    return {
        one.message_id: Outreach(
            *counted.get(one.message_id, (1, 1, 0)),
            has_written=one.has_written,
            consent=one.consent,
            is_muted=one.is_muted,
        )
        for one in unasked
    }


def _row_of(one: Sent) -> SentText | None:
    """Answers count only where they advertise; texts too short to be told apart don't count."""
    if not one.is_unasked and not is_advert(one.text):
        return None
    bits = fingerprint(one.text, name=one.customer_name)
    if bits is None:
        return None
    return SentText(
        message_id=one.message_id,
        shop_id=one.shop_id,
        conversation_id=one.conversation_id,
        fingerprint=bits,
        is_unasked=one.is_unasked,
        sent_at=one.sent_at,
    )


def _count(message_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """(customers, those of them who had not written, minutes from first to last) around each message."""
    if not message_ids:
        return {}
    limits = spam_settings()
    arguments: dict[str, Any] = {
        "window": timedelta(hours=limits.window_hours),
        "most": MOST_COMPARED,
        "ids": list(message_ids),
        "distance": limits.distance,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT mine.message_id, count(DISTINCT near.conversation_id),
                   count(DISTINCT near.conversation_id) FILTER (WHERE near.is_unasked),
                   extract(epoch FROM max(near.sent_at) - min(near.sent_at))
            FROM compliance_senttext mine
            CROSS JOIN LATERAL (
                SELECT conversation_id, is_unasked, sent_at, fingerprint
                FROM compliance_senttext other
                WHERE other.shop_id = mine.shop_id
                  AND other.sent_at BETWEEN mine.sent_at - %(window)s AND mine.sent_at + %(window)s
                ORDER BY other.sent_at DESC LIMIT %(most)s
            ) near
            WHERE mine.message_id = ANY(%(ids)s)
              AND bit_count((near.fingerprint # mine.fingerprint)::bit(64)) <= %(distance)s
            GROUP BY mine.message_id
            """,
            arguments,
        )
        return {
            pk: (customers, silent, round(float(seconds) / 60))
            for pk, customers, silent, seconds in cursor.fetchall()
        }


def forget_old() -> int:
    """Drop what is too old to be part of any round; a rescan makes it again."""
    return SentText.objects.filter(sent_at__lt=timezone.now() - KEPT).delete()[0]
