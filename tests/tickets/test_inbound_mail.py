import hashlib
import hmac
import time
from email.message import EmailMessage

import pytest
from django.test import Client

from tests.files.conftest import eicar, picture
from tests.tickets.conftest import fresh, submission
from tickets.models import InboundMail, Ticket, TicketEvent
from tickets.services.inbound import receive_mail, strip_quotes
from tickets.services.submit import submit_ticket


def letter(ticket, text: str = "The blue one.", **headers) -> EmailMessage:
    message = EmailMessage()
    defaults = {
        "From": "Priya <customer@example.com>",
        "To": f"support+{ticket.number}@parley.example",
        "Subject": f"Re: [{ticket.number}] We need one more thing",
        "Message-ID": f"<{hashlib.md5(text.encode()).hexdigest()}@mail.example.com>",
    }
    for name, value in (defaults | {k.replace("_", "-"): v for k, v in headers.items()}).items():
        if value is not None:
            message[name] = value
    message.set_content(text)
    return message


def added(ticket) -> list[str]:
    return list(ticket.events.filter(kind="added").values_list("body", flat=True))


QUOTED = [
    "The blue one.\n\nOn Thu, 19 Nov 2026 at 10:48, Parley <support@parley.example> wrote:\n> Which one?\n",
    "The blue one.\n\nOn Thu, 19 Nov 2026 at 10:48, Parley <support@parley.example>\nwrote:\n> Which?",
    "The blue one.\n\n-----Original Message-----\nFrom: Parley\nSent: Thursday\n\nWhich one?",
    "The blue one.\n\nEl jue, 19 nov 2026 a las 10:48, Parley escribió:\n> ¿Cuál?",
    "The blue one.\n\n在 2026年11月19日，Parley 写道：\n> 哪一个？",
    "The blue one.\n-- \nPriya Raman\nHead of mugs",
    "The blue one.\n\nSent from my iPhone\n",
    "> Which one?\n\nThe blue one.\n",
    "The blue one.\n\n________________________________\nFrom: Parley <support@parley.example>\nWhich?",
    "The blue one.\r\n\r\nVon: Parley <support@parley.example>\r\nGesendet: Donnerstag\r\nWelche?",
]


@pytest.mark.parametrize("text", QUOTED)
def test_quoted_history_signatures_and_phone_lines_are_left_out(text):
    assert strip_quotes(text) == "The blue one."


def test_words_that_only_look_like_a_quote_stay():
    text = "On Thursday I wrote to the shop.\nFrom the box two mugs were missing."

    assert strip_quotes(text) == text


def test_an_answer_by_mail_is_added_once_to_its_ticket(ticket):
    raw = letter(ticket).as_bytes()

    assert receive_mail(raw) == "added"
    assert receive_mail(raw) == "added"

    assert added(ticket) == ["The blue one."]
    assert TicketEvent.objects.get(kind="added").via == "email"


def test_the_number_is_found_in_the_address_the_subject_or_the_thread(ticket):
    only_subject = letter(ticket, "one", To="support@parley.example")
    only_thread = letter(
        ticket,
        "two",
        To="support@parley.example",
        Subject="Re: your mail",
        In_Reply_To=f"<ticket.{ticket.number}.3@parley.example>",
    )

    assert receive_mail(only_subject.as_bytes()) == "added"
    assert receive_mail(only_thread.as_bytes()) == "added"
    assert added(ticket) == ["one", "two"]


def test_a_wrong_number_reaches_no_other_ticket_and_is_not_lost(ticket):
    wrong = ticket.number[:-1] + ("X" if ticket.number[-1] != "X" else "Y")
    mail = letter(ticket, To=f"support+{wrong}@parley.example", Subject=f"Re: [{wrong}]")

    assert receive_mail(mail.as_bytes()) == "created"
    assert added(ticket) == []
    assert Ticket.objects.exclude(pk=ticket.pk).get().events.get(no=1).body == "The blue one."


def test_whoever_knows_a_number_cannot_write_in_anothers_name(ticket):
    assert receive_mail(letter(ticket, From="evil@example.net").as_bytes()) == "created"

    assert added(ticket) == []
    own = Ticket.objects.exclude(pk=ticket.pk).get()
    assert own.guest_email == "evil@example.net"
    linked = own.events.get(kind="linked")
    assert linked.data == {"to": ticket.number, "why": "named"}
    assert not linked.is_public


