"""`manage.py prepare`: bring the database up to date with the code. Safe to run again and beside itself."""

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

# Any fixed number: whoever prepares the same database at the same time waits for the first.
_ADVISORY_LOCK = 7_237_001


class Command(BaseCommand):
    help = "Apply migrations and bring policies and rule packs in line with their files."

    def handle(self, **options: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
            try:
                executor = MigrationExecutor(connection)
                missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
                call_command("migrate", interactive=False, verbosity=0)
                self.stdout.write(f"{missing} migrations applied")
                if "sync_policies" in get_commands():
                    call_command("sync_policies", stdout=self.stdout)
                call_command("sync_rule_packs", stdout=self.stdout)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])
