"""A person asks to be erased: time to think, what holds it, what goes everywhere and what stays."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import Erasure, User
from accounts.services import erasing, grant_staff_role
from audit.models import AuditEntry
from chat.models import Message
from chat.services.messages import send_message
from compliance.services.cases import Subject, open_case
from core.errors import Conflict, Forbidden
from files.models import Upload
from files.services import attach, store_upload
from notifications.models import Notice
from tests.factories import PASSWORD, ConversationFactory, OrderFactory, ShopMemberFactory, UserFactory
from tests.files.conftest import picture
from tickets.models import Category, Rating, Ticket, TicketEvent
from tickets.services import conversation as ticket_talk
from tickets.services.reference_data import sync_categories
from tickets.services.submit import Submission, submit_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def priya():
    return UserFactory(email="priya@example.com", display_name="Priya Raman")


@pytest.fixture
def solved_ticket(priya):
    sync_categories()
    ticket = submit_ticket(
        Submission(
            submit_ref=uuid4(),
            category=Category.objects.get(code="payment-gift-card"),
            subject="Priya's gift card",
            description="My card 12 is taken off at checkout.",
            user=priya,
            details={"error_message": "PAY-1"},
            device={"device": "Pixel"},
        )
    ).ticket
    ticket_talk.solve(ticket=ticket, by=priya, by_requester=True)
    ticket_talk.rate(ticket=ticket, score=5, comment="Thanks, Priya", author=priya)
    return ticket


def later(days: int = 15):
    return timezone.now() + timedelta(days=days)


def test_nothing_happens_before_the_time_to_think_is_over(priya):
    erasing.ask_erasure(user=priya)

    assert erasing.erase_due() == 0
    assert erasing.erase_due(now=later()) == 1
    assert Erasure.objects.get().done_at is not None


def test_the_person_cannot_be_found_and_cannot_come_in(priya, client):
    client.force_login(priya)
    erasing.ask_erasure(user=priya)
    erasing.erase_due(now=later())

    person = User.objects.get(pk=priya.pk)
    assert "priya" not in f"{person.email} {person.display_name}".lower()
    assert not person.is_active
    assert client.get(reverse("account:profile")).status_code == 302
    assert not client.login(email="priya@example.com", password=PASSWORD)
    assert UserFactory(email="priya@example.com").pk != priya.pk  # The address is free again.
    assert AuditEntry.objects.filter(action="user.erased", target_id=str(priya.pk)).exists()


def test_words_in_tickets_go_and_number_and_times_stay(priya, solved_ticket):
    erasing.ask_erasure(user=priya)
    erasing.erase_due(now=later())

    ticket = Ticket.objects.get(pk=solved_ticket.pk)
    assert (ticket.number, ticket.created_at) == (solved_ticket.number, solved_ticket.created_at)
    assert (ticket.subject, ticket.details, ticket.device, ticket.search) == ("Removed", {}, {}, None)
    assert not TicketEvent.objects.filter(ticket=ticket).exclude(body="").exists()
    rating = Rating.objects.get(ticket=ticket)
    assert (rating.score, rating.comment) == (5, "")


def test_words_in_chats_go_and_what_the_shop_wrote_stays(priya, shop, agent):
    chat = ConversationFactory(customer=priya, shop=shop)
    send_message(conversation=chat, author=priya, body="I live at 5 Elm Street.", client_ref=uuid4())
    send_message(conversation=chat, author=agent, body="It is on its way.", client_ref=uuid4())

    erasing.ask_erasure(user=priya)
    erasing.erase_due(now=later())

    bodies = dict(Message.objects.filter(conversation=chat).values_list("author_kind", "body"))
    assert bodies == {"customer": "", "member": "It is on its way."}
    chat.refresh_from_db()
    assert chat.last_preview == ""


def test_files_go_with_their_names(priya, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    upload = store_upload(
        file=SimpleUploadedFile("passport-priya.png", picture()), purpose="ticket", user=priya
    )
    attach(upload=upload, subject_kind="ticket_event", subject_id=1)

    erasing.ask_erasure(user=priya)
    erasing.erase_due(now=later())

    upload = Upload.objects.get(pk=upload.pk)
    assert (upload.state, upload.name) == ("removed", "removed")


def test_the_last_mail_goes_to_the_old_address_and_every_notice_is_gone(priya):
    erasing.ask_erasure(user=priya)
    erasing.erase_due(now=later())

    assert [(n.kind, n.guest_email) for n in Notice.objects.all()] == [("erasure_done", "priya@example.com")]


def test_an_order_on_its_way_holds_it_until_it_has_arrived(priya):
    order = OrderFactory(customer=priya, status="shipped")
    erasing.ask_erasure(user=priya)

    assert erasing.erase_due(now=later()) == 0
    assert Erasure.objects.get().held_by == ["open_order"]
    type(order).objects.filter(pk=order.pk).update(status="delivered")
    assert erasing.erase_due(now=later()) == 1


def test_an_open_ticket_holds_it(priya, solved_ticket):
    Ticket.objects.filter(pk=solved_ticket.pk).update(state="open")

    assert erasing.holds_of(priya) == ["open_ticket"]


def test_a_chat_under_review_holds_it(priya, shop, open_case_about):
    open_case_about(ConversationFactory(customer=priya, shop=shop))

    assert erasing.holds_of(priya) == ["open_case"]


@pytest.fixture
def open_case_about():
    def make(chat):
        subject = Subject(
            kind="message", id=1, shop_id=chat.shop_id, author_id=None, author_kind="member",
            text="Pay me elsewhere.", occurred_at=timezone.now(), conversation_id=chat.pk,
        )  # fmt: skip
        return open_case(subject=subject, policy_code="fraud", source="report", evidence={})

    return make


def test_the_last_owner_of_an_open_shop_and_staff_are_refused(shop, priya):
    ShopMemberFactory(shop=shop, user=priya, role="owner")
    type(shop).objects.get(pk=shop.pk).members.exclude(user=priya).update(is_active=False)
    with pytest.raises(Conflict):
        erasing.ask_erasure(user=priya)

    helper = UserFactory()
    grant_staff_role(user=helper, role="support_1")
    with pytest.raises(Forbidden):
        erasing.ask_erasure(user=helper)


def test_the_page_asks_for_the_password_and_lets_one_change_ones_mind(priya, client):
    client.force_login(priya)
    url = reverse("account:delete")

    assert client.post(url, {"password": "wrong"}).status_code == 400
    assert not Erasure.objects.exists()
    assert client.post(url, {"password": PASSWORD}).status_code == 302
    assert "will be deleted on" in client.get(url).content.decode()
    client.post(url, {"do": "keep"})
    assert not Erasure.objects.exists()
    assert erasing.erase_due(now=later()) == 0


def test_the_command_erases_whoever_asked_by_letter(priya):
    said = io.StringIO()

    call_command("erase_person", "PRIYA@example.com", "--at-once", stdout=said)

    assert said.getvalue() == "Erased.\n"
    assert not User.objects.filter(email="priya@example.com").exists()
