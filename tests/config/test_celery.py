"""The wiring of tasks: one application in every thread, and a schedule whose names exist."""

from concurrent.futures import ThreadPoolExecutor

import celery

from config.celery import app


def test_tasks_are_sent_through_our_application_in_every_thread():
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: celery.current_app.main).result() == "parley"


def test_every_scheduled_task_exists():
    app.autodiscover_tasks(force=True)

    missing = {entry["task"] for entry in app.conf.beat_schedule.values()} - set(app.tasks)

    assert missing == set()
