"""Check a downloaded transcript: ``manage.py verify_transcript FILE [--keys KEYS.json]``."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.services.transcripts import published_keys, verify_bytes


class Command(BaseCommand):
    help = "Check the signature of a transcript (JSON or text) against the published keys."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--keys", type=Path, help="a saved copy of /.well-known/parley-transcript-keys.json"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = options["file"].read_bytes()
            keys = _keys(options["keys"]) if options["keys"] else published_keys()
            key_id = verify_bytes(data, keys)
        except OSError as error:
            raise CommandError(f"{options['file']} could not be read: {error}") from error
        except ValueError as error:
            raise CommandError(f"NOT GENUINE: {error}.") from error
        self.stdout.write(f"GENUINE: signed with key {key_id}, and nothing was changed.")


def _keys(path: Path) -> dict[str, str]:
    return {key["key_id"]: key["public_key"] for key in json.loads(path.read_text())["keys"]}
