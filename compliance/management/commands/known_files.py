"""Match lists as CSV: out to others, and in from others. One line a file, with a heading line."""

import csv
import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from compliance.models import KnownFile
from compliance.services import known_files
from core.errors import Conflict, DomainError

COLUMNS = ("listing", "kind", "value", "policy_code", "reason", "case_reference")


class Command(BaseCommand):
    help = "Exports or imports the lists of known files (SHA-256 and PDQ hashes) as CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["export", "import"])
        parser.add_argument("file", help="a path, or - for standard output or input")

    def handle(self, *, act: str, file: str, **options: object) -> None:
        if act == "export":
            self._export(file)
        else:
            self._import(file)

    def _export(self, file: str) -> None:
        rows = KnownFile.objects.filter(removed_at=None).order_by("pk").values_list(*COLUMNS)
        if file == "-":
            _write(self.stdout, rows)
            return
        with Path(file).open("w", newline="", encoding="utf-8") as out:
            _write(out, rows)
        self.stderr.write(f"{len(rows)} entries written")

    def _import(self, file: str) -> None:
        """Adds what is new; a line that is on a list already is left as it is. A wrong line stops nothing."""
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        reader = csv.DictReader(text.splitlines())
        if not {"listing", "kind", "value"} <= set(reader.fieldnames or ()):
            raise CommandError(f"The first line must name the columns: {', '.join(COLUMNS)}")
        added = known = wrong = 0
        for number, row in enumerate(reader, start=2):
            try:
                known_files.add(
                    listing=row["listing"] or "",
                    kind=row["kind"] or "",
                    value=row["value"] or "",
                    policy_code=row.get("policy_code") or "",
                    reason=row.get("reason") or "imported",
                    case_reference="",
                    by=None,
                )
                added += 1
            except Conflict:
                known += 1
            except DomainError as refusal:
                wrong += 1
                self.stderr.write(f"line {number}: {refusal.message}")
        self.stdout.write(f"{added} added, {known} known before, {wrong} wrong")
        if wrong and not added and not known:
            raise CommandError("No line could be read.")


def _write(out: object, rows: object) -> None:
    writer = csv.writer(out, lineterminator="\n")  # type: ignore[arg-type]
    writer.writerow(COLUMNS)
    for row in rows:  # type: ignore[attr-defined]
        # A spreadsheet would run a reason that begins like a formula.
        writer.writerow([f"'{cell}" if str(cell)[:1] in tuple("=+-@\t") else cell for cell in row])
