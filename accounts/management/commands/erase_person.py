"""Erase a person who asked by letter or ticket: ``manage.py erase_person EMAIL [--at-once]``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.services.erasing import ask_erasure, erase_due
from core.errors import DomainError


class Command(BaseCommand):
    help = "Take in the request of a person to be erased; with --at-once without the two weeks to think."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--at-once", action="store_true")

    def handle(self, *, email: str, at_once: bool, **_: Any) -> None:
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError("Nobody has this address.")
        try:
            row = ask_erasure(user=user, at_once=at_once)
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        if at_once:
            erase_due()
        row.refresh_from_db()
        if row.done_at:
            self.stdout.write("Erased.")
        elif row.held_by:
            self.stdout.write(f"Held for now by: {', '.join(row.held_by)}. It is looked at again every hour.")
        else:
            self.stdout.write(f"Will be erased after {row.due_at:%Y-%m-%d %H:%M} UTC.")
