"""Load the demo marketplace: four shops, one person for each role, orders and history."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from web.demo.automatic import keep_automatic_replies
from web.demo.disputes import dispute_a_session
from web.demo.history import write_history
from web.demo.live import (
    keep_saved_replies,
    name_past_customers,
    open_live_chats,
    set_demo_hours,
    set_up_desks,
)
from web.demo.marketplace import email_of, ensure_marketplace, load_marketplace
from web.demo.ratings import rate_past_chats
from web.demo.tickets import open_desk


class Command(BaseCommand):
    help = "Load the demo marketplace once; running it again adds only what is missing."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--logins-only", action="store_true", help="only print the demo logins")

    def handle(self, *args: Any, **options: Any) -> None:
        data = load_marketplace()
        if not options["logins_only"]:
            self._load(data)
        self._print_logins(data)

    def _load(self, data: dict[str, Any]) -> None:
        now = timezone.now()
        people, shops = ensure_marketplace(data, now)
        open_desk(people)
        path = settings.STATE_DIR / "demo-history.jsonl"
        if not path.exists():
            self.stderr.write("Loading the demo marketplace's history …")
            set_demo_hours(data["shops"], people, now)
            keep_saved_replies(data["shops"], people)
            keep_automatic_replies(people, now)
            monday = now.date() - timedelta(days=now.weekday())
            draft = path.with_suffix(".draft")
            write_history(draft, data["shops"], monday)
            call_command("import_chats", str(draft), stdout=self.stderr)
            name_past_customers()
            dispute_a_session(people, now)
            rate_past_chats(shops, now)
            open_live_chats(people, {shop.slug: shop for shop in shops})
            set_up_desks(data["shops"], people)
            draft.rename(path)  # Last, so that a load that died half-way is done again.

    def _print_logins(self, data: dict[str, Any]) -> None:
        self.stdout.write(f"Demo logins, all with the password {data['password']}:")
        width = max(len(title) for title, _ in data["logins"])
        for title, key in data["logins"]:
            self.stdout.write(f"  {title:<{width}}  {email_of(data['people'][key])}")
