"""The Celery application, its queues and the whole beat schedule, each time in words.

Tasks only say "look": the work itself is a row in the database, so a lost or doubled task is harmless.
"""

import os
import signal
import time
import warnings
from importlib import import_module
from typing import Any

from celery import Celery
from celery.signals import (
    beat_init,
    before_task_publish,
    celeryd_init,
    task_failure,
    task_postrun,
    worker_process_init,
)

from config import embedded
from config.privileges import die_with_parent
from core import processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Root in a container or a scratch machine is what it is; PostgreSQL and Redis do give it up.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

app = Celery("parley")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def _join_embedded_servers(**_: Any) -> None:
    embedded.ensure_running()


_is_beat: list[bool] = []  # Not empty in the process of the clock.


@beat_init.connect
def _know_the_clock(**_: Any) -> None:
    _is_beat.append(True)


@before_task_publish.connect
def _stamp(sender: Any = None, headers: Any = None, **_: Any) -> None:
    """When a task was handed in, for the operator's page; and that the clock is alive."""
    if isinstance(headers, dict):
        headers[processes.QUEUED_AT] = time.time()
    if _is_beat:
        processes.note_handed_out(str(sender))


@task_postrun.connect
def _note_finished(task: Any = None, **_: Any) -> None:
    if task is not None:
        processes.note_finished(task.name)


@task_failure.connect
def _note_failure(sender: Any = None, exception: Any = None, **_: Any) -> None:
    processes.note_failure(getattr(sender, "name", "?"), f"{type(exception).__name__}: {exception}")


@worker_process_init.connect
def _end_with_the_worker(**_: Any) -> None:
    """A worker that is killed must not leave its pool's processes behind."""
    die_with_parent(signal.SIGKILL)


@worker_process_init.connect
def _load_the_engine(**_: Any) -> None:
    """Before the first scan asks for it. Imported here: the application registry is not ready above."""
    import_module("compliance.services.screening").warm_up()


# Name -> entry. Every tick may run twice or beside itself; the database decides what is due.
app.conf.beat_schedule = {
    # Every 10 seconds: send the e-mail that is due.
    "send-waiting-mail": {"task": "notifications.tasks.send_waiting_mail", "schedule": 10.0},
    # Every minute: end restrictions that have run out, close shops whose notice is over, and free cases
    # whose reviewer went away.
    "end-restrictions": {"task": "compliance.tasks.end_restrictions", "schedule": 60.0},
    "begin-closings": {"task": "compliance.tasks.begin_closings", "schedule": 60.0},
    "free-forgotten-claims": {"task": "compliance.tasks.free_forgotten_claims", "schedule": 60.0},
    # Every 20 seconds: ask for second opinions on findings, where an address is set.
    "ask-second-opinions": {"task": "compliance.tasks.ask_second_opinions", "schedule": 20.0},
    # Every 10 minutes: close appeals whose question was not answered in time.
    "lapse-unanswered-appeals": {"task": "compliance.tasks.lapse_unanswered_appeals", "schedule": 600.0},
    # Every 2 minutes: scan texts of shops, products and saved replies that were changed, or that an older
    # ruleset has judged.
    "scan-standing-texts": {"task": "compliance.tasks.sweep_standing_texts", "schedule": 120.0},
    # Every day: drop fingerprints of shops' messages that are too old to be part of a round of advertising.
    "forget-sent-texts": {"task": "compliance.tasks.forget_sent_texts", "schedule": 86_400.0},
    # Every hour: write the audit trail's signed head to the anchor file.
    "anchor-audit-head": {"task": "audit.tasks.anchor_audit_head", "schedule": 3600.0},
    # Every 5 seconds: scan messages that waited longer than 10, or whose worker died.
    "chat-scan-sweep": {"task": "chat.tasks.sweep_scans", "schedule": 5.0},
    # Every 10 seconds: automatic replies whose wake-up was lost.
    "chat-auto-replies": {"task": "chat.tasks.sweep_auto_replies", "schedule": 10.0},
    # Every 10 seconds: bring back snoozed conversations whose time has come, hand out what nobody answers.
    "chat-tend-desks": {"task": "chat.tasks.tend_desks", "schedule": 10.0},
    # Every minute: e-mail about unread messages to people who are away.
    "chat-unread-mail": {"task": "chat.tasks.send_unread_mail", "schedule": 60.0},
    # Every 5 minutes: notice shops that are open but silent.
    "chat-silent-shops": {"task": "chat.tasks.watch_silent_shops", "schedule": 300.0},
    # Every 10 minutes: remind shops, once, of a correction whose 48 hours are over.
    "chat-late-corrections": {"task": "chat.tasks.remind_of_corrections", "schedule": 600.0},
    # Every 10 seconds: eight seconds of scanning old messages again, while a new ruleset has not seen them.
    "chat-rescan": {"task": "chat.tasks.rescan", "schedule": 10.0, "options": {"expires": 10}},
    # Every 30 seconds: scan uploads that still wait in quarantine.
    "files-sweep": {"task": "files.tasks.sweep_uploads", "schedule": 30.0},
    # Every 15 minutes: judge the weeks that became ripe. On Tuesdays, and whatever was missed before.
    "evaluate-due-weeks": {"task": "metrics.tasks.evaluate_due_weeks", "schedule": 900.0},
    # Once a day: uploads nobody attached, and bytes that no row names.
    "erase-people": {"task": "accounts.tasks.erase_due", "schedule": 3600.0},
    "files-clean": {"task": "files.tasks.clean_uploads", "schedule": 86_400.0},
    # Every minute: escalate tickets before their promise breaks, and mark broken ones.
    "tickets-promises": {"task": "tickets.tasks.watch_promises", "schedule": 60.0},
    # Every minute: answers by e-mail from the IMAP mailbox of the settings, if there is one.
    "tickets-mailbox": {"task": "tickets.tasks.read_mailbox", "schedule": 60.0},
    # Every hour: close tickets that were solved 14 days ago.
    "tickets-close": {"task": "tickets.tasks.close_old", "schedule": 3600.0},
}
