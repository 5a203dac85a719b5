import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from files.services import scan_upload
from notifications.services import send_waiting_mail
from tests.factories import OrderFactory
from tests.files.conftest import eicar, picture
from tests.tickets.conftest import submission
from tickets.models import Deflection, Feedback, SearchLog, Ticket, TicketDraft
from tickets.services.submit import submit_ticket

PHONE = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/150.0.0.0 Mobile Safari/537.36"
TYPED = {
    "subject": "Gift card is taken off at checkout",
    "description": "The gift card is taken off again on the last step.",
    "payment_way": "gift_card",
    "error_message": "PAY-3021: gift card could not be applied",
    "steps": "Put two bowls in the cart\nAdd the gift card",
    "impact": "hindered",
    "device": "Pixel 9",
    "os": "Android 16",
    "app": "Chrome 150",
    "device_ok": "on",
    "name": "Gus",
    "email": "guest@example.org",
    "do": "check",
}


@pytest.fixture
def help_center(categories, articles) -> None:
    pass


def as_user(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_guest_goes_from_search_to_receipt_to_ticket_without_javascript(help_center):
    guest = Client(headers={"user-agent": PHONE})
    found = guest.get("/help/search/", {"q": "gift card taken off"})
    assert "/help/new/?q=gift%20card%20taken%20off" in found.content.decode()

    topics = guest.get("/help/new/", {"q": "gift card taken off"}).content.decode()
    assert "/help/new/payment/?q=gift" in topics
    form = guest.get("/help/new/payment-declined/", {"q": "gift card taken off"}).content.decode()
    assert 'value="gift card taken off"' in form
    for shown in ("Pixel 9", "Android 16", "Chrome 150", "Why a payment was declined"):
        assert shown in form
    checked = guest.post("/help/new/payment-declined/", TYPED)
    assert checked.status_code == 302
    review = guest.get(checked["Location"]).content.decode()
    for shown in ("PAY-3021", "Pixel 9, Android 16", "guest@example.org", "First answer by"):
        assert shown in review

    sent = guest.post(checked["Location"] + "send/")
    again = guest.post(checked["Location"] + "send/")

    ticket = Ticket.objects.get()
    assert sent["Location"] == again["Location"] == f"/help/tickets/{ticket.number}/receipt/"
    receipt = guest.get(sent["Location"]).content.decode()
    assert ticket.number in receipt
    assert ticket.digest[:4] in receipt
    page = guest.get(f"/help/tickets/{ticket.number}/").content.decode()
    assert "The gift card is taken off again" in page
    assert Client().get(f"/help/tickets/{ticket.number}/").status_code == 404
    send_waiting_mail()
    link = re.search(r"/help/tickets/\S+\?k=\S+", mail.outbox[0].body).group()
    other_browser = Client()
    assert other_browser.get(link, follow=True).status_code == 200
    assert "k=" not in other_browser.get(link)["Location"]


def test_what_was_typed_stays_when_something_is_missing(help_center):
    guest = Client()

    page = guest.post("/help/new/payment-declined/", TYPED | {"email": "", "error_message": ""})

    html = page.content.decode()
    assert page.status_code == 400
    assert "2 things need another look" in html
    assert "Put two bowls in the cart" in html
    assert not Ticket.objects.exists()
    assert TicketDraft.objects.get().data["steps"].startswith("Put two bowls")
    assert "Gift card is taken off" in guest.get("/help/drafts/").content.decode()


def test_a_draft_is_nobody_elses(help_center):
    guest = Client()
    guest.post("/help/new/payment-declined/", TYPED)
    token = TicketDraft.objects.get().token

    assert Client().get(f"/help/check/{token}/").status_code == 404
    assert Client().post(f"/help/check/{token}/send/").status_code == 404
    assert not Ticket.objects.exists()


def test_device_lines_are_left_out_when_the_tick_is_taken_away(help_center):
    guest = Client()
    typed = {key: value for key, value in TYPED.items() if key != "device_ok"}
    where = guest.post("/help/new/payment-declined/", typed)["Location"]
    guest.post(where + "send/")

    assert Ticket.objects.get().device == {}


def test_files_are_kept_with_the_draft_and_come_with_the_ticket(help_center, customer):
    client = as_user(customer)
    shot = SimpleUploadedFile("error.png", picture(), content_type="image/png")
    where = client.post("/help/new/payment-declined/", TYPED | {"files": [shot]})["Location"]
    assert "error.png" in client.get(where).content.decode()
    client.post(where + "send/")
    ticket = Ticket.objects.get()
    upload = customer.uploads.get()
    assert (upload.subject_kind, upload.subject_id) == ("ticket_event", str(ticket.events.get(no=1).pk))
    assert "being checked" in client.get(f"/help/tickets/{ticket.number}/").content.decode()

    scan_upload(upload_id=upload.pk)

    link = re.search(r'href="(/files/[^"]+)"', client.get(f"/help/tickets/{ticket.number}/").content.decode())
    assert client.get(link.group(1)).status_code == 200


def test_a_bad_file_is_refused_beside_its_field_and_the_rest_is_kept(help_center, customer):
    bad = SimpleUploadedFile("page.png", b"<html><script>alert(1)</script>", content_type="image/png")

    page = as_user(customer).post("/help/new/payment-declined/", TYPED | {"files": [bad]})

    assert page.status_code == 400
    assert "page.png: This kind of file" in page.content.decode()
    assert TicketDraft.objects.get().data["subject"] == TYPED["subject"]


def test_malware_never_comes_with_a_ticket(help_center, customer):
    client = as_user(customer)
    bad = SimpleUploadedFile("log.txt", eicar(), content_type="text/plain")
    where = client.post("/help/new/payment-declined/", TYPED | {"files": [bad]})["Location"]
    scan_upload(upload_id=customer.uploads.get().pk)

    client.post(where + "send/")

    assert customer.uploads.get().attached_at is None


def test_a_look_alike_is_shown_and_can_be_added_to_instead(help_center, customer):
    first = submit_ticket(submission(customer, subject="Gift card taken off at the checkout")).ticket
    client = as_user(customer)
    where = client.post("/help/new/payment-declined/", TYPED)["Location"]
    assert first.number in client.get(where).content.decode()

    client.post(where + "add/", {"number": first.number})

    assert Ticket.objects.count() == 1
    assert "taken off again on the last step" in first.events.filter(kind="added").get().body


def test_an_article_that_answers_it_is_counted_and_nothing_is_sent(help_center):
    guest = Client()
    guest.get("/help/search/", {"q": "card declined"})

    guest.post("/help/new/payment-declined/answered/", {"article": "why-a-payment-was-declined"})

    row = Deflection.objects.get()
    assert (row.answered, row.article.slug) == (True, "why-a-payment-was-declined")
    assert not Ticket.objects.exists()


def test_searches_that_led_to_a_ticket_are_known(help_center):
    guest = Client()
    guest.get("/help/search/", {"q": "zebra crossing refund"})
    where = guest.post("/help/new/payment-declined/", TYPED)["Location"]
    guest.post(where + "send/")

    assert SearchLog.objects.get().led_to_ticket


def test_an_order_from_the_order_page_comes_along(help_center, customer):
    order = OrderFactory(customer=customer)
    client = as_user(customer)
    page = client.get("/help/new/orders-not-arrived/", {"order": order.number}).content.decode()
    assert f'<option value="{order.number}" selected>' in page

    typed = {"subject": "Where is it", "description": "It should be here by now.", "order": order.number}
    where = client.post("/help/new/orders-not-arrived/", typed | {"do": "check"})["Location"]
    client.post(where + "send/")

    ticket = Ticket.objects.get()
    assert (ticket.order, ticket.shop) == (order, order.shop)


def test_somebody_elses_order_is_not_linked(help_center, customer, stranger):
    order = OrderFactory(customer=stranger)
    client = as_user(customer)
    typed = {"subject": "Where is it", "description": "It should be here by now.", "order": order.number}
    where = client.post("/help/new/orders-not-arrived/", typed | {"do": "check"})["Location"]
    client.post(where + "send/")

    assert Ticket.objects.get().order is None


def test_a_card_number_is_stopped_and_an_order_number_is_not(help_center, customer):
    client = as_user(customer)

    stopped = client.post(
        "/help/new/payment-declined/", TYPED | {"description": "My card 4111 1111 1111 1111 does not work"}
    )
    fine = client.post(
        "/help/new/payment-declined/", TYPED | {"description": "My order 48210 3397 1111 1112 does not work"}
    )

    assert (stopped.status_code, fine.status_code) == (400, 302)


def test_feedback_is_kept_apart_from_tickets(help_center, customer):
    as_user(customer).post("/help/feedback/", {"about": "chat", "body": "Let me pin a shop."})

    assert Feedback.objects.get().body == "Let me pin a shop."
    assert not Ticket.objects.exists()
    assert as_user(customer).get("/help/new/feedback/")["Location"] == "/help/feedback/"


def test_a_guest_can_report_a_violation_without_an_account(help_center):
    guest = Client()
    assert "/help/new/report-paid-elsewhere/" in guest.get("/help/report/").content.decode()
    typed = {
        "subject": "A shop wants a bank transfer",
        "description": "They ask me to pay by transfer outside.",
        "username": "Northfield Ceramics",
        "email": "guest@example.org",
        "do": "check",
    }
    where = guest.post("/help/new/report-paid-elsewhere/", typed)["Location"]
    guest.post(where + "send/")

    ticket = Ticket.objects.get()
    assert (ticket.side, ticket.team.code, ticket.priority) == ("guest", "safety", "high")


def test_seller_topics_are_closed_to_customers(help_center, customer):
    assert as_user(customer).get("/help/new/seller-appeal/").status_code == 404
    assert Client().get("/help/new/seller-customer/").status_code == 404


def test_html_in_a_ticket_is_shown_as_text(help_center, customer):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)> javascript:alert(1) https://evil.example"
    ticket = submit_ticket(submission(customer, subject=evil, description=evil)).ticket

    page = as_user(customer).get(f"/help/tickets/{ticket.number}/").content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript:' not in page
    assert 'rel="nofollow noopener noreferrer ugc"' in page


