"""Importing whole conversations: exactly what the file says, once, and every bad line named."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from chat.models import Change, Conversation, Message, MessageScan, Session
from compliance.models import Case, Finding
from compliance.services.policies import sync_policies


def chat(external_id: str = "A1", **changes) -> dict:
    row = {
        "id": external_id,
        "shop_kind": "us",
        "topic": "pre-sales",
        "messages": [
            {"at": "2026-03-02T09:00:00-05:00", "sender": "customer", "text": "Is it oak?", "label": "none"},
            {"at": "2026-03-02T09:00:05-05:00", "sender": "auto", "text": "We will be right back."},
            {"at": "2026-03-02T09:30:00-05:00", "sender": "seller", "text": "Yes, solid oak."},
        ],
    }
    return row | changes


def message(text: str = "hello", **changes) -> dict:
    return {"at": "2026-03-02T09:00:00Z", "sender": "customer", "text": text} | changes


class Run:
    """One run of the command: its counts, its complaints and its exit status."""

    def __init__(self, file: Path, *arguments: str) -> None:
        out, err = StringIO(), StringIO()
        self.status = 0
        try:
            call_command(
                "import_chats", str(file), "--json", *arguments, stdout=out, stderr=err, no_color=True
            )
        except SystemExit as stop:
            self.status = stop.code
        self.counts = json.loads(out.getvalue().splitlines()[-1])
        self.complaints = [line for line in err.getvalue().splitlines() if line.startswith("line ")]


@pytest.fixture
def write(tmp_path, db):
    sync_policies()

    def write(*rows) -> Path:
        lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
        (tmp_path / "chats.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        return tmp_path / "chats.jsonl"

    return write


def test_a_conversation_is_stored_as_it_was_scanned_and_put_into_the_ledger(write):
    run = Run(write(chat()), "--zone", "America/Chicago")

    assert run.status == 0
    assert run.counts == {
        "conversations": 1,
        "messages": 3,
        "already_there": 0,
        "bad_lines": 0,
        "findings": 0,
    }
    conversation = Conversation.objects.get()
    assert (conversation.shop.slug, conversation.shop.time_zone) == ("import-us", "America/Chicago")
    assert (conversation.last_seq, conversation.change_no) == (3, 3)
    assert list(Message.objects.order_by("seq").values_list("author_kind", "body")) == [
        ("customer", "Is it oak?"),
        ("auto", "We will be right back."),
        ("member", "Yes, solid oak."),
    ]
    assert Message.objects.get(seq=1).created_at == datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
    assert set(MessageScan.objects.values_list("state", flat=True)) == {"done"}
    assert Change.objects.count() == 3
    session = Session.objects.get()
    assert session.answered_at == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def test_importing_again_changes_nothing(write):
    file = write(chat(), chat("A2", shop_kind="cross_border"))
    Run(file)

    again = Run(file)

    assert again.counts["already_there"] == 6
    assert (again.counts["conversations"], again.counts["messages"], again.status) == (0, 0, 0)
    assert Message.objects.count() == 6


def test_messages_appended_to_a_known_conversation_are_imported(write):
    Run(write(chat()))
    longer = chat()
    longer["messages"].append(message("Thank you!", at="2026-03-02T15:00:00Z"))

    run = Run(write(longer))

    assert (run.counts["messages"], run.counts["already_there"]) == (1, 3)
    assert Message.objects.get(seq=4).body == "Thank you!"


def test_a_known_conversation_that_differs_is_refused_whole(write):
    Run(write(chat()))
    other = chat()
    other["messages"][1]["text"] = "Something else."
    other["messages"].append(message("More", at="2026-03-02T15:00:00Z"))

    run = Run(write(other))

    assert (run.status, run.counts["bad_lines"], run.counts["messages"]) == (1, 1, 0)
    assert run.complaints == ["line 1: conversation A1 is known, and its message 2 differs"]


def test_the_same_conversation_twice_in_one_file_is_stored_once_and_goes_on(write):
    longer = chat()
    longer["messages"].append(message("Thank you!", at="2026-03-02T15:00:00Z"))

    run = Run(write(chat(), chat(), longer))

    assert run.counts["conversations"] == 1
    assert (run.counts["messages"], run.counts["already_there"]) == (4, 6)


BAD = {
    "no object": b"[1, 2]",
    "no json": b"{nope",
    "not utf-8": b'{"id": "\xff"}',
    "no id": {key: value for key, value in chat().items() if key != "id"},
    "no shop kind": {key: value for key, value in chat().items() if key != "shop_kind"},
    "no messages": {key: value for key, value in chat().items() if key != "messages"},
    "unknown sender": chat(messages=[message(sender="robot")]),
    "sender of another type": chat(messages=[message(sender=["customer"])]),
    "unreadable time": chat(messages=[message(at="yesterday")]),
    "number for a time": chat(messages=[message(at=5)]),
    "impossible time": chat(messages=[message(at="2026-02-30T09:00:00Z")]),
    "time without zone": chat(messages=[message(at="2026-03-02T09:00:00")]),
    "time beyond the calendar": chat(messages=[message(at="9999-12-31T23:59:59-12:00")]),
    "decreasing time": chat(messages=[message(), message(at="2026-03-02T08:59:59Z")]),
    "empty text": chat(messages=[message("")]),
    "blank text": chat(messages=[message(" \n")]),
    "nul": chat(messages=[message("a\x00b")]),
    "lone surrogate": b'{"id":"A1","shop_kind":"us","messages":[{"at":"2026-03-02T09:00:00Z",'
    b'"sender":"customer","text":"\\ud83d"}]}',
    "message no object": chat(messages=["hello"]),
    "unknown shop kind": chat(shop_kind="eu"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_line_is_refused_whole_and_named_while_the_rest_goes_in(write, bad):
    run = Run(write(chat("good-1"), b"", bad, b"   ", chat("good-2")))

    assert run.status == 1
    assert [line.split(":")[0] for line in run.complaints] == ["line 3"]
    assert (run.counts["bad_lines"], run.counts["conversations"], run.counts["messages"]) == (1, 2, 6)
    assert Conversation.objects.count() == 2


def test_findings_of_history_open_cases_but_hide_nothing(write):
    text = "Text me on +1 212 555 0147 and pay by Zelle"

    run = Run(write(chat(messages=[message(), message(text, sender="seller", at="2026-03-02T09:05:00Z")])))

    assert run.counts["findings"] == Finding.objects.count() > 0
    assert Message.objects.get(seq=2).state == "visible"
    assert Case.objects.get().is_imported


def test_a_platform_notice_is_a_system_line_and_a_handled_conversation_stays_out_of_the_ledger(write):
    notice = message("Please be kind.", sender="platform", at="2026-03-02T09:01:00Z")
    Run(write(chat(handled_by="platform", messages=[message(), notice])))

    assert Message.objects.get(seq=2).author_kind == "system"
    assert Session.objects.get().reason == "platform_handled"


def test_a_named_shop_is_used_or_made(write, shop):
    Run(write(chat(shop=shop.slug), chat("A2", shop="brass-and-linen", shop_kind="cross_border")))

    slugs = Conversation.objects.order_by("external_id").values_list("shop__slug", "shop__kind")
    assert list(slugs) == [("northfield", "us"), ("brass-and-linen", "cross_border")]


def test_a_line_separator_inside_a_text_does_not_split_the_line(write):
    row = json.dumps(chat(messages=[message("a\u2028b\x85c")]), ensure_ascii=False).encode()

    run = Run(write(row))

    assert (run.status, Message.objects.get().body) == (0, "a\u2028b\x85c")
