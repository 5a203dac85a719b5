"""A new ruleset looks at old messages once, in pieces, behind live ones, and says what it changed."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from chat import tasks
from chat.models import Conversation, Message, MessageScan, Rescan, RescanChange
from chat.services import messages, rescans, scanning
from compliance.models import Case, Finding
from compliance.services.policies import sync_policies
from tests.factories import ConversationFactory, ProductFactory

NUMBER = "Text me instead on +1 212 555 0147 please"


@pytest.fixture
def conversation(customer, shop) -> Conversation:
    sync_policies()
    return ConversationFactory(customer=customer, shop=shop)


@pytest.fixture
def send(conversation):
    def make(author, body) -> Message:
        sent = messages.send_message(conversation=conversation, author=author, body=body, client_ref=uuid4())
        scanning.scan_messages([sent.message.pk])
        return sent.message

    return make


@pytest.fixture
def new_ruleset(monkeypatch):
    """Puts another ruleset in force, as far as jobs are concerned."""

    def put(name: str) -> None:
        monkeypatch.setattr(rescans, "current_ruleset", lambda: name)

    return put


def work_off() -> int:
    done = 0
    while rescans.ensure() is not None:
        done += rescans.work(seconds=5)
    return done


def test_nothing_is_scanned_again_under_the_ruleset_that_has_seen_everything(send, customer):
    send(customer, "is the walnut board still there?")

    assert rescans.ensure() is None
    assert Rescan.objects.get().state == "done"
    assert Rescan.objects.get().total == 0


def test_a_new_ruleset_scans_every_message_once_and_says_so(send, customer, agent, new_ruleset):
    for body in ("hello there", "is it oak?"):
        send(customer, body)
    send(agent, "It is oak, oiled twice.")
    new_ruleset("r2")

    assert work_off() == 3
    assert work_off() == 0

    job = Rescan.objects.get()
    assert (job.state, job.done, job.total, job.flagged) == ("done", 3, 3, 0)
    assert MessageScan.objects.filter(ruleset="r2", state="done").count() == 3


def test_findings_are_stored_under_the_new_ruleset_and_join_the_case_that_is_open(send, agent, new_ruleset):
    message = send(agent, NUMBER)
    new_ruleset("r2")

    work_off()

    assert Finding.objects.filter(subject_id=message.pk, ruleset="r2").exists()
    assert Case.objects.count() == 1
    assert set(Finding.objects.values_list("case_id", flat=True)) == {Case.objects.get().pk}
    assert not RescanChange.objects.exists()


def test_what_only_one_of_both_rulesets_found_is_listed(send, customer, agent, new_ruleset):
    found_now, found_before = send(agent, NUMBER), send(agent, "Oak, and oiled twice.")
    Finding.objects.filter(subject_id=found_now.pk).delete()
    Finding.objects.create(
        subject_kind="message",
        subject_id=found_before.pk,
        ruleset=MessageScan.objects.get(message=found_before).ruleset,
        policy_code="spam",
        detector="phrases",
        rule="old",
        start=0,
        end=3,
        confidence=0.8,
        matched="Oak",
        author_kind="member",
        occurred_at=timezone.now(),
    )
    new_ruleset("r2")

    work_off()

    changes = set(RescanChange.objects.values_list("message_id", "policy_code", "kind"))
    assert (found_before.pk, "spam", "gone") in changes
    assert (found_now.pk, "contact_redirect", "added") in changes


@pytest.mark.parametrize("by_the_live_path", [False, True])
def test_an_old_message_is_not_compared_with_the_card_of_today(
    send, conversation, agent, shop, new_ruleset, monkeypatch, by_the_live_path
):
    product = ProductFactory(shop=shop, price_cents=2_500)
    Conversation.objects.update(product=product)
    conversation.refresh_from_db()
    message = send(agent, "The price is $25.00 for it.")
    assert not Finding.objects.exists()
    type(product).objects.update(price_cents=1_999)
    new_ruleset("r2")

    if by_the_live_path:
        MessageScan.objects.create(message=message, ruleset="r2")
        scanning.scan_messages([message.pk])
    else:
        work_off()

    assert MessageScan.objects.get(message=message, ruleset="r2").state == "done"
    assert not Finding.objects.exists()


def test_only_comparing_opens_no_case(send, agent, new_ruleset):
    message = send(agent, NUMBER)
    Finding.objects.all().update(case=None)
    before = Case.objects.count()
    new_ruleset("r2")
    rescans.start(days=30, opens_cases=False)

    work_off()

    assert Finding.objects.filter(subject_id=message.pk, ruleset="r2", case=None).exists()
    assert Case.objects.count() == before


def test_a_killed_worker_loses_no_message_and_repeats_no_finding(send, agent, new_ruleset, monkeypatch):
    monkeypatch.setattr(rescans, "BATCH", 1)
    for number in range(3):
        send(agent, f"{NUMBER} ({number})")
    new_ruleset("r2")
    rescans.start(days=30)
    rescans.work(seconds=0.0001)
    Rescan.objects.update(leased_until=timezone.now() + timedelta(seconds=60))  # killed in the middle

    assert rescans.work(seconds=5) == 0
    Rescan.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    work_off()

    job = Rescan.objects.get()
    assert (job.state, job.done, job.flagged) == ("done", 3, 3)
    found = Finding.objects.filter(ruleset="r2").values_list("subject_id", "rule", "start", "end")
    assert len(found) == len(set(found))


def test_a_lease_that_was_lost_stores_nothing(send, agent, new_ruleset, monkeypatch):
    send(agent, NUMBER)
    new_ruleset("r2")
    rescans.start(days=30)
    real = rescans.scan_items

    def while_somebody_else_takes_over(batch, **how):
        Rescan.objects.update(leased_until=timezone.now() + timedelta(seconds=90))
        return real(batch, **how)

    monkeypatch.setattr(rescans, "scan_items", while_somebody_else_takes_over)

    assert rescans.work(seconds=5) == 0
    assert not Finding.objects.filter(ruleset="r2").exists()
    assert Rescan.objects.get().done == 0


def test_live_messages_go_first(send, customer, conversation, new_ruleset):
    send(customer, "an old one")
    new_ruleset("r2")
    rescans.start(days=30)
    live = messages.send_message(
        conversation=conversation, author=customer, body="a new one", client_ref=uuid4()
    ).message
    MessageScan.objects.filter(message=live).update(created_at=timezone.now() - timedelta(seconds=3))

    assert rescans.work(seconds=5) == 0
    scanning.scan_messages([live.pk])
    assert work_off() > 0


def test_a_third_ruleset_stops_the_walk_of_the_second(send, customer, new_ruleset):
    send(customer, "hello")
    new_ruleset("r2")
    second = rescans.start(days=30)
    new_ruleset("r3")

    third = rescans.ensure()

    second.refresh_from_db()
    assert (second.state, third.ruleset) == ("stopped", "r3")
    assert rescans.start(days=30) == third


def test_a_process_of_another_version_leaves_the_job_alone(send, customer, new_ruleset):
    send(customer, "hello")
    new_ruleset("r2")
    rescans.start(days=30)
    new_ruleset("r1")

    assert rescans.work(seconds=5) == 0


def test_old_messages_stay_out_unless_asked_for(send, customer, new_ruleset):
    old = send(customer, "from long ago")
    Message.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=90))
    send(customer, "of today")
    new_ruleset("r2")

    assert rescans.start(days=30).total == 1
    Rescan.objects.all().delete()
    assert rescans.start(days=None).total == 2


def test_the_automatic_rescan_can_be_switched_off(send, customer, new_ruleset, settings):
    settings.RESCAN_DAYS = 0
    send(customer, "hello")
    new_ruleset("r2")

    tasks.rescan()

    assert not Rescan.objects.exists()


def test_what_cannot_be_scanned_again_ends_with_the_live_path(send, customer, new_ruleset, monkeypatch):
    message = send(customer, "hello")
    new_ruleset("r2")

    def explode(items):
        raise ValueError("no")

    monkeypatch.setattr(rescans, "scan_texts", explode)
    work_off()

    assert MessageScan.objects.get(message=message, ruleset="r2").state == "pending"


def test_the_command_works_the_job_off_with_progress(send, agent, new_ruleset):
    send(agent, NUMBER)
    new_ruleset("r2")
    said = StringIO()

    call_command("rescan", stdout=said)
    call_command("rescan", stdout=said)

    assert "1 of 1" in said.getvalue()
    assert "done: 1 messages flagged" in said.getvalue()
    assert "ruleset r2: 0 messages to scan" in said.getvalue()
