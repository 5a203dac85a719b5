import json
from contextlib import contextmanager
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connection

from audit.models import AuditEntry, AuditHead
from audit.services import anchor_head, record, verify

pytestmark = pytest.mark.django_db


@contextmanager
def trigger_off():
    """What somebody with the database owner's password could do."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER ALL")
        yield cursor
        cursor.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER ALL")


@pytest.fixture
def five_entries(db):
    for number in range(1, 6):
        record(
            action="case.opened", target_type="case", target_id=number, changes={"score": 0.5, "n": number}
        )


def run_command(*args):
    with pytest.raises(SystemExit) as exit_info:
        call_command("verify_audit", *args)
    return exit_info.value.code


def test_an_untouched_trail_is_whole(five_entries, capsys):
    call_command("verify_audit", "--json")

    assert json.loads(capsys.readouterr().out) == {"ok": True, "entries": 5, "bad": None}


def test_an_empty_trail_is_whole():
    assert verify().ok


@pytest.mark.parametrize(
    "change",
    [
        "reason = 'nicer'",
        "actor_id = 99",
        "at = at + interval '1 microsecond'",
        "changes = '{\"n\": 4}'",
        "target_label = 'x'",
        "action = 'case.closed'",
    ],
)
def test_an_edited_entry_is_named(five_entries, capsys, change):
    with trigger_off() as cursor:
        cursor.execute(f"UPDATE audit_auditentry SET {change} WHERE number = 3")

    assert run_command("--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["bad"]["number"], report["bad"]["problem"]) == (3, "edited")


def test_the_sentence_for_people_names_the_first_bad_entry(five_entries, capsys):
    with trigger_off() as cursor:
        cursor.execute("UPDATE audit_auditentry SET reason = 'x' WHERE number IN (2, 4)")

    assert run_command() == 1
    assert "number 2 (edited)" in capsys.readouterr().err


def test_a_deleted_entry_is_named(five_entries):
    with trigger_off() as cursor:
        cursor.execute("DELETE FROM audit_auditentry WHERE number = 2")

    bad = verify().bad
    assert (bad.number, bad.problem) == (2, "missing")


def test_a_deleted_entry_is_found_when_the_others_are_numbered_anew(five_entries):
    with trigger_off() as cursor:
        cursor.execute("DELETE FROM audit_auditentry WHERE number = 2")
        cursor.execute("UPDATE audit_auditentry SET number = number - 1 WHERE number = 3")
        cursor.execute("UPDATE audit_auditentry SET number = number - 1 WHERE number = 4")
        cursor.execute("UPDATE audit_auditentry SET number = number - 1 WHERE number = 5")

    assert verify().bad.number == 2


def test_two_entries_in_the_other_order_are_found(five_entries):
    with trigger_off() as cursor:
        cursor.execute("UPDATE audit_auditentry SET number = 99 WHERE number = 3")
        cursor.execute("UPDATE audit_auditentry SET number = 3 WHERE number = 4")
        cursor.execute("UPDATE audit_auditentry SET number = 4 WHERE number = 99")

    assert verify().bad.number == 3


def test_a_cut_tail_is_found(five_entries):
    with trigger_off() as cursor:
        cursor.execute("DELETE FROM audit_auditentry WHERE number > 3")

    bad = verify().bad
    assert (bad.number, bad.problem) == (4, "tail_cut")


def test_a_cut_tail_with_a_head_made_to_fit_is_found(five_entries):
    last = AuditEntry.objects.get(number=3)
    with trigger_off() as cursor:
        cursor.execute("DELETE FROM audit_auditentry WHERE number > 3")
    AuditHead.objects.update(number=3, entry_hash=last.entry_hash)

    assert verify().bad.problem == "head_forged"


def test_an_older_head_put_back_is_found_by_the_anchor_file(settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = tmp_path / "anchors.jsonl"
    record(action="a.b", target_type="case", target_id=1)
    old = AuditHead.objects.values("number", "entry_hash", "signature").get()
    record(action="a.c", target_type="case", target_id=1)
    anchor_head()
    assert verify().ok
    with trigger_off() as cursor:
        cursor.execute("DELETE FROM audit_auditentry WHERE number = 2")
    AuditHead.objects.update(**old)

    bad = verify().bad
    assert (bad.number, bad.problem) == (2, "tail_cut")


def test_a_missing_head_is_found(five_entries):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_audithead")

    assert verify().bad.problem == "head_missing"


@pytest.mark.django_db(transaction=True)
def test_entries_written_side_by_side_form_one_chain():
    def write():
        try:
            for n in range(10):
                record(action="race.entry", target_type="case", target_id=n)
        finally:
            connection.close()

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert verify().as_json() == {"ok": True, "entries": 40, "bad": None}
