from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tickets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from files.access import let_read
        from tickets import receivers  # noqa: F401
        from tickets.access import may_read_files

        let_read("ticket_event", may_read_files)
