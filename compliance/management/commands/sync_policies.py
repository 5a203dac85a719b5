from django.core.management.base import BaseCommand

from compliance.services.policies import sync_policies


class Command(BaseCommand):
    help = (
        "Bring policy and enforcement rows in line with policies.yaml and enforcement.yaml. Safe to repeat."
    )

    def handle(self, *args: object, **options: object) -> None:
        synced = sync_policies()
        self.stdout.write(f"New policy versions: {synced.policies}. New scheme versions: {synced.schemes}.")
