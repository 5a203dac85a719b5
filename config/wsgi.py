"""HTTP in production, behind gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from config import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("PARLEY_PROCESS", "web")
embedded.ensure_running()
application = get_wsgi_application()
