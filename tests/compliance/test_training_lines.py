"""The project's own training lines: readable, labelled with known categories, held out in stretches."""

from collections import defaultdict

from compliance.engine.models.settings import CATEGORIES, CUSTOMER_CATEGORIES
from training.corpus import read_own


def test_every_line_has_a_known_category_that_binds_its_sender():
    for example in read_own():
        assert {example.label, *example.also} <= set(CATEGORIES), example
        if example.sender == "customer":
            assert example.label in {*CUSTOMER_CATEGORIES, "none"}, example


def test_no_line_is_both_a_violation_and_none():
    labels = defaultdict(set)
    for example in read_own():
        labels[example.text, example.sender, example.history].add(example.label == "none")
    assert [line for line, found in labels.items() if len(found) > 1] == []


def test_what_was_said_before_belongs_to_one_line_alone():
    examples = [example for example in read_own() if example.source == "own"]
    with_history = sum(bool(example.history) for example in examples)
    assert 0.1 < with_history / len(examples) < 0.5


def test_whole_stretches_and_chats_are_held_out():
    kept = defaultdict(set)
    for example in read_own():
        kept[example.group if example.source == "own" else example.chat].add(example.held_out)
    assert all(len(found) == 1 for found in kept.values())
    held = [example for example in read_own() if example.held_out]
    assert {example.label for example in held} == set(CATEGORIES)
