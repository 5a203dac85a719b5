"""The evaluation counts as the corpus' README says, reads both kinds of file, and refuses broken lines."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bench.detect.disguises import samples
from compliance.engine.context import Context
from compliance.engine.evaluation import CorpusError, judge, read_lines, report, wilson
from compliance.engine.pipeline import screen

LINES = [
    {
        "id": "1",
        "sender": "seller",
        "text": "call 212-555-0147",
        "label": "contact_redirect",
        "also": [],
        "lang": "en",
    },
    {"id": "2", "sender": "seller", "text": "It is oak.", "label": "none", "also": [], "lang": "en"},
    {
        "id": "3",
        "sender": "seller",
        "text": "Nice.",
        "label": "spam",
        "also": [],
        "lang": "es",
        "function": "spam-x",
    },
]
CHAT = {
    "id": "C1",
    "lang": "en",
    "messages": [
        {"sender": "platform", "text": "Welcome", "label": "none"},
        {"sender": "customer", "text": "my number is 212-555-0147", "label": "none"},
        {"sender": "seller", "text": "mail me: bob@lamps.example", "label": "diverting_transactions",
         "also": ["contact_redirect"]},
    ],
}  # fmt: skip


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [*LINES, CHAT]) + "\n", encoding="utf-8")
    return path


def test_counts_follow_the_readme(corpus):
    figures = report(list(judge(read_lines([corpus]))), by=["lang"]).as_dict()
    assert figures["lines"] == 5  # The platform's notice is not judged.
    assert (figures["precision"], figures["recall"]) == (1.0, 0.6667)
    assert figures["false_alarm_rate"] == 0.0
    assert figures["category_accuracy"] == 0.6667  # A code of `also` is right.
    assert figures["by"]["lang"]["es"]["recall"] == 0.0
    assert figures["by"]["category"]["diverting_transactions"]["recall"] == 1.0
    assert figures["by"]["category"]["diverting_transactions"]["strict_recall"] == 0.0


def test_the_command_prints_json_with_the_agreed_keys(corpus):
    out = StringIO()
    call_command("evaluate_detection", str(corpus), "--json", "--by", "sender", "--errors", "1", stdout=out)
    figures = json.loads(out.getvalue())
    assert {
        "lines",
        "precision",
        "recall",
        "f1",
        "false_alarm_rate",
        "category_accuracy",
        "by",
    } <= figures.keys()
    assert figures["errors"][0]["id"] == "3"


def test_the_command_prints_tables(corpus):
    out = StringIO()
    call_command("evaluate_detection", str(corpus), "--by", "category", stdout=out)
    assert "contact_redirect" in out.getvalue()


@pytest.mark.parametrize("line", ["[]", "{", '{"id": "x"}', '{"sender": "friend", "text": "x"}'])
def test_a_broken_line_is_named(tmp_path, line):
    path = tmp_path / "broken.jsonl"
    path.write_text("\n" + line + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="line 2"):
        list(read_lines([path]))
    with pytest.raises(CommandError):
        call_command("evaluate_detection", str(path))


def test_the_interval_is_wilsons():
    assert wilson(0, 0) is None
    assert wilson(8, 10) == (0.4902, 0.9433)


@pytest.mark.parametrize("kind, least", [("phones", 0.97), ("links", 0.95), ("keywords", 0.93)])
def test_disguises_are_seen_through(kind, least):
    families: dict[str, list[bool]] = {}
    for sample in samples(kind, per_family=8, seed=11):
        found = bool(screen(sample.text, Context(sender="seller")).findings)
        families.setdefault(sample.family, []).append(found)
    assert sum(sum(hits) / len(hits) for hits in families.values()) / len(families) >= least
