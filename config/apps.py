from django.apps import AppConfig

from config.celery import app as celery_app


class ConfigConfig(AppConfig):
    """The wiring. An app only so that `manage.py prepare` is found; it has no tables."""

    name = "config"

    def ready(self) -> None:
        # Makes our Celery application the default one, so `.delay()` works in every process.
        celery_app.set_default()
