"""``manage.py replay_chats FILE.jsonl --speed N``: plays a chat file through the running server."""

import asyncio
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chat.services.imports import BadLine, ChatLine, parse_line
from chat.services.replay import Player, Report, prepare, script_of


class Command(BaseCommand):
    help = (
        "Play a chat file through the running server with real sockets for both sides, and report what was "
        "sent, acknowledged, delivered, withheld and scanned, with the delays. Exit status 1 if anything is "
        "missing. Playing the same --run again goes on where it stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="one conversation per line, as JSON")
        parser.add_argument("--speed", type=float, required=True, help="how many times as fast as it was")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the server answers")
        parser.add_argument("--run", default="", help="name of the run (default: the time)")
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["speed"] > 0:
            raise CommandError("--speed must be above 0.")
        run = options["run"] or timezone.now().strftime("%Y%m%dT%H%M%S")
        lines = self._lines(options["file"])
        cast = prepare(lines, run=run)
        script = script_of(lines, cast, run=run, speed=options["speed"])
        seconds = script[-1].offset_s if script else 0
        self._tell(f"Run {run}: {len(lines)} conversations, {len(script)} messages, about {seconds:,.0f} s.")
        player = Player(cast=cast, script=script, url=options["url"], run=run, tell=self._tell)
        report = asyncio.run(player.play())
        self._show(report, as_json=options["json"])
        if not report.is_complete:
            raise SystemExit(1)

    def _tell(self, text: str) -> None:
        self.stderr.write(text, self.style.HTTP_INFO)

    def _lines(self, path: Path) -> list[ChatLine]:
        """The conversations that have messages; a bad line or a repeated id is left out, and named."""
        found: dict[tuple[str, str], ChatLine] = {}
        try:
            raw_lines = path.read_bytes().split(b"\n")
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}") from None
        for number, raw in enumerate(raw_lines, start=1):
            if not raw.strip():
                continue
            try:
                line = parse_line(number, raw)
            except BadLine as reason:
                self.stderr.write(f"line {number}: {reason}", self.style.NOTICE)
                continue
            if (line.kind, line.external_id) in found:
                self.stderr.write(f"line {number}: the id {line.external_id} is there already")
            elif line.messages:
                found[line.kind, line.external_id] = line
        return list(found.values())

    def _show(self, report: Report, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.as_json()))
            return
        for name, value in report.as_json().items():
            self.stdout.write(f"{name}: {value}")
