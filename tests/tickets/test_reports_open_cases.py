"""A report through the Help Center, with or without an account, opens a case and brings its outcome back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from compliance.models import Case, Statement
from compliance.services.decisions import Verdict, decide, undo
from compliance.services.policies import sync_policies
from compliance.services.review_queue import claim
from notifications.models import Notice
from tests.factories import ShopFactory, ShopMemberFactory
from tests.tickets.conftest import fresh, kinds, submission
from tickets.services.submit import submit_ticket

pytestmark = pytest.mark.usefixtures("categories", "rules_in_force")


@pytest.fixture
def rules_in_force(db):
    sync_policies()


@pytest.fixture
def reported_shop():
    shop = ShopFactory(slug="copper-and-clay", name="Copper & Clay")
    ShopMemberFactory(shop=shop, role="owner")
    return shop


def report(user=None, **changes):
    fields = {
        "code": "report-fake",
        "subject": "A copied bag",
        "description": "The bag in this listing is a copy of a brand.",
        "details": {"link": "https://parley.example/shop/copper-and-clay/p/bag/"},
    }
    return submit_ticket(submission(user, **(fields | changes))).ticket


def settle(ticket, reviewer, outcome: str):
    case = Case.objects.get(reference=fresh(ticket).case_reference)
    claim(case_id=case.pk, reviewer=reviewer)
    code = "counterfeit_ip" if outcome == "uphold" else ""
    verdict = Verdict(outcome, "clear", policy_code=code, facts="The bag is a copy.")
    return decide(case_id=case.pk, reviewer=reviewer, verdict=verdict).decision


def test_a_guests_report_opens_a_case_about_the_shop_it_links_to(reported_shop):
    ticket = report()

    case = Case.objects.get()
    assert fresh(ticket).case_reference == case.reference
    assert (case.source, case.policy_code, case.shop) == ("report", "counterfeit_ip", reported_shop)
    assert "copper-and-clay" in case.evidence["text"]
    assert "copy of a brand" in case.evidence["text"]
    assert Notice.objects.get(kind="ticket_received").guest_email == "guest@example.org"


def test_a_report_about_something_elsewhere_opens_a_case_without_a_shop():
    report(details={"link": "https://elsewhere.example/x"})

    assert Case.objects.get().shop is None


@pytest.mark.parametrize("outcome", ["uphold", "dismiss"])
def test_the_guest_hears_what_was_decided_and_the_ticket_is_solved(reported_shop, reviewer, outcome):
    ticket = report()

    settle(ticket, reviewer, outcome)

    told = Notice.objects.get(kind="ticket_decided")
    wanted = "upheld" if outcome == "uphold" else "dismissed"
    assert (told.guest_email, told.context["outcome"]) == ("guest@example.org", wanted)
    assert told.mail_due_at > timezone.now() + timedelta(seconds=5)  # The reviewer may still take it back.
    ticket = fresh(ticket)
    assert (ticket.state, ticket.solved_by) == ("solved", "system")
    page = Client().get(told.url, follow=True).content.decode()
    assert ("we have acted" in page) == (outcome == "uphold")


def test_a_members_report_comes_back_the_same_way(reported_shop, reviewer, customer):
    ticket = report(customer)

    settle(ticket, reviewer, "uphold")

    assert Notice.objects.get(kind="ticket_decided").user == customer
    assert not Notice.objects.filter(kind="report_answered").exists()


def test_the_shop_never_reads_the_reporters_words(reported_shop, reviewer):
    settle(report(), reviewer, "uphold")

    statement = Statement.objects.get()
    assert "copy of a brand" not in str(statement.body)
    assert statement.body["facts"] == "The bag is a copy."


def test_a_decision_taken_back_opens_the_ticket_again_and_its_mail_stays(reported_shop, reviewer):
    ticket = report()
    decision = settle(ticket, reviewer, "uphold")

    undo(decision_id=decision.pk, reviewer=reviewer)

    assert fresh(ticket).is_open
    assert fresh(ticket).answer_due_at is not None
    assert Notice.objects.get(kind="ticket_decided").mail_state == "cancelled"
    assert kinds(ticket)[-1] == "linked"


def test_whoever_disagrees_answers_and_a_person_looks_again(reported_shop, reviewer, customer, client):
    ticket = report(customer)
    settle(ticket, reviewer, "dismiss")
    client.force_login(customer)

    page = client.get(f"/help/tickets/{ticket.number}/")
    sent = client.post(
        f"/help/tickets/{ticket.number}/add/",
        {"body": "Look at the stitching.", "client_ref": "9a4c0a36-7a35-4b1e-9a3c-3f5a4f3b6d10"},
    )

    assert page.status_code == 200
    assert sent.status_code == 302
    assert fresh(ticket).state == "open"
