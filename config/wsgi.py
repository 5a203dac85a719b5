"""HTTP in production, behind gunicorn."""

import os
import threading

from django.core.wsgi import get_wsgi_application

from config import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("PARLEY_PROCESS", "web")
embedded.ensure_running()
application = get_wsgi_application()

from compliance.services import screening  # noqa: E402

# Beside the first requests, so that the address is up at once and no message waits for the engine's tables.
threading.Thread(target=screening.warm_up, name="warm-up", daemon=True).start()
