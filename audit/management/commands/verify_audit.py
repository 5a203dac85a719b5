import json
import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from audit.services import verify


class Command(BaseCommand):
    help = "Check the audit trail for edited, deleted, reordered or cut-off entries; exit status 1 if so."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a sentence")

    def handle(self, *args: object, **options: object) -> None:
        result = verify()
        if options["json"]:
            self.stdout.write(json.dumps(result.as_json()))
        elif result.bad is None:
            self.stdout.write(f"The audit trail is whole: {result.entries} entries.")
        else:
            bad = result.bad
            self.stderr.write(f"First bad entry: number {bad.number} ({bad.problem}): {bad.detail}.")
        if not result.ok:
            sys.exit(1)
