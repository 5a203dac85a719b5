from uuid import uuid4

from django.test import Client

from files.services import store_upload
from tests.factories import OrderFactory
from tests.files.conftest import picture, sent
from tests.tickets.conftest import fresh
from tickets.models import Ticket
from tickets.services import conversation


def as_user(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def body(**changes) -> dict:
    return {
        "submit_ref": str(uuid4()),
        "category": "payment-gift-card",
        "subject": "Gift card is taken off",
        "description": "On the last step it is taken off again.",
        "details": {"error_message": "PAY-3021"},
        "device": {"device": "Pixel 9", "os": "Android 16", "app": "Parley 8.4.1", "imei": "35"},
    } | changes


def test_a_ticket_is_sent_once_read_added_to_and_solved(customer, categories):
    client = as_user(customer)
    form = body()
    first = client.post("/api/v1/tickets/", form, content_type="application/json")
    again = client.post("/api/v1/tickets/", form, content_type="application/json")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["duplicate"] is True
    number = first.json()["ticket"]["number"]
    assert first.json()["ticket"]["promised_at"]
    assert Ticket.objects.get().device == {"device": "Pixel 9", "os": "Android 16", "app": "Parley 8.4.1"}
    where = f"/api/v1/tickets/{number}/"
    upload = store_upload(file=sent(picture()), purpose="ticket", user=customer)
    more = {"client_ref": str(uuid4()), "body": "A picture.", "files": [str(upload.public_id)]}
    made = client.post(where + "additions/", more, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["files"][0]["name"] == "file.bin.png"
    events = client.get(where).json()["events"]
    assert [event["kind"] for event in events] == ["submitted", "added"]
    assert client.post(where + "solved/").json()["state"] == "solved"
    rated = client.post(where + "rating/", {"score": 5}, content_type="application/json")
    assert rated.status_code == 200
    assert [row["number"] for row in client.get("/api/v1/tickets/").json()["tickets"]] == [number]


def test_a_ticket_is_nobody_elses(ticket, stranger, owner):
    for user in (stranger, owner):
        assert as_user(user).get(f"/api/v1/tickets/{ticket.number}/").status_code == 404
        assert as_user(user).post(f"/api/v1/tickets/{ticket.number}/solved/").status_code == 404
    assert Client().get(f"/api/v1/tickets/{ticket.number}/").status_code in {401, 403}
    assert fresh(ticket).state == "new"


def test_required_answers_are_asked_for_by_name(customer, categories):
    made = as_user(customer).post(
        "/api/v1/tickets/", body(category="payment-declined", details={}), content_type="application/json"
    )

    assert made.status_code == 400
    assert made.json()["detail"]["fields"] == ["payment_way", "error_message"]


def test_orders_and_files_of_others_are_refused(customer, stranger, categories):
    client = as_user(customer)
    theirs = OrderFactory(customer=stranger)
    upload = store_upload(file=sent(picture()), purpose="ticket", user=stranger)

    with_order = client.post("/api/v1/tickets/", body(order=theirs.number), content_type="application/json")
    with_file = client.post(
        "/api/v1/tickets/", body(files=[str(upload.public_id)]), content_type="application/json"
    )

    assert (with_order.status_code, with_file.status_code) == (404, 404)
    assert not Ticket.objects.exists()


def test_notes_and_staff_names_stay_inside(ticket, customer, helper):
    conversation.add_note(ticket=ticket, agent=helper, body="Looks like fraud to me.")
    conversation.reply(ticket=ticket, agent=helper, body="We look at it.")

    text = as_user(customer).get(f"/api/v1/tickets/{ticket.number}/").content.decode()

    assert "We look at it." in text
    assert "fraud" not in text
    assert helper.display_name not in text


def test_the_tree_and_the_help_center_are_open_to_guests(categories, articles):
    client = Client()

    tree = client.get("/api/v1/tickets/categories/").json()["categories"]
    found = client.get("/api/v1/help/search/", {"q": "refnud"}).json()
    article = client.get("/api/v1/help/articles/chat-with-a-shop/").json()

    assert "seller-appeal" not in {row["code"] for row in tree}
    declined = next(row for row in tree if row["code"] == "payment-declined")
    assert [q["key"] for q in declined["fields_"]] == ["payment_way", "error_message", "steps"]
    assert found["corrected"] == "refund"
    assert "<mark>refund</mark>" in found["hits"][0]["title"]
    assert article["version"] == 1
    assert client.get("/api/v1/tickets/").status_code in {401, 403}
