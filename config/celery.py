"""The Celery application, its queues and the whole beat schedule, each time in words.

Tasks only say "look": the work itself is a row in the database, so a lost or doubled task is harmless.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("parley")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Name -> entry. Every tick may run twice or beside itself; the database decides what is due.
app.conf.beat_schedule = {
    # Every 10 seconds: send the e-mail that is due.
    "send-waiting-mail": {"task": "notifications.tasks.send_waiting_mail", "schedule": 10.0},
    # Every hour: write the audit trail's signed head to the anchor file.
    "anchor-audit-head": {"task": "audit.tasks.anchor_audit_head", "schedule": 3600.0},
    # Every 30 seconds: scan uploads that still wait in quarantine.
    "files-sweep": {"task": "files.tasks.sweep_uploads", "schedule": 30.0},
    # Once a day: uploads nobody attached, and bytes that no row names.
    "files-clean": {"task": "files.tasks.clean_uploads", "schedule": 86_400.0},
}
