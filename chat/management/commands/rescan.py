"""Scans old messages again under the ruleset in force, with progress."""

import time
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from chat.models import Rescan
from chat.services import rescans
from core.errors import Invalid

TURN_SECONDS = 5.0


class Command(BaseCommand):
    help = "Scans messages that the ruleset in force has not seen. Safe to run twice and beside the worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="messages of so many days (default 30)")
        parser.add_argument("--all", action="store_true", dest="everything", help="all messages, however old")
        parser.add_argument("--compare", action="store_true", help="store findings, but open no case")
        parser.add_argument("--no-wait", action="store_true", help="leave the work to the worker")

    def handle(self, *, days: int, everything: bool, compare: bool, no_wait: bool, **options: object) -> None:
        try:
            job = rescans.start(days=None if everything else days, opens_cases=not compare)
        except Invalid as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"ruleset {job.ruleset}: {job.total} messages to scan")
        while not no_wait and job.state in Rescan.OPEN_STATES:
            if not rescans.work(seconds=TURN_SECONDS, patient=False):
                time.sleep(1)  # The worker holds the job.
            job.refresh_from_db()
            progress = rescans.progress_of(job)
            left = f", {progress.left:.0f} s left" if progress.left else ""
            self.stdout.write(f"{job.done} of {job.total}, {progress.rate or 0:.0f} a second{left}")
        if job.state == Rescan.State.DONE:
            added, gone = (
                job.changes.filter(kind=kind).count()
                for kind in (job.changes.model.Kind.ADDED, job.changes.model.Kind.GONE)
            )
            self.stdout.write(f"done: {job.flagged} messages flagged; {added} findings new, {gone} gone")