def test_report_a_problem_stands_on_every_page_and_says_where_it_was_pressed(help_center, customer):
    client = as_user(customer)
    for page in ("/", "/help/", "/account/", "/chats/"):
        html = client.get(page, follow=True).content.decode()
        assert "/help/new/?channel=app&amp;from=" in html, page

    where = "/help/new/technical-page/?channel=app&from=/orders/"
    assert 'name="from" value="/orders/"' in client.get(where).content.decode()
    typed = {"subject": "The list is empty", "description": "My orders are gone.", "steps": "Open it"}
    check = client.post(where, typed | {"from": "/orders/", "channel": "app", "do": "check"})["Location"]
    client.post(check + "send/")

    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.details["page"]) == ("app", "/orders/")


def test_a_guest_reads_the_promise_in_the_zone_of_their_browser(categories):
    guest, odd = Client(), Client()
    guest.cookies["zone"] = "Asia/Tokyo"
    odd.cookies["zone"] = "../../etc/passwd"

    for client in (guest, odd):
        assert client.get("/help/new/payment-declined/").status_code == 200
    sent = guest.post("/help/new/payment-declined/", TYPED | {"email": "tomo@example.org"}, follow=True)
    receipt = guest.post(sent.redirect_chain[-1][0] + "send/", follow=True).content.decode()

    assert "(JST)" in receipt


def test_nothing_about_the_device_is_sent_without_a_tick_of_ones_own(categories):
    page = Client().get("/help/new/payment-declined/").content.decode()
    box = re.search(r'<input[^>]*name="device_ok"[^>]*>', page)

    assert box is not None
    assert "checked" not in box.group(0)


def test_what_is_typed_is_kept_as_one_draft_while_typing(categories):
    guest = Client()
    url = "/help/new/payment-declined/"

    first = guest.post(url, {"subject": "Gift ca", "do": "auto"}).json()["draft"]
    again = guest.post(url, {"subject": "Gift card is taken off", "do": "auto", "draft": first}).json()

    assert again == {"draft": first}
    assert TicketDraft.objects.get().data["subject"] == "Gift card is taken off"
    assert "Gift card is taken off" in guest.get("/help/drafts/").content.decode()
