"""Waking a task: at once where nothing else was going on, gathered where there is a stream of ids."""

from types import SimpleNamespace

import pytest

from core.realtime import publisher
from core.realtime.publisher import TASK_IDS, WAKE_S, Outlet, Wake

SCAN = "chat.tasks.scan_messages"


@pytest.fixture
def sent(monkeypatch):
    """Ids of each task that was handed to Celery."""
    tasks: list[list[int]] = []
    celery = SimpleNamespace(send_task=lambda name, args, retry: tasks.append(args[0]))
    monkeypatch.setattr(publisher, "current_app", celery)
    return tasks


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(at=100.0)
    monkeypatch.setattr(publisher, "time", SimpleNamespace(monotonic=lambda: now.at))
    return now


def wakes(*ids: int) -> list[Wake]:
    return [Wake(SCAN, id_) for id_ in ids]


def test_a_message_after_a_pause_wakes_its_task_at_once(sent, clock):
    outlet = Outlet()
    outlet._pass_on(wakes(1))
    clock.at += 10 * WAKE_S
    outlet._pass_on(wakes(2))

    assert sent == [[1], [2]]


def test_messages_that_follow_closely_are_gathered_in_one_task(sent, clock):
    outlet = Outlet()
    for number in range(1, 6):
        outlet._pass_on(wakes(number))
    clock.at += WAKE_S
    outlet._pass_on([])

    assert sent == [[1], [2, 3, 4, 5]]


def test_events_between_hold_no_task_up(sent, clock):
    outlet = Outlet()
    outlet._pass_on([])
    outlet._pass_on(wakes(1))

    assert sent == [[1]]


def test_a_task_gets_so_many_ids_at_most(sent, clock):
    Outlet()._pass_on(wakes(*range(TASK_IDS + 1)))

    assert [len(ids) for ids in sent] == [TASK_IDS, 1]
