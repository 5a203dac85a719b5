from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tickets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from files.access import let_read
        from files.services import judge_with
        from tickets import receivers  # noqa: F401
        from tickets.access import may_read_files, sees_held_files
        from tickets.services.file_checks import judge

        let_read("ticket_event", may_read_files, sees_held_files)
        judge_with("ticket_event", judge)
