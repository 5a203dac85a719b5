"""Hard words in a ticket: a hint before sending, nothing in the way, and a case for whoever reads them."""

import pytest
from django.test import Client

from compliance.models import Case, Finding
from tests.tickets.conftest import submission
from tickets.models import Ticket
from tickets.services.screening import civility_hint
from tickets.services.submit import submit_ticket

RUDE = "You stupid idiots, my gift card is gone again and nobody of you answers."
THREAT = "You stupid idiot, I will find you and kill you."


@pytest.mark.parametrize(
    "text",
    [
        "My gift card is gone again and nobody answers. I am very angry about it.",
        "This is the worst shop ever, I want my money back today.",
        "My number is 212 555 0147, please call me.",
    ],
)
def test_complaints_without_hard_words_bring_no_hint(text):
    assert civility_hint(text) is None


def test_the_page_before_sending_names_the_hard_words_and_sends_them_all_the_same(categories):
    guest = Client()
    typed = {
        "subject": "Gift card",
        "description": RUDE,
        "payment_way": "gift_card",
        "error_message": "PAY-3021",
        "email": "guest@example.org",
        "do": "check",
    }
    where = guest.post("/help/new/payment-declined/", typed)["Location"]

    page = guest.get(where).content.decode()
    guest.post(where + "send/")

    assert "Some words may hurt" in page
    assert "stupid" in page[page.index("Some words may hurt") :].split("</p>")[0]
    assert Ticket.objects.get().events.get(no=1).body == RUDE


def test_a_customers_threat_in_a_ticket_opens_a_case_and_the_desk_still_reads_it(customer, categories):
    ticket = submit_ticket(submission(customer, description=THREAT)).ticket

    assert ticket.events.get(no=1).body == THREAT
    assert Finding.objects.filter(policy_code="harassment", subject_kind="ticket_event").exists()
    assert Case.objects.get().policy_code == "harassment"
