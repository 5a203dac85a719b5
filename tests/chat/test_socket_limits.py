"""What bounds a socket's memory, and what gathers messages into batches: without a database."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.consumers.limits import EVENTS_UNACKED, FrameBucket, Window
from chat.selectors import MASK, masked_text
from chat.services.handling import merge_spans
from core.realtime import Event, Gatherer, Private, threads
from core.realtime.events import decode, encode, frame
from core.realtime.hub import Hub


def test_forty_frames_at_once_and_then_twenty_a_second():
    bucket = FrameBucket(now=0.0)

    assert all(bucket.take(0.0) for _ in range(40))
    assert not bucket.take(0.0)
    assert bucket.take(0.1)


def test_a_client_that_acknowledges_nothing_falls_behind_at_two_hundred_events():
    window = Window()

    assert all(window.event(100) for _ in range(EVENTS_UNACKED))
    assert not window.event(100)


def test_acknowledging_more_than_was_sent_or_less_than_before_is_refused():
    window = Window()
    window.event(1)
    window.event(1)

    assert window.ack(2)
    assert not window.ack(3)
    assert not window.ack(1)


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted), max_size=8)


@given(st.text(max_size=60), spans)
def test_a_masked_text_never_holds_what_was_masked(text, found):
    merged = merge_spans([span for span in found if span[1] <= len(text)])

    seen = masked_text(text, merged)

    covered = {place for start, end in merged for place in range(start, end)}
    clear = "".join(character for place, character in enumerate(text) if place not in covered)
    assert seen.body.replace(MASK, "") == clear.replace(MASK, "")
    assert [seen.body[start:end] for start, end in seen.spans] == [MASK] * len(merged)


@given(st.text(), st.text())
def test_an_event_survives_its_way_through_redis(first, second):
    event = Event("user.1", frame("a", first), Private((1, 2), 3, frame("b", second)))
    other = Event("user.2", frame("c", second))
    own = encode([other, event, other])
    foreign = b"0" * 32 + own[32:]

    assert decode(foreign, {"user.1"}) == [event]
    assert decode(foreign, {"user.1", "user.2"}) == [other, event, other]
    assert decode(own, {"user.1", "user.2"}) == []


class Ear:
    def __init__(self, user_id: int, manages: frozenset[int] = frozenset()) -> None:
        self.user_id, self.manages = user_id, manages
        self.heard: list[str] = []

    def push(self, text: str) -> None:
        self.heard.append(text)


async def test_a_private_text_goes_to_its_author_and_the_managers_only():
    hub = Hub()
    author, manager, agent = Ear(1), Ear(2, frozenset({7})), Ear(3, frozenset({8}))
    hub.sinks["shop.7"] = {author, manager, agent}

    hub.deliver([Event("shop.7", "public", Private((1,), 7, "whole"))])

    assert [ear.heard for ear in (author, manager, agent)] == [["whole"], ["whole"], ["public"]]


@pytest.fixture
def no_database(monkeypatch):
    def straight(function):
        async def call(*args):
            await asyncio.sleep(0)
            return function(*args)

        return call

    monkeypatch.setattr(threads, "in_db_thread", straight)


async def test_what_arrives_during_a_call_goes_into_the_next_one_in_order(no_database):
    calls = []

    def run(items):
        calls.append(list(items))
        return items

    gatherer = Gatherer(run=run, run_alone=lambda item: item)
    first = gatherer.submit("a", 1)
    await asyncio.sleep(0)
    rest = [gatherer.submit("a", number) for number in (2, 3, 4)]

    assert await asyncio.gather(first, *rest) == [1, 2, 3, 4]
    assert calls == [[1], [2, 3, 4]]


async def test_a_locked_row_holds_up_its_own_key_only_and_keeps_the_order(no_database):
    alone = []

    def run(items):
        return [Gatherer.ALONE if item[0] == "held" else item for item in items]

    def run_alone(item):
        alone.append(item)
        return item

    gatherer = Gatherer(run=run, run_alone=run_alone)
    items = [("held", 1), ("free", 2), ("held", 3), ("free", 4)]
    answers = [gatherer.submit(key, (key, number)) for key, number in items]

    assert await asyncio.gather(*answers) == items
    assert alone == [("held", 1), ("held", 3)]


async def test_a_batch_that_fails_whole_is_tried_one_by_one(no_database):
    def run(items):
        raise RuntimeError("unique violation")

    def run_alone(item):
        if item == 2:
            raise ValueError("refused")
        return item

    gatherer = Gatherer(run=run, run_alone=run_alone)
    answers = [gatherer.submit(number, number) for number in (1, 2, 3)]

    assert await asyncio.gather(*answers, return_exceptions=True) == [1, answers[1].exception(), 3]
    assert str(answers[1].exception()) == "refused"
