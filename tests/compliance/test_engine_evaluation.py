"""The evaluation counts as the corpus' README says, reads both kinds of file, and refuses broken lines."""

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bench.detect.disguises import samples
from compliance.engine.context import Context
from compliance.engine.evaluation import CorpusError, auc, judge, read_lines, report, wilson
from compliance.engine.pipeline import scan_batch, screen

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
    by_category = report(list(judge(read_lines([corpus]))), by=["category"]).as_dict()["by"]["category"]
    assert figures["lines"] == 5  # The platform's notice is not judged.
    assert (figures["precision"], figures["recall"]) == (1.0, 0.6667)
    assert figures["false_alarm_rate"] == 0.0
    assert figures["category_accuracy"] == 0.6667  # A code of `also` is right.
    assert figures["by"]["lang"]["es"]["recall"] == 0.0
    assert by_category["diverting_transactions"]["recall"] == 1.0
    assert by_category["diverting_transactions"]["strict_recall"] == 0.0
    assert figures["balanced_accuracy"] == 0.8334
    assert figures["macro_recall"] == 0.6667
    assert figures["macro_recall_interval"][0] < 0.6667 < figures["macro_recall_interval"][1]


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
    assert figures["by"].keys() == {"sender"}
    assert figures["by"]["sender"]["seller"]["lines"] == 4
    assert 0 <= figures["auc"] <= 1


def test_groups_are_combined_by_repeating_them_or_with_commas(corpus):
    for asked in (["--by", "lang", "--by", "category"], ["--by", "lang,category"]):
        out = StringIO()
        call_command("evaluate_detection", *asked, "--json", str(corpus), stdout=out)
        assert json.loads(out.getvalue())["by"].keys() == {"lang", "category"}


def test_an_unknown_group_is_refused(corpus):
    with pytest.raises(CommandError, match="unknown group 'colour'"):
        call_command("evaluate_detection", str(corpus), "--by", "colour")


def test_violations_without_a_finding_rank_by_suspicion():
    assert auc([(0.9, True), (0.2, True), (0.1, False), (0.2, False)]) == 0.875
    assert auc([(0.5, True), (0.5, False)]) == 0.5
    assert auc([(0.5, True)]) is None
    lines = [("you are an idiot and a liar", Context()), ("It is oak, oiled twice.", Context())]
    worse, better = scan_batch(lines)
    assert 0 <= better.suspicion < worse.suspicion <= 1


def test_the_command_prints_tables(corpus):
    out = StringIO()
    call_command("evaluate_detection", str(corpus), "--by", "category", stdout=out)
    assert "contact_redirect" in out.getvalue()


GOOD = json.dumps(LINES[1])
BROKEN = {
    "[]": "not an object",
    "{": "broken JSON at column 2",
    '{"id": "x"}': "no sender",
    '{"sender": "seller"}': "no text",
    '{"sender": "seller", "text": 5}': "the text is no string",
    '{"sender": "friend", "text": "x"}': "unknown sender 'friend'",
    '{"sender": "seller", "text": "x"}': "no label",
    '{"sender": "seller", "text": "x", "label": "rude"}': "unknown category 'rude' in label",
    '{"sender": "seller", "text": "x", "label": ["spam"]}': "unknown category .'spam'. in label",
    '{"sender": "seller", "text": "x", "label": "spam", "also": ["x"]}': "unknown category 'x' in also",
    '{"sender": "seller", "text": "x", "label": "spam", "also": "spam"}': "also is no list",
    '{"sender": "seller", "text": "x", "label": "spam", "context": ["hi"]}': "a message must be an object",
    '{"sender": "seller", "text": "x", "label": "spam", "lang": 4}': "lang is no string",
    '{"messages": []}': "a chat without messages",
    '{"messages": "hi"}': "messages is no list",
    '{"messages": [{"sender": "auto", "text": "x", "label": "none"}, {"sender": "auto", "text": "y"}]}': (
        "message 2: no label"
    ),
}


@pytest.mark.parametrize("line", BROKEN)
def test_a_broken_line_is_named_and_nothing_is_printed(tmp_path, line):
    path = tmp_path / "broken.jsonl"
    path.write_text(f"{GOOD}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=f"broken.jsonl line 3: {BROKEN[line]}"):
        list(read_lines([path]))
    out = StringIO()
    with pytest.raises(CommandError, match=re.escape("broken.jsonl line 3")):
        call_command("evaluate_detection", str(path), stdout=out)
    assert out.getvalue() == ""


def test_an_empty_file_a_missing_one_and_other_bytes_are_named(tmp_path, corpus):
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n\n", encoding="utf-8")
    with pytest.raises(CommandError, match=re.escape("empty.jsonl: no judged messages")):
        call_command("evaluate_detection", str(corpus), str(empty))
    with pytest.raises(CommandError, match=re.escape("nowhere.jsonl")):
        call_command("evaluate_detection", str(tmp_path / "nowhere.jsonl"))
    other = tmp_path / "latin.jsonl"
    other.write_bytes(GOOD.encode() + b'\n{"text": "caf\xe9"}\n')
    with pytest.raises(CommandError, match=re.escape("latin.jsonl line 2: no UTF-8")):
        call_command("evaluate_detection", str(other))


def test_a_byte_order_mark_and_half_a_letter_do_no_harm(tmp_path):
    path = tmp_path / "marked.jsonl"
    row = {"sender": "seller", "text": "It is oak \ud83d", "label": "spam"}
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(row).encode() + b"\n")
    out = StringIO()
    call_command("evaluate_detection", str(path), "--json", "--errors", "3", stdout=out)
    assert json.loads(out.getvalue())["errors"][0]["text"] == "It is oak ?"


def test_automatic_replies_are_judged_and_notices_are_history_only(tmp_path):
    chat = {
        "id": "C2",
        "lang": "en",
        "messages": [
            {"sender": "platform", "text": "Call 212-555-0147 for help", "label": "none"},
            {"sender": "auto", "text": "write to bob@lamps.example", "label": "contact_redirect"},
        ],
    }
    path = tmp_path / "chats.jsonl"
    path.write_text(json.dumps(chat) + "\n", encoding="utf-8")
    (line,) = read_lines([path])
    assert (line.id, line.context.sender) == ("C2/2", "auto")
    assert [turn.sender for turn in line.context.history] == ["platform"]
    figures = report(list(judge([line])), by=["sender"]).as_dict()
    assert figures["by"]["sender"]["auto"]["recall"] == 1.0


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
