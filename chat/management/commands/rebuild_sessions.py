"""`manage.py rebuild_sessions [--check]`: work the ledger out anew from the messages, for every conversation.

Changes nothing where the stored ledger is right; ``--check`` changes nothing at all and fails if it is not.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from chat.models import Conversation, Session
from chat.services.session_facts import FOREVER
from chat.services.sessions import UPDATED_FIELDS, rebuild_sessions, sessions_as_of

BATCH = 500


class Command(BaseCommand):
    help = "Compare the stored ledger of sessions with the messages, and mend it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare; exit status 1 if they differ")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = list(Conversation.objects.order_by("pk").values_list("pk", flat=True))
        wrong: list[int] = []
        for start in range(0, len(ids), BATCH):
            wrong += _wrong_ones(ids[start : start + BATCH])
            if sys.stderr.isatty():
                self.stderr.write(f"\r{start + BATCH} of {len(ids)}", ending="")
        if options["check"] and wrong:
            raise CommandError(f"{len(wrong)} of {len(ids)} conversations have another ledger than is stored")
        for pk in wrong:
            _mend(pk)
        self.stdout.write(f"{len(ids)} conversations, {len(wrong)} mended")


def _wrong_ones(ids: list[int]) -> list[int]:
    conversations = list(Conversation.objects.filter(pk__in=ids).select_related("shop", "customer"))
    computed = sessions_as_of(conversations, FOREVER)
    stored: dict[int, list[tuple[Any, ...]]] = {pk: [] for pk in ids}
    for row in Session.objects.filter(conversation__in=ids).order_by("first_seq"):
        stored[row.conversation_id].append(_values(row))
    return [pk for pk in ids if [_values(row) for row in computed.get(pk, [])] != stored[pk]]


def _values(row: Session) -> tuple[Any, ...]:
    return (row.first_seq, *(getattr(row, name) for name in UPDATED_FIELDS))


def _mend(pk: int) -> None:
    with transaction.atomic():
        rows = Conversation.objects.select_for_update(of=("self",)).select_related("shop", "customer")
        rebuild_sessions(rows.get(pk=pk))
