"""Who is there, and how fast a shop usually answers: from data, and silent where there is too little."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from chat import presence
from chat.access import Side, Viewer
from chat.models import Conversation, Mute, NoticeSettings
from shops.capabilities import Capability
from shops.selectors import member_ids_with

WINDOW = timedelta(days=28)
LEAST_SESSIONS = 5  # Fewer say nothing about what is usual.
CACHE_S = 300


@dataclass(frozen=True, slots=True)
class UsualAnswer:
    """The median time to the first answer, over the counted sessions whose clock ran in the last 28 days.

    A session without an answer counts as longer than any other. ``median`` is None with fewer than
    ``LEAST_SESSIONS`` sessions, or when more than half were never answered.
    """

    median: timedelta | None
    sessions: int


def usual_answer(shop_id: int, *, now: datetime | None = None) -> UsualAnswer:
    """Read again every few minutes at most."""
    key = f"usual-answer:{shop_id}"
    known = cache.get(key) if now is None else None
    if known is None:
        known = _usual_answer(shop_id, now or timezone.now())
        cache.set(key, known, CACHE_S)
    found: UsualAnswer = known
    return found


def _usual_answer(shop_id: int, now: datetime) -> UsualAnswer:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), percentile_disc(0.5) WITHIN GROUP (
                ORDER BY coalesce(extract(epoch FROM answered_at - clock_started_at), 'Infinity'::numeric))
            FROM chat_session
            WHERE shop_id = %(shop)s AND clock_started_at >= %(since)s AND clock_started_at < %(now)s
              AND reason = '' AND (answered_at IS NOT NULL OR deadline <= %(now)s)
            """,
            {"shop": shop_id, "since": now - WINDOW, "now": now},
        )
        count, seconds = cursor.fetchone()
    is_known = count >= LEAST_SESSIONS and seconds is not None and seconds.is_finite()
    return UsualAnswer(timedelta(seconds=float(seconds)) if is_known else None, count)


def usual_words(usual: UsualAnswer) -> str:
    """ "Usually answers in about 2 hours", rounded up; empty when nothing honest can be said."""
    if usual.median is None:
        return ""
    minutes = usual.median.total_seconds() / 60
    if minutes <= 10:
        return gettext("Usually answers within minutes")
    if minutes <= 60:
        return gettext("Usually answers within an hour")
    hours = -int(-minutes // 60)
    if hours < 24:
        text = ngettext("Usually answers in about %(n)d hour", "Usually answers in about %(n)d hours", hours)
        return text % {"n": hours}
    days = -(-hours // 24)
    return ngettext("Usually answers within %(n)d day", "Usually answers within %(n)d days", days) % {
        "n": days
    }


def is_other_side_there(conversation: Conversation, viewer: Viewer) -> bool:
    """Whether somebody of the other side, who does not mind being seen, has a socket open."""
    if viewer.side == Side.CUSTOMER:
        others = member_ids_with(conversation.shop_id, Capability.REPLY_TO_CUSTOMERS)
    else:
        others = [conversation.customer_id]
    return bool(presence.present(others))


def visible_ids(user_ids: Iterable[int]) -> set[int]:
    """Those of these people who may be shown as there."""
    ids = set(user_ids)
    return ids - set(
        NoticeSettings.objects.filter(user_id__in=ids, is_invisible=True).values_list("user_id", flat=True)
    )


def notice_settings_of(user_id: int) -> NoticeSettings:
    """The person's choices, or the defaults (not stored)."""
    return NoticeSettings.objects.filter(user_id=user_id).first() or NoticeSettings(user_id=user_id)


def is_muted(conversation: Conversation, user_id: int) -> bool:
    return Mute.objects.filter(conversation=conversation, user_id=user_id).exists()


def muted_among(conversation_ids: Iterable[int], *, user_id: int) -> list[int]:
    """Those of these conversations of which the person wants no notices."""
    rows = Mute.objects.filter(user_id=user_id, conversation_id__in=list(conversation_ids))
    return sorted(rows.values_list("conversation_id", flat=True))


def notices_json(user_id: int) -> dict[str, Any]:
    """What the client needs to know to show notices of the browser."""
    return notices_of(notice_settings_of(user_id))


def notices_of(row: NoticeSettings) -> dict[str, Any]:
    """The same from a row that was read already."""
    quiet = [f"{row.quiet_from:%H:%M}", f"{row.quiet_to:%H:%M}"] if row.has_quiet_hours else None
    return {"is_on": row.browser, "shows_text": row.shows_text, "quiet": quiet}
