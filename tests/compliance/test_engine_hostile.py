"""Texts made to hurt: long, odd or built against the patterns. No crash, bounded time, right spans."""

import sys

import pytest

from compliance.engine import puzzles
from compliance.engine.context import Context, Turn
from compliance.engine.pipeline import scan_batch, screen
from compliance.engine.places import Places

SELLER = Context(sender="seller", history=(Turn("seller", "5" * 60), Turn("customer", "a" * 5_000)))
LONG = 100_000
BUILT_AGAINST = {
    "one_word": "pay " * (LONG // 4),
    "digits": "1" * LONG,
    "digits_spaced": "1 " * (LONG // 2),
    "number_words": "one " * (LONG // 4),
    "dots": "a." * (LONG // 2),
    "dot_words": "a dot " * (LONG // 6),
    "ats": "a@" * (LONG // 2),
    "at_signs": "@" * LONG,
    "spaces": " " * LONG,
    "single_letters": "a b " * (LONG // 4),
    "brackets": "(" * LONG,
    "hyphens": "a-" * (LONG // 2),
    "iban_like": "gb82 " + "west " * (LONG // 5),
    "zero_width": "a\u200b" * (LONG // 2),
    "combining": "a" + "\u0301" * LONG,
    "right_to_left": "\u202e" + "venmo " * (LONG // 6),
    "emoji": "👨‍👩‍👧" * (LONG // 5),
    "turned": "ɐ" * LONG,
    "lines": "\n" * LONG,
    "schemes": "http://" * (LONG // 7),
    "messengers": "whatsapp call " * (LONG // 14),
    "bits": "01" * (LONG // 2),
    "one_stroke": "| " + "a" * (LONG - 2),
    "lookalikes": "раураl " * (LONG // 7),
}


@pytest.mark.parametrize("name", BUILT_AGAINST)
def test_a_text_built_against_the_engine_is_screened_to_its_end(name):
    text = BUILT_AGAINST[name]
    result = screen(text, SELLER)
    for finding in result.findings:
        assert 0 <= finding.start <= finding.end <= len(text)
        assert text[finding.start : finding.end] == finding.matched


def test_a_violation_at_the_end_of_a_long_text_is_found():
    text = "very nice lamp. " * 6_000 + "call me at 212-555-0147"
    assert "contact_redirect" in {finding.policy for finding in screen(text, SELLER).findings}


def test_every_unicode_block_is_read():
    for start in range(0, sys.maxunicode, 0x400):
        chars = [chr(c) for c in range(start, start + 0x400, 7) if not 0xD800 <= c <= 0xDFFF]
        text = "call " + "".join(chars) + " 212-555-0147"
        for finding in screen(text, SELLER).findings:
            assert text[finding.start : finding.end] == finding.matched


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\ud800", "\x00", "\ufeff", "é", "🅰"])
def test_the_smallest_texts_are_read(text):
    assert scan_batch([(text, SELLER)])[0].must_withhold is False


def test_a_text_full_of_findings_lists_some_and_masks_all():
    text = "http://lamps.example/a " * 1_000
    result = screen(text, SELLER)
    assert len(result.findings) <= 80
    assert len(result.mask_spans) == 1_000


def test_a_word_left_out_many_times_is_looked_for_once(monkeypatch):
    asked = []
    whole = puzzles._windows
    monkeypatch.setattr(puzzles, "_windows", lambda text, most: asked.append(most) or whole(text, most))
    list(puzzles._left_out("remove it, dot, t me " * 150))
    assert len(asked) == 1


def test_places_are_found_as_one_by_one():
    known = Places()
    taken = []
    for start, end in [(5, 9), (0, 2), (12, 20), (2, 5), (9, 10)]:
        known.add(start, end)
        taken.append((start, end))
        for first in range(22):
            for last in range(first + 1, 23):
                one_by_one = any(a < last and first < b for a, b in taken)
                assert known.overlaps(first, last) == one_by_one


def test_a_word_respelt_inside_something_longer_leaves_no_empty_finding():
    text = "薇信 =30=31 лампа точка ру pa ypal 1+2 " * 40
    assert all(finding.start < finding.end for finding in screen(text, SELLER).findings)
