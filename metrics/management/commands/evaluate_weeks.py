"""`manage.py evaluate_weeks`: what the scheduled job does, now: judge every week that is due."""

from typing import Any

from django.core.management.base import BaseCommand

from metrics.services.weeks import evaluate_due_weeks


class Command(BaseCommand):
    help = "Judge every finished, ripe week that has no evaluation yet. Safe to run again and beside itself."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{evaluate_due_weeks()} weeks evaluated")
