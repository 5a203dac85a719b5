import pytest
from django.db import DatabaseError, transaction

from audit.models import AuditEntry
from audit.services import record

pytestmark = pytest.mark.django_db


def test_an_entry_keeps_actor_role_target_reason_and_changes(reviewer):
    entry = record(
        action="case.dismissed",
        actor=reviewer,
        actor_role="reviewer",
        target_type="case",
        target_id=7,
        target_label="C-1",
        reason="no contact in it",
        changes={"status": ["open", "dismissed"]},
    )

    stored = AuditEntry.objects.get(pk=entry.pk)
    assert (stored.actor_id, stored.actor_role, stored.target_id) == (reviewer.pk, "reviewer", "7")
    assert stored.changes == {"status": ["open", "dismissed"]}
    assert stored.number == 1


def test_the_database_refuses_to_change_an_entry():
    entry = record(action="a.b", target_type="case", target_id=1)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(reason="nicer")

    assert AuditEntry.objects.get(pk=entry.pk).reason == ""


def test_the_database_refuses_to_delete_an_entry():
    entry = record(action="a.b", target_type="case", target_id=1)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).delete()

    assert AuditEntry.objects.filter(pk=entry.pk).exists()


def test_an_entry_of_a_transaction_that_fails_is_gone_and_leaves_no_gap():
    record(action="a.first", target_type="case", target_id=1)
    with transaction.atomic():
        record(action="a.lost", target_type="case", target_id=1)
        transaction.set_rollback(True)
    record(action="a.second", target_type="case", target_id=1)

    assert list(AuditEntry.objects.values_list("number", "action")) == [(1, "a.first"), (2, "a.second")]
