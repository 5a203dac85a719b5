"""Sign transcripts with a new key from now on; the old public key stays published."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.services.transcript_keys import rotate
from core.errors import DomainError


class Command(BaseCommand):
    help = "Make a new key for transcripts; those signed before stay verifiable."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key_id = rotate()
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"Transcripts are signed with key {key_id} from now on.")
