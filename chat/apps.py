from importlib import import_module

from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("chat.receivers")
        access = import_module("chat.access")
        files = import_module("files.access")
        files.let_read("message", access.may_read_message_file, access.sees_held_message_file)
        judge = import_module("chat.services.file_checks").judge
        import_module("files.services").judge_with("message", judge)
        standing_texts = import_module("compliance.services.standing_texts")
        standing_texts.add_source(import_module("chat.services.saved_replies").standing_replies)
        standing_texts.add_source(import_module("chat.services.auto_reply_texts").standing_automatic)
