"""`manage.py sync_rule_packs`: bring the rule packs in line with chat/rule_packs.yaml. Safe to run again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.services.rule_packs import sync_rule_packs


class Command(BaseCommand):
    help = "Add the rule pack versions of chat/rule_packs.yaml that are not stored yet."

    def handle(self, *args: Any, **options: Any) -> None:
        added, refused = sync_rule_packs()
        self.stdout.write(f"{added} rule pack versions added")
        if refused:
            raise CommandError("; ".join(refused))
