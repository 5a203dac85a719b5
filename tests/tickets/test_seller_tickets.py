from uuid import uuid4

import pytest
from django.test import Client

from chat.services.messages import send_message
from compliance.models import Appeal, Case
from compliance.services import appeals
from shops.models import ShopMember
from tests.compliance.conftest import manager, open_case, uphold  # noqa: F401
from tests.factories import ConversationFactory, UserFactory
from tests.tickets.conftest import fresh, submission
from tickets.models import Ticket
from tickets.services.submit import submit_ticket


def as_user(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def chat(customer, shop, agent, categories):
    row = ConversationFactory(customer=customer, shop=shop)
    for author, body in ((customer, "You are late"), (agent, "We are sorry for it"), (customer, "I hate it")):
        send_message(conversation=row, author=author, body=body, client_ref=uuid4())
    return row


def test_a_shop_reports_a_customer_with_the_part_of_the_chat(chat, agent, customer, shop):
    client = as_user(agent)
    where = f"/help/new/seller-customer/?as={shop.slug}&conversation={chat.pk}"
    page = client.get(where).content.decode()
    assert 'value="1-3"' in page
    assert shop.name in page
    typed = {
        "as": shop.slug,
        "conversation": chat.pk,
        "subject": "Insults",
        "description": "This customer insults us again and again.",
        "chat_range": "2-3",
        "do": "check",
    }
    check = client.post(where, typed)["Location"]
    client.post(check + "send/")

    ticket = Ticket.objects.get()
    case = Case.objects.get(reference=ticket.case_reference)
    assert (ticket.side, ticket.shop, ticket.team.code) == ("seller", shop, "safety")
    assert case.subject_kind == "ticket"
    assert [row["seq"] for row in case.evidence["context"]] == [2, 3]


def test_a_report_from_the_ticket_page_chooses_the_chat_in_the_form(chat, agent, shop):
    client = as_user(agent)
    where = f"/help/new/seller-customer/?as={shop.slug}"
    assert f'<option value="{chat.pk}">' in client.get(where).content.decode()
    typed = {"as": shop.slug, "subject": "Insults", "description": "Again and again.", "chat_range": "1-3"}

    without = client.post(where, typed | {"do": "check"})
    check = client.post(where, typed | {"conversation": chat.pk, "do": "check"})["Location"]
    client.post(check + "send/")

    assert without.status_code == 400
    assert Ticket.objects.get().conversation == chat


def test_a_shop_cannot_report_somebody_elses_chat(chat, other_agent):
    other = ShopMember.objects.get(user=other_agent).shop

    page = as_user(other_agent).get(f"/help/new/seller-customer/?as={other.slug}&conversation={chat.pk}")

    assert page.status_code == 404


def test_an_appeal_by_ticket_is_the_same_appeal(uphold, owner, shop, categories):  # noqa: F811
    decision = uphold()
    client = as_user(owner)
    where = f"/help/new/seller-appeal/?as={shop.slug}"
    assert f'<option value="{decision.pk}">' in client.get(where).content.decode()
    typed = {
        "as": shop.slug,
        "subject": "We did not write it",
        "description": "The customer asked for the address of the repair shop.",
        "decision": decision.pk,
        "ground": "context",
        "do": "check",
    }
    check = client.post(where, typed)["Location"]
    client.post(check + "send/")

    ticket = Ticket.objects.get()
    appeal = Appeal.objects.get()
    assert ticket.appeal_number == appeal.reference
    assert appeal.door == f"ticket:{ticket.number}"
    appeals.withdraw(appeal_id=appeal.pk, user=owner)
    assert fresh(ticket).state == "solved"


def test_an_agent_of_the_shop_cannot_appeal(uphold, agent, shop, categories):  # noqa: F811
    uphold()

    assert as_user(agent).get(f"/help/new/seller-appeal/?as={shop.slug}").status_code == 403


def test_the_shops_tickets_are_the_shops_and_leave_with_the_member(owner, agent, shop, categories):
    ticket = submit_ticket(
        submission(owner, code="seller-hours", side="seller", shop=shop, subject="Hours at Easter")
    ).ticket
    where = f"/seller/{shop.slug}/tickets/{ticket.number}/"
    assert "Hours at Easter" in as_user(agent).get(f"/seller/{shop.slug}/tickets/").content.decode()
    assert as_user(agent).get(where).status_code == 200
    more = {"body": "We mean Monday.", "client_ref": uuid4()}
    as_user(agent).post(where + "add/", more)
    as_user(agent).post(where + "add/", more)
    assert ticket.events.filter(kind="added").count() == 1

    ShopMember.objects.filter(user=agent).update(is_active=False)

    assert as_user(agent).get(where).status_code == 404
    assert as_user(UserFactory()).get(where).status_code == 404


def test_a_customers_ticket_for_the_shop_stands_first_and_leads_to_the_chat(chat, agent, customer, shop):
    as_user(customer).post(f"/help/from-chat/{chat.pk}/", {"who": "shop", "submit_ref": uuid4()})

    page = as_user(agent).get(f"/seller/{shop.slug}/tickets/").content.decode()

    assert "Customers wait for your shop" in page
    assert f"/seller/{shop.slug}/messages/{chat.pk}/" in page


def test_a_customers_ticket_to_the_platform_is_not_the_shops_business(chat, agent, customer, shop):
    as_user(customer).post(f"/help/from-chat/{chat.pk}/", {"who": "platform", "submit_ref": uuid4()})
    ticket = Ticket.objects.get()

    assert as_user(agent).get(f"/seller/{shop.slug}/tickets/{ticket.number}/").status_code == 404
