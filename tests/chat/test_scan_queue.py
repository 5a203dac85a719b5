"""A batch of scans: few statements, whoever dies in it, and a message that kills its worker."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import tasks
from chat.models import Conversation, Message, MessageScan
from chat.services import messages, scan_queue, scanning
from compliance.models import Case, CaseEvent, Finding
from compliance.services.policies import sync_policies
from tests.factories import ConversationFactory

NUMBER = "Text me instead on +1 212 555 01{:02} please"
PAST = timedelta(minutes=2)


@pytest.fixture
def conversation(customer, shop) -> Conversation:
    sync_policies()
    return ConversationFactory(customer=customer, shop=shop)


def send(conversation, author, body) -> Message:
    return messages.send_message(
        conversation=conversation, author=author, body=body, client_ref=uuid4()
    ).message


def statements_for(ids) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        scanning.scan_messages(ids)
    return len(asked)


def states(*ids) -> list[tuple[str, int]]:
    rows = MessageScan.objects.filter(message__in=ids).order_by("message")
    return list(rows.values_list("state", "attempts"))


def test_a_batch_costs_no_more_statements_than_one_message(conversation, customer, agent):
    few = [send(conversation, customer, "Is it oak?").pk, send(conversation, agent, NUMBER.format(0)).pk]
    needed = statements_for(few)
    many = [send(conversation, customer, f"Is number {number} oak?").pk for number in range(6)]
    many += [send(conversation, agent, NUMBER.format(number)).pk for number in range(1, 6)]

    assert statements_for(many) <= needed
    assert Case.objects.filter(subject_id__in=many).count() == 5
    assert states(*many) == [("done", 1)] * 11


def test_a_task_for_one_message_takes_the_backlog_along(conversation, customer):
    first, second, third = (send(conversation, customer, text).pk for text in ("one", "two", "three"))

    assert sorted(scanning.scan_messages([third])) == [first, second, third]
    assert scanning.scan_messages([first, second]) == []


def test_what_failed_before_is_not_taken_along(conversation, customer):
    failing, asked = (send(conversation, customer, text).pk for text in ("one", "two"))
    MessageScan.objects.filter(message=failing).update(attempts=1)

    assert scanning.scan_messages([asked]) == [asked]


def test_the_worker_that_dies_after_recording_leaves_nothing_to_record_twice(conversation, agent):
    message = send(conversation, agent, NUMBER.format(1))
    scanning.scan_messages([message.pk])
    before = (Finding.objects.count(), Case.objects.count(), CaseEvent.objects.count())
    # As if the commit of "done" had been lost with the machine.
    MessageScan.objects.update(state="leased", leased_until=timezone.now() - PAST)

    assert scanning.sweep() == 1

    assert (Finding.objects.count(), Case.objects.count(), CaseEvent.objects.count()) == before
    assert states(message.pk) == [("done", 2)]


def test_nobody_takes_what_somebody_else_holds(conversation, customer):
    message = send(conversation, customer, "hello")
    held = scan_queue.claim([message.pk])

    assert len(held) == 1
    assert scan_queue.claim([message.pk]) == []
    assert scan_queue.claim_overdue(batch=10) == []


def test_a_message_whose_worker_died_twice_is_scanned_alone(conversation, customer):
    suspect, other = (send(conversation, customer, text).pk for text in ("one", "two"))
    past = timezone.now() - PAST
    MessageScan.objects.update(state="leased", leased_until=past)
    MessageScan.objects.filter(message=suspect).update(attempts=2)
    MessageScan.objects.filter(message=other).update(attempts=1)

    assert scan_queue.claim([suspect]) == []
    claims = [scan_queue.claim_overdue(batch=10), scan_queue.claim_overdue(batch=10)]
    claims += [scan_queue.claim_suspect(), scan_queue.claim_suspect()]
    batches = [scan_queue.load(ids) for ids in claims]

    assert [[scan.message.pk for scan in batch] for batch in batches] == [[other], [], [suspect], []]


def test_a_suspect_gets_its_turn_though_others_wait(conversation, customer, monkeypatch):
    monkeypatch.setattr(scanning, "BATCH", 1)
    suspect, *others = (send(conversation, customer, text).pk for text in ("one", "two", "three"))
    MessageScan.objects.update(state="leased", leased_until=timezone.now() - PAST)
    MessageScan.objects.filter(message=suspect).update(attempts=2)

    assert scanning.sweep(limit=1) == 2

    assert states(suspect, *others) == [("done", 3), ("done", 1), ("leased", 0)]


def test_a_message_that_waits_under_two_rulesets_is_recorded_once_for_each(conversation, agent, monkeypatch):
    real, told = scanning.record_all, []

    def listen(found):
        told.append([one.subject.id for one in found])
        return real(found)

    monkeypatch.setattr(scanning, "record_all", listen)
    send(conversation, agent, "Oak, oiled twice.")
    message = send(conversation, agent, NUMBER.format(1))
    MessageScan.objects.create(message=message, ruleset="r2")

    assert set(scanning.scan_messages([message.pk])) >= {message.pk}

    assert states(message.pk) == [("done", 1), ("done", 1)]
    assert told == [[message.pk], [message.pk]]
    case = Case.objects.get()
    assert set(Finding.objects.values_list("case", flat=True)) == {case.pk}
    assert Finding.objects.filter(ruleset="r2").count() * 2 == Finding.objects.count() > 0
    assert [line["seq"] for line in case.evidence["context"]] == [1, 2]


def test_a_message_that_kills_every_worker_ends_with_a_person(conversation, agent, monkeypatch):
    message = send(conversation, agent, "hello there")
    MessageScan.objects.update(state="leased", leased_until=timezone.now() - PAST, attempts=5)
    monkeypatch.setattr(scanning, "scan_texts", lambda items: pytest.fail("scanned once more"))

    scanning.sweep()

    assert states(message.pk) == [("failed", 6)]
    assert "failed 5 times" in Case.objects.get().evidence["needs_person"]


def test_one_message_whose_findings_cannot_be_kept_holds_up_no_other(conversation, agent, monkeypatch):
    bad, good = (send(conversation, agent, NUMBER.format(number)) for number in (1, 2))
    real = scanning.record_all

    def refuse(found):
        if any(one.subject.id == bad.pk for one in found):
            raise ValueError("no")
        return real(found)

    monkeypatch.setattr(scanning, "record_all", refuse)

    assert scanning.scan_messages([bad.pk, good.pk]) == [good.pk]
    assert states(bad.pk, good.pk) == [("pending", 1), ("done", 1)]
    assert Case.objects.get().subject_id == good.pk


def test_what_only_the_full_scan_finds_is_hidden_with_the_end_of_its_scan(conversation, agent, monkeypatch):
    message = send(conversation, agent, NUMBER.format(1))
    Message.objects.update(state="visible", mask_spans=[])  # As if the pass before storing had missed it.

    scanning.scan_messages([message.pk])

    message.refresh_from_db()
    assert (message.state, message.mask_spans) == ("masked", [[19, 34]])
    assert states(message.pk) == [("done", 1)]


def test_a_message_that_could_not_be_hidden_is_not_done(conversation, agent, monkeypatch):
    message = send(conversation, agent, NUMBER.format(1))
    Message.objects.update(state="visible", mask_spans=[])

    def fail(*_):
        raise ValueError("no")

    monkeypatch.setattr(scanning.handling, "hide_message", fail)

    assert scanning.scan_messages([message.pk]) == []
    assert states(message.pk) == [("pending", 1)]


def test_only_messages_that_were_scanned_here_get_automatic_replies(conversation, customer, monkeypatch):
    held, free = (send(conversation, customer, text).pk for text in ("one", "two"))
    scan_queue.claim([held])
    answered: list[int] = []
    monkeypatch.setattr(tasks.auto_replies, "answer_messages", answered.extend)

    tasks.scan_messages([held, free])
    tasks.scan_messages([held, free])

    assert answered == [free]
