"""The demo marketplace that `make up` shows."""

import io
from collections import Counter
from datetime import date

import pytest
from django.core.management import call_command

from accounts.models import User
from chat.models import Conversation, Message
from shops.models import Order, Shop
from web.demo import history as demo_history
from web.demo.history import history
from web.demo.marketplace import load_marketplace


@pytest.fixture
def state(settings, tmp_path, monkeypatch):
    settings.STATE_DIR = tmp_path
    monkeypatch.setattr(demo_history, "WEEKS", 1)
    return tmp_path


def load() -> str:
    out = io.StringIO()
    call_command("load_demo", stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_the_demo_loads_once_and_a_second_load_adds_nothing(db, state):
    call_command("sync_rule_packs", stdout=io.StringIO())
    call_command("sync_policies", stdout=io.StringIO())
    first = load()
    counts = [model.objects.count() for model in (User, Shop, Order, Conversation, Message)]

    second = load()

    assert first == second
    assert [model.objects.count() for model in (User, Shop, Order, Conversation, Message)] == counts
    assert Shop.objects.count() == 4
    for title, key in load_marketplace()["logins"]:
        assert f"{title} " in first
        assert load_marketplace()["people"][key][1] + "@demo.parley.example" in first


def test_a_load_that_died_before_its_end_is_finished_by_the_next(db, state):
    call_command("sync_rule_packs", stdout=io.StringIO())
    call_command("sync_policies", stdout=io.StringIO())
    load()
    messages = Message.objects.count()
    (state / "demo-history.jsonl").unlink()

    load()

    assert Message.objects.count() == messages


def test_the_history_is_the_same_every_time_and_its_times_never_decrease():
    shops = load_marketplace()["shops"]

    once = list(history(shops, date(2026, 11, 23)))

    assert once == list(history(shops, date(2026, 11, 23)))
    assert max(Counter(chat["id"] for chat in once).values()) == 1
    for chat in once:
        times = [message["at"] for message in chat["messages"]]
        assert times == sorted(times)
