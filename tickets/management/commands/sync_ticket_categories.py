from typing import Any

from django.core.management.base import BaseCommand

from tickets.services.reference_data import sync_categories


class Command(BaseCommand):
    help = "Bring teams, categories, promises, rules and prepared answers in line with their files."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = sync_categories()
        self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
