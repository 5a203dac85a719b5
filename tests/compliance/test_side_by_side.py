"""Reviewers, shops, senders and scanners at once: nobody waits in a circle, nothing doubles."""

from threading import Thread
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from audit.services import verify
from chat.models import Message
from chat.services import messages, scanning
from compliance.models import Appeal, Case, Decision, PointsEntry
from compliance.selectors.standing import active_points
from compliance.services import appeals
from compliance.services.decisions import Verdict, decide
from compliance.services.review_queue import claim
from core.errors import DomainError
from tests.factories import ConversationFactory

BODY = "Text me instead on +1 212 555 0147 please"
FACTS = "You gave a phone number that the order did not need."


@pytest.mark.django_db(transaction=True)
def test_deciding_sending_scanning_and_appealing_at_once(
    shop, owner, manager, agent, customer, reviewer, second_reviewer
):
    conversation = ConversationFactory(customer=customer, shop=shop)

    def send(author, body):
        sent = messages.send_message(conversation=conversation, author=author, body=body, client_ref=uuid4())
        return sent.message.pk

    first = [send(agent, f"{BODY} {n}") for n in range(6)]
    scanning.scan_messages(first)
    cases = list(Case.objects.order_by("pk"))
    assert len(cases) == 6
    errors: list[Exception] = []

    def run(work):
        try:
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    def review(person, mine):
        for case in mine:
            claim(case_id=case.pk, reviewer=person)
            verdict = Verdict("uphold", "clear", policy_code="contact_redirect", facts=FACTS)
            decide(case_id=case.pk, reviewer=person, verdict=verdict)

    def talk():
        for n in range(6):
            scanning.scan_messages([send(agent, f"{BODY} again {n}")])
            send(customer, f"And now? {n}")

    def object_to_everything(person):
        for _ in range(5):
            for decision in Decision.objects.filter(kind="uphold", appeals=None):
                try:
                    appeals.lodge(decision_id=decision.pk, user=person, ground="facts", text="No.")
                except DomainError:
                    continue

    def answer_appeals():
        for _ in range(5):
            for appeal in Appeal.objects.filter(status__in=Appeal.OPEN_STATES):
                try:
                    appeals.claim(appeal_id=appeal.pk, reviewer=second_reviewer)
                    appeals.uphold(appeal_id=appeal.pk, reviewer=second_reviewer, answer="Right.")
                except DomainError:
                    continue

    threads = [
        Thread(target=run, args=[work])
        for work in (
            lambda: review(reviewer, cases),
            talk,
            lambda: object_to_everything(owner),
            lambda: object_to_everything(manager),
            answer_appeals,
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    object_to_everything(owner)
    answer_appeals()

    assert errors == []
    assert Decision.objects.filter(kind="uphold").count() == 6
    assert Decision.objects.filter(kind="reverse").count() == 6
    assert sum(PointsEntry.objects.values_list("points", flat=True)) == 0
    assert active_points(shop.pk, timezone.now()) == 0
    assert set(Message.objects.filter(pk__in=first).values_list("state", flat=True)) == {"visible"}
    assert verify().ok