def test_a_sender_whom_the_mail_server_found_forged_is_refused(ticket):
    mail = letter(
        ticket, Authentication_Results="mx.example.com; spf=pass; dmarc=fail header.from=example.com"
    )

    assert receive_mail(mail.as_bytes()) == "refused"
    assert added(ticket) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<news.example.com>"},
        {"From": "MAILER-DAEMON@example.com"},
        {"Subject": "Out of office: back on Monday"},
        {"Subject": "Respuesta automática: vacaciones"},
        {"Subject": "自动回复：休假中"},
        {"Return_Path": "<>"},
    ],
)
def test_auto_responders_lists_and_bounces_are_not_read(ticket, headers):
    assert receive_mail(letter(ticket, "I am on holiday.", **headers).as_bytes()) == "automatic"
    assert added(ticket) == []


def test_our_own_mail_that_comes_back_is_a_loop(ticket):
    mail = letter(ticket, From="no-reply@parley.example", X_Parley_Ticket=ticket.number)

    assert receive_mail(mail.as_bytes()) == "loop"


def test_two_programs_that_answer_each_other_are_stopped(ticket):
    outcomes = [receive_mail(letter(ticket, f"echo {n}").as_bytes()) for n in range(24)]

    assert outcomes[0] == "added"
    assert outcomes[-1] == "limited"
    assert len(added(ticket)) == 20


def test_an_empty_mail_adds_nothing(ticket):
    assert receive_mail(letter(ticket, "> quoted only\n").as_bytes()) == "empty"


def test_html_mails_become_text_that_cannot_act(ticket):
    message = letter(ticket, "x")
    message.clear_content()
    message.set_content(
        "<p>The <b>blue</b> one &amp; the red.</p><script>alert(1)</script>"
        "<blockquote>Which one?</blockquote>",
        subtype="html",
    )

    assert receive_mail(message.as_bytes()) == "added"
    assert added(ticket) == ["The blue one & the red."]


def test_good_attachments_come_along_and_bad_ones_are_left_out(ticket):
    message = letter(ticket, "See the picture.")
    message.add_attachment(picture(), maintype="image", subtype="png", filename="rim.png")
    message.add_attachment(b"MZ\x90\x00", maintype="application", subtype="octet-stream", filename="a.exe")
    message.add_attachment(eicar(), maintype="text", subtype="plain", filename="log.txt")

    assert receive_mail(message.as_bytes()) == "added"
    event = TicketEvent.objects.get(kind="added")
    assert event.data["left_out"] == [{"name": "a.exe", "why": "file_type"}]
    assert len(event.data["files"]) == 2  # The test virus is caught by the scan, before anybody can open it.


def test_a_broken_mail_does_no_harm(ticket):
    head = b"From: =?utf-8?b?////?=\xff\xfe\nSubject: =?x-no?q?a?=\nContent-Type: text/plain; charset=nope"
    raw = head + b"\n\n\xff\xfe"

    assert receive_mail(raw) in {"automatic", "unknown", "empty"}


def test_a_solved_ticket_opens_again_by_mail(ticket, customer, helper):
    type(ticket).objects.filter(pk=ticket.pk).update(state="solved", solved_at=ticket.created_at)

    assert receive_mail(letter(ticket, "Still broken.").as_bytes()) == "added"
    assert fresh(ticket).state == "open"


def test_a_guest_answers_by_mail_too(categories):
    ticket = submit_ticket(submission()).ticket

    assert receive_mail(letter(ticket, "Here.", From="Gus <GUEST@example.org>").as_bytes()) == "added"


def test_the_webhook_takes_signed_and_fresh_mails_only(ticket, settings):
    settings.INBOUND_MAIL_SECRET = "shared-secret"
    raw = letter(ticket).as_bytes()

    def post(at: int, key: str = "shared-secret"):
        signature = hmac.new(key.encode(), str(at).encode() + b"." + raw, hashlib.sha256).hexdigest()
        return Client().post(
            "/api/v1/tickets/inbound-mail/",
            raw,
            content_type="message/rfc822",
            headers={"x-parley-signature": signature, "x-parley-timestamp": str(at)},
        )

    now = int(time.time())
    assert post(now, "wrong").status_code == 403
    assert post(now - 600).status_code == 403
    assert not InboundMail.objects.exists()
    assert post(now).json() == {"outcome": "added"}
    settings.INBOUND_MAIL_SECRET = ""
    assert post(now).status_code == 503
