from importlib import import_module

from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("chat.receivers")
        access = import_module("chat.access")
        import_module("files.access").let_read("message", access.may_read_message_file)
