"""Match lists of known files: who may keep them, what an entry needs, how they come in and go out."""

import csv
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from audit.models import AuditEntry
from compliance.models import KnownFile
from compliance.services import known_files
from core.errors import Conflict, DomainError, Forbidden

HASH = "ab" * 32


def put(by, **values):
    wanted = {"listing": "bad", "kind": "sha256", "value": HASH, "policy_code": "malware", "reason": "Seen"}
    return known_files.add(**(wanted | values), by=by)


def test_a_reviewer_may_read_the_lists_but_not_change_them(client, reviewer, second_reviewer):
    with pytest.raises(Forbidden):
        put(reviewer)
    put(second_reviewer)
    client.force_login(reviewer)

    page = client.get(reverse("console:known_files")).content.decode()

    assert "Seen" in page
    assert "Take it off" not in page
    assert client.post(reverse("console:add_known_file"), {"value": HASH}).status_code == 403


@pytest.mark.parametrize(
    "values",
    [
        {"value": "ab"},
        {"value": "zz" * 32},
        {"kind": "md5"},
        {"listing": "grey"},
        {"policy_code": "no_such_rule"},
        {"policy_code": ""},
        {"reason": " "},
        {"listing": "good", "kind": "pdq"},
    ],
)
def test_an_entry_that_is_not_whole_is_refused(second_reviewer, values):
    with pytest.raises(DomainError):
        put(second_reviewer, **values)

    assert not KnownFile.objects.exists()


def test_a_file_is_on_one_list_at_a_time_and_every_change_is_audited(second_reviewer):
    entry = put(second_reviewer)
    with pytest.raises(Conflict):
        put(second_reviewer, listing="good")

    known_files.take_off(entry_id=entry.pk, reason="A mistake", by=second_reviewer)
    put(second_reviewer, listing="good")

    actions = AuditEntry.objects.filter(action__startswith="known_file").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "known_file.added",
        "known_file.removed",
        "known_file.added",
    ]


def test_the_nearest_look_counts_within_31_bits_and_no_further(second_reviewer):
    base = int("5a" * 32, 16)
    put(second_reviewer, kind="pdq", value=f"{base:064x}")
    near = f"{base ^ (2**31 - 1):064x}"
    far = f"{base ^ (2**32 - 1):064x}"

    found = known_files.matches([("0" * 64, near, 100), ("1" * 64, far, 100), ("2" * 64, near, 20)])

    assert [entry is not None for entry in found] == [True, False, False]


def test_lists_go_out_and_come_in_as_csv(second_reviewer, tmp_path):
    put(second_reviewer, reason="=1+1, dangerous")
    file = tmp_path / "list.csv"
    call_command("known_files", "export", str(file), stderr=StringIO())
    [row] = csv.DictReader(file.read_text().splitlines())
    assert row["value"] == HASH
    assert row["reason"].startswith("'=")

    file.write_text(file.read_text() + f"bad,sha256,{'cd' * 32},fraud,Phishing,\nbad,sha256,short,fraud,x,\n")
    out, errors = StringIO(), StringIO()
    call_command("known_files", "import", str(file), stdout=out, stderr=errors)

    assert out.getvalue().strip() == "1 added, 1 known before, 1 wrong"
    assert "line 4" in errors.getvalue()
    assert KnownFile.objects.filter(value="cd" * 32, added_by=None).exists()
