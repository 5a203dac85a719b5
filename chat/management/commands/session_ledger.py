"""`manage.py session_ledger`: every session with its clock and verdict, oldest first within a conversation.

Reads the stored ledger. Only conversations that went on after ``--at`` are worked out anew, up to that time.
Needs PostgreSQL and nothing else.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from chat.models import Conversation, Session, SessionMark
from chat.response_clock import verdict_of
from chat.services.sessions import sessions_as_of
from shops.models import Shop

BATCH = 500  # Conversations that are worked out anew together.
FIELDS = ("conversation_id", "opened_at", "clock_started_at", "deadline", "answered_at", "reason")


class Row(NamedTuple):
    conversation_id: int
    opened_at: datetime
    clock_started_at: datetime | None
    deadline: datetime | None
    answered_at: datetime | None
    reason: str


class Command(BaseCommand):
    help = "One line per session: opened, clock, deadline, answer, verdict, reason."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shop", metavar="SLUG", help="only this shop")
        parser.add_argument("--at", metavar="ISO", help="the ledger as it stood at this time (default: now)")
        parser.add_argument("--json", action="store_true", help="one JSON object per line")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now() if options["at"] is None else _time(options["at"])
        conversations = Conversation.objects.order_by("pk")
        if options["shop"]:
            if not Shop.objects.filter(slug=options["shop"]).exists():
                raise CommandError(f"there is no shop {options['shop']!r}")
            conversations = conversations.filter(shop__slug=options["shop"])
        names = {pk: external_id or pk for pk, external_id in conversations.values_list("pk", "external_id")}
        for row in _rows(names, at):
            self.stdout.write(_line(names[row.conversation_id], row, at, as_json=options["json"]))


def _rows(wanted: dict[int, Any], at: datetime) -> Iterator[Row]:
    went_on = set(Session.objects.filter(last_message_at__gt=at).values_list("conversation_id", flat=True))
    went_on |= set(SessionMark.objects.filter(at__gt=at).values_list("conversation_id", flat=True))
    begun = set(Session.objects.filter(opened_at__lte=at).values_list("conversation_id", flat=True))
    stored = Session.objects.order_by("conversation_id", "first_seq").values_list(*FIELDS)
    for values in stored.iterator():
        row = Row(*values)
        if row.conversation_id in wanted and row.conversation_id not in went_on:
            yield row
    ids = sorted(went_on & begun & wanted.keys())
    for start in range(0, len(ids), BATCH):
        some = Conversation.objects.filter(pk__in=ids[start : start + BATCH])
        computed = sessions_as_of(list(some.select_related("shop", "customer").order_by("pk")), at)
        for sessions in computed.values():
            for session in sessions:
                yield Row(*(getattr(session, name) for name in FIELDS))


def _line(name: Any, row: Row, at: datetime, *, as_json: bool) -> str:
    verdict = verdict_of(reason=row.reason, deadline=row.deadline, answered_at=row.answered_at, at=at)
    line = {
        "conversation": name,
        "opened_at": _iso(row.opened_at),
        "clock_started_at": _iso(row.clock_started_at),
        "deadline": _iso(row.deadline),
        "answered_at": _iso(row.answered_at),
        "verdict": verdict.value,
        "reason": row.reason or None,
    }
    if as_json:
        return json.dumps(line, ensure_ascii=False)
    return "  ".join("-" if value is None else str(value) for value in line.values())


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is not an ISO 8601 time") from None
    # Without a zone the product's own is meant: UTC.
    return at if at.tzinfo else at.replace(tzinfo=UTC)
