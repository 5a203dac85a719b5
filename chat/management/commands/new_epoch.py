"""``manage.py new_epoch``: after the database was restored in a way that it cannot see by itself."""

from typing import Any

from django.core.management.base import BaseCommand

from chat.models import StreamEpoch
from chat.selectors import epoch


class Command(BaseCommand):
    help = "Tell every client that its change numbers no longer count, so that it reads everything again."

    def handle(self, *args: Any, **options: Any) -> None:
        StreamEpoch.objects.create()
        self.stdout.write(f"The epoch is now {epoch()}.")
