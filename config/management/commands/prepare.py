"""`manage.py prepare`: bring the database up to date with the code. Safe to run again and beside itself."""

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config import preparation

# Any fixed number: whoever prepares the same database at the same time waits for the first.
_ADVISORY_LOCK = 7_237_001


# What this version's files say, brought into the database; each may run again at any time.
SYNC_COMMANDS = ("sync_policies", "sync_rule_packs", "sync_ticket_categories", "sync_articles")


class Command(BaseCommand):
    help = "Apply migrations; bring policies, rule packs, categories and articles in line with their files."

    def handle(self, **options: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
            try:
                executor = MigrationExecutor(connection)
                missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
                call_command("migrate", interactive=False, verbosity=0)
                self.stdout.write(f"{missing} migrations applied")
                for name in SYNC_COMMANDS:
                    call_command(name, stdout=self.stdout)
                preparation.note_done()
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])
