"""A mail without a number becomes a ticket: of the sender's account, or of a guest with the signed link."""

from email.message import EmailMessage

import pytest
from django.test import Client

from files.models import Upload
from notifications.models import Notice
from tests.factories import UserFactory
from tests.files.conftest import picture
from tickets.models import InboundMail, Ticket
from tickets.services.inbound import receive_mail
from tickets.services.submit import GUEST_PER_DAY, still_matches


def letter(text: str = "My parcel has not arrived.", **headers: str | None) -> EmailMessage:
    message = EmailMessage()
    defaults: dict[str, str | None] = {
        "From": "Nora Vale <nora@example.org>",
        "To": "support@parley.example",
        "Subject": "Where is it?",
        "Message-ID": "<a1@example.org>",
        "Date": "Thu, 19 Nov 2026 10:48:00 +0200",
    }
    message.set_content(text)
    for name, value in (defaults | {k.replace("_", "-"): v for k, v in headers.items()}).items():
        if value is not None:
            message[name] = value
    return message


def only_ticket() -> Ticket:
    return Ticket.objects.get()


def test_an_unknown_sender_gets_a_guest_ticket_and_a_receipt_with_the_signed_link(categories, client: Client):
    assert receive_mail(letter().as_bytes()) == "created"

    ticket = only_ticket()
    assert (ticket.side, ticket.channel, ticket.guest_email) == ("guest", "email", "nora@example.org")
    assert (ticket.subject, ticket.guest_name) == ("Where is it?", "Nora Vale")
    receipt = Notice.objects.get(kind="ticket_received")
    assert receipt.guest_email == "nora@example.org"
    page = client.get(receipt.url, follow=True)
    assert page.status_code == 200
    assert "My parcel has not arrived." in page.content.decode()


def test_a_known_sender_gets_it_in_their_account(categories):
    person = UserFactory(email="nora@example.org", language="es", time_zone="Europe/Madrid")

    assert receive_mail(letter().as_bytes()) == "created"

    ticket = only_ticket()
    assert (ticket.requester, ticket.side, ticket.guest_email) == (person, "customer", "")
    assert (ticket.language, ticket.time_zone) == ("es", "Europe/Madrid")


def test_a_closed_account_is_not_written_to_in_its_name(categories):
    UserFactory(email="nora@example.org", is_active=False)

    assert receive_mail(letter().as_bytes()) == "created"
    assert only_ticket().requester is None


def test_the_same_mail_twice_makes_one_ticket(categories):
    raw = letter().as_bytes()

    assert [receive_mail(raw), receive_mail(raw)] == ["created", "created"]
    assert Ticket.objects.count() == 1
    assert Notice.objects.filter(kind="ticket_received").count() == 1


def test_mails_without_a_message_id_are_told_apart_by_what_is_in_them(categories):
    one, other = letter(Message_ID=None), letter("Something else.", Message_ID=None)

    outcomes = [receive_mail(mail.as_bytes()) for mail in (one, one, other)]

    assert outcomes == ["created"] * 3
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({"Content_Language": "es-MX"}, "es"),
        ({"Accept_Language": "zh-CN, en;q=0.5"}, "zh-hans"),
        ({"Content_Language": "xx"}, "en"),
        ({}, "en"),
    ],
)
def test_a_guests_language_is_what_the_mail_says(categories, headers, language):
    receive_mail(letter(**headers).as_bytes())

    assert only_ticket().language == language


def test_a_guests_promise_is_told_in_the_hours_of_their_own_mail(categories):
    receive_mail(letter().as_bytes())

    assert only_ticket().time_zone == "Etc/GMT-2"  # POSIX: two hours east of UTC.


def test_the_words_of_a_mail_choose_its_topic_and_team(categories):
    receive_mail(letter("Where is my refund? The order number is missing here.").as_bytes())

    ticket = only_ticket()
    assert ticket.category.code == "returns-refund"
    assert ticket.team is not None
    assert ticket.team.code == "payments"
    assert ticket.events.filter(kind="asked", data__field="order").exists()
    assert still_matches(ticket)


def test_attachments_go_through_the_same_pipeline_and_the_others_are_named(categories):
    mail = letter("See the picture.")
    mail.add_attachment(picture(), maintype="image", subtype="png", filename="rim.png")
    mail.add_attachment(b"MZ\x90\x00", maintype="application", subtype="octet-stream", filename="run.exe")

    assert receive_mail(mail.as_bytes()) == "created"

    first = only_ticket().events.get(no=1)
    assert Upload.objects.get(subject_kind="ticket_event", subject_id=str(first.pk)).purpose == "ticket"
    assert first.data["left_out"] == [{"name": "run.exe", "why": "file_type"}]
    assert Notice.objects.get(kind="ticket_received").context["left_out"] == ["run.exe"]


def test_hostile_html_becomes_plain_words(categories):
    mail = letter("x")
    mail.clear_content()
    mail.set_content("<p>Hello<img src=x onerror=alert(1)></p><script>alert(2)</script>", subtype="html")

    receive_mail(mail.as_bytes())

    assert only_ticket().events.get(no=1).body == "Hello"


def test_a_mail_with_nothing_in_it_makes_no_ticket(categories):
    assert receive_mail(letter("> only quoted\n").as_bytes()) == "empty"
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Subject": "Automatic reply: I am away"},
        {"From": "MAILER-DAEMON@example.org", "Subject": "Undelivered Mail Returned to Sender"},
        {"From": "support@parley.example"},
    ],
)
def test_programs_and_our_own_mails_make_no_ticket(categories, headers):
    assert receive_mail(letter(**headers).as_bytes()) in {"automatic", "loop"}
    assert not Ticket.objects.exists()


def test_one_sender_cannot_fill_the_desk(categories):
    outcomes = [
        receive_mail(letter(f"Mail {n}", Message_ID=f"<{n}@example.org>").as_bytes())
        for n in range(GUEST_PER_DAY + 2)
    ]

    assert outcomes[-1] == "limited"
    assert Ticket.objects.count() == GUEST_PER_DAY


def test_a_mail_to_a_closed_ticket_becomes_one_that_follows_it(categories):
    receive_mail(letter().as_bytes())
    old = only_ticket()
    Ticket.objects.filter(pk=old.pk).update(state="closed")

    again = letter(
        "It broke again.", Message_ID="<b2@example.org>", Subject=f"Re: [{old.number}] Where is it?"
    )

    assert receive_mail(again.as_bytes()) == "created"
    assert Ticket.objects.exclude(pk=old.pk).get().follows == old
    assert InboundMail.objects.get(message_id="<b2@example.org>").outcome == "created"
