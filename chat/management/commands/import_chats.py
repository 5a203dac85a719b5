"""``manage.py import_chats FILE.jsonl``: whole conversations, one per line, checked, stored and scanned."""

import json
import time
import zoneinfo
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.services import scanning
from chat.services.imports import BadLine, ChatLine, Importer, Outcome, parse_line

BATCH_MESSAGES = 1_000  # Conversations are gathered until they hold so many messages.
PROGRESS_S = 2.0


class Command(BaseCommand):
    help = (
        "Import conversations from a JSONL file, scan them, and exit with status 1 if any line was refused. "
        "Refused lines are named on stderr as `line N: reason`. Importing a file again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="one conversation per line, as JSON")
        parser.add_argument("--zone", default="UTC", help="time zone of shops that are made (IANA name)")
        parser.add_argument("--json", action="store_true", help="end with one JSON object of counts")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["zone"] not in zoneinfo.available_timezones():
            raise CommandError(f"{options['zone']!r} is not an IANA time zone.")
        importer = Importer(zone=options["zone"])
        total, bad_lines, findings = Outcome(), 0, 0
        self.began = self.told = time.monotonic()
        for batch, refused in self._batches(options["file"]):
            outcome = importer.store(batch) if batch else Outcome()
            findings += scanning.scan_imported(outcome.new_messages)
            for number, reason in sorted(refused + outcome.refused):
                self.stderr.write(f"line {number}: {reason}", self.style.NOTICE)
                bad_lines += 1
            total.conversations += outcome.conversations
            total.messages += outcome.messages
            total.already_there += outcome.already_there
            self._progress(total)
        scanning.finish_imports()
        counts = {
            "conversations": total.conversations,
            "messages": total.messages,
            "already_there": total.already_there,
            "bad_lines": bad_lines,
            "findings": findings,
        }
        self._report(counts, as_json=options["json"])
        if bad_lines:
            raise SystemExit(1)

    def _batches(self, path: Path) -> Iterator[tuple[list[ChatLine], list[tuple[int, str]]]]:
        """Conversations in batches, and the lines refused on the way. Never holds the whole file."""
        batch: list[ChatLine] = []
        refused: list[tuple[int, str]] = []
        size = 0
        try:
            file = path.open("rb")
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}") from None
        with file:
            for number, raw in enumerate(file, start=1):
                if not raw.strip():
                    continue
                try:
                    line = parse_line(number, raw)
                except BadLine as reason:
                    refused.append((number, str(reason)))
                    continue
                batch.append(line)
                size += len(line.messages)
                if size >= BATCH_MESSAGES or len(batch) >= BATCH_MESSAGES:
                    yield batch, refused
                    batch, refused, size = [], [], 0
        yield batch, refused

    def _progress(self, total: Outcome) -> None:
        now = time.monotonic()
        if now - self.told < PROGRESS_S:
            return
        self.told = now
        done = total.messages + total.already_there
        self.stderr.write(
            f"{done:,} messages, {done / (now - self.began):,.0f} a second", self.style.HTTP_INFO
        )

    def _report(self, counts: dict[str, int], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(counts))
            return
        self.stdout.write(
            f"{counts['conversations']} new conversations, {counts['messages']} new messages "
            f"({counts['already_there']} were there already), {counts['findings']} findings, "
            f"{counts['bad_lines']} refused lines."
        )
