"""A scan is done once for the same text in the same surroundings under the same ruleset."""

from uuid import uuid4

import pytest

from compliance.engine import pipeline
from compliance.engine.context import Context, ProductFacts, Turn
from compliance.services import scan_cache, screening
from compliance.services.screening import ScanItem, scan_texts

NUMBER = ScanItem("Text me instead on +1 212 555 0147 please", "seller")


@pytest.fixture(autouse=True)
def fresh(settings):
    settings.REDIS_PREFIX = f"{settings.REDIS_PREFIX}-{uuid4().hex}"
    scan_cache.forget_here()
    yield
    scan_cache._client.cache_clear()
    scan_cache.forget_here()


@pytest.fixture
def scanned(monkeypatch):
    """Texts that reached the engine."""
    texts: list[str] = []
    real = pipeline.scan_batch

    def watch(items):
        texts.extend(text for text, _context in items)
        return real(items)

    monkeypatch.setattr(pipeline, "scan_batch", watch)
    return texts


def test_the_same_message_is_scanned_once_and_says_the_same_twice(scanned):
    first = scan_texts([NUMBER])
    second = scan_texts([NUMBER])

    assert first == second
    assert first[0].findings
    assert len(scanned) == 1


def test_a_result_fits_every_text_that_shares_it():
    long = scan_texts([ScanItem(f"{NUMBER.text}   ", "seller")])[0]

    assert scan_texts([NUMBER])[0] == long
    assert all(finding.end <= len(NUMBER.text) for finding in long.findings)


def test_another_process_finds_the_result_in_redis(scanned):
    first = scan_texts([NUMBER])
    scan_cache.forget_here()

    assert scan_texts([NUMBER]) == first
    assert len(scanned) == 1


def test_without_redis_each_process_remembers_alone(scanned, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    scan_cache._client.cache_clear()

    first = scan_texts([NUMBER])

    assert scan_texts([NUMBER]) == first
    assert len(scanned) == 1


def test_a_new_ruleset_scans_again(scanned, monkeypatch):
    scan_texts([NUMBER])
    monkeypatch.setattr(screening, "current_ruleset", lambda: "another")
    scan_texts([NUMBER])

    assert len(scanned) == 2


CONTEXT = Context(
    sender="seller", history=(Turn("customer", "hello"),), customer_name="Ana", shop_name="Tide"
)
OTHERS = [
    Context(sender="customer", history=CONTEXT.history, customer_name="Ana", shop_name="Tide"),
    Context(sender="seller", history=(Turn("seller", "hello"),), customer_name="Ana", shop_name="Tide"),
    Context(sender="seller", history=(), customer_name="Ana", shop_name="Tide"),
    Context(sender="seller", history=CONTEXT.history, customer_name="Ben", shop_name="Tide"),
    Context(sender="seller", history=CONTEXT.history, customer_name="Ana", shop_name="Oak"),
    Context(
        sender="seller",
        history=CONTEXT.history,
        product=ProductFacts("Mug", 1_800),
        customer_name="Ana",
        shop_name="Tide",
    ),
]


@pytest.mark.parametrize("other", OTHERS)
def test_whatever_the_engine_is_told_makes_another_key(other):
    assert scan_cache.key_of("hello", CONTEXT, "r1") != scan_cache.key_of("hello", other, "r1")


def test_only_white_space_at_the_end_makes_no_difference(scanned):
    for text in ("hello", "hello \n", " hello", "Hello"):
        scan_texts([ScanItem(text, "customer")])

    assert scanned == ["hello", " hello", "Hello"]


def test_known_and_new_messages_of_one_batch_keep_their_places(scanned):
    clean = ScanItem("It is oak, oiled twice.", "seller")
    scan_texts([NUMBER])

    results = scan_texts([clean, NUMBER, clean, ScanItem("x" * 5_000, "seller"), NUMBER])

    assert [bool(result.findings) for result in results[:3]] == [False, True, False]
    assert results[1] == results[4]
    assert len(results) == 5


def test_a_lone_half_of_a_letter_is_no_reason_to_fail():
    assert scan_texts([ScanItem("hello \ud83d there", "seller")])[0].findings == ()


def test_the_processs_memory_stays_small(monkeypatch):
    monkeypatch.setattr(scan_cache, "HERE", 3)
    scan_texts([ScanItem(f"number {number} of the list", "customer") for number in range(6)])

    assert len(scan_cache._local) == 3


def test_broken_unicode_is_scanned_and_not_kept(scanned):
    broken = ScanItem("Text me on +1 212 555 0147 \ud83d", "seller")

    assert scan_cache.key_of(broken.text, Context(), "ruleset") is None
    assert scan_texts([broken])[0].findings
    assert scan_texts([broken])[0].findings
    assert len(scanned) == 2
