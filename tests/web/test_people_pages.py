"""What customers and shops do around a chat, on pages that work without scripts."""

import json
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chat.models import Block, Message, Mute, NoticeSettings, Rating
from chat.services import handling
from chat.services.away_mail import stop_token
from chat.services.messages import send_message
from compliance.models import Case, Report
from tests.factories import ConversationFactory, OrderFactory


@pytest.fixture(autouse=True)
def state(settings, tmp_path):
    settings.STATE_DIR = settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def conversation(customer, agent, shop):
    conversation = ConversationFactory(customer=customer, shop=shop)
    for author, body in ((customer, "Is the bowl oven safe?"), (agent, "Yes, up to 220 degrees.")):
        send_message(conversation=conversation, author=author, body=body, client_ref=uuid4())
    return conversation


def customers(name, conversation):
    return reverse(f"customer:{name}", args=[conversation.pk])


def shops(name, conversation):
    return reverse(f"seller:{name}", args=[conversation.shop.slug, conversation.pk])


def test_a_customer_stops_a_shop_and_lets_it_write_again(client, conversation, customer):
    client.force_login(customer)
    client.post(customers("stop", conversation), {"reason": "unwanted", "note": "Adverts"})

    assert Block.objects.get().side == "customer"
    page = client.get(customers("chat", conversation)).text
    assert "You have stopped this shop" in page
    assert "<chat-composer" not in page
    client.post(customers("start_again", conversation))
    assert "<chat-composer" in client.get(customers("chat", conversation)).text


def test_a_blocked_customer_sees_the_reason_and_a_ticket_and_not_the_note(
    client, conversation, customer, agent
):
    client.force_login(agent)
    client.post(shops("block", conversation), {"reason": "spam", "note": "Between us"})
    assert "Unblock" in client.get(shops("conversation", conversation)).text

    client.force_login(customer)
    page = client.get(customers("chat", conversation)).text
    assert "Advertising or the same message again and again" in page
    assert "Open a ticket" in page
    assert "Between us" not in page
    assert "<chat-composer" not in page


def test_reviewers_see_who_blocked_whom_and_why(client, conversation, agent, reviewer):
    client.force_login(agent)
    client.post(shops("block", conversation), {"reason": "fraud", "note": "Chargebacks"})
    client.force_login(reviewer)

    page = client.get(reverse("console:blocks")).text
    assert "Chargebacks" in page
    assert "Northfield Ceramics" in page


def test_a_mute_is_the_persons_own(client, conversation, customer):
    client.force_login(customer)
    client.post(customers("mute", conversation), {"muted": "1"})
    assert Mute.objects.get().user == customer
    client.post(customers("mute", conversation), {"muted": "0"})
    assert not Mute.objects.exists()


def test_a_finished_chat_is_rated_from_its_page(client, conversation, customer, agent):
    client.force_login(customer)
    assert client.get(customers("rate", conversation)).status_code == 404
    handling.resolve(conversation=conversation, actor=agent)

    assert customers("rate", conversation) in client.get(customers("chat", conversation)).text
    client.post(customers("rate", conversation), {"score": "4", "tags": ["friendly"], "words": "Nice"})
    assert Rating.objects.get().score == 4
    assert "How was your chat" not in client.get(customers("chat", conversation)).text


def test_a_shop_reports_the_very_message_with_its_neighbours(client, conversation, customer, agent):
    bad = send_message(
        conversation=conversation, author=customer, body="You idiots!", client_ref=uuid4()
    ).message
    client.force_login(agent)
    assert f"?message={bad.pk}" in client.get(shops("report_message", conversation)).text
    address = f"{shops('report_message', conversation)}?message={bad.pk}"
    page = client.get(address).text
    assert "You idiots!" in page
    assert "Yes, up to 220 degrees." in page

    for _ in range(2):
        client.post(address, {"policy": "harassment", "text": "Again"})

    case = Case.objects.get()
    assert (case.subject_id, case.source, Report.objects.count()) == (bad.pk, "report", 1)
    assert case.reference in client.get(address).text


def test_nobody_reports_their_own_or_a_strangers_message(client, conversation, customer, other_agent):
    own = Message.objects.get(author=customer)
    client.force_login(customer)
    assert client.get(f"{customers('report', conversation)}?message={own.pk}").status_code == 404
    client.force_login(other_agent)
    assert client.get(shops("report_message", conversation)).status_code == 404


def test_files_a_card_and_an_answer_are_sent_without_scripts(client, conversation, customer, shop):
    order = OrderFactory(customer=customer, shop=shop)
    client.force_login(customer)
    form = {
        "body": "",
        "client_ref": str(uuid4()),
        "reply_to": "2",
        "card": f"order:{order.number}",
        "files": SimpleUploadedFile("care.txt", b"Wash by hand."),
    }
    assert client.post(customers("chat", conversation), form).status_code == 302

    message = Message.objects.get(seq=3)
    assert (message.attachment_count, message.card["number"], message.reply_to.seq) == (1, order.number, 2)


def test_a_file_that_cannot_be_sent_is_named_and_nothing_is_sent(client, conversation, customer):
    client.force_login(customer)
    files = [SimpleUploadedFile("fake.pdf", b"MZ\x90\x00"), SimpleUploadedFile("empty.txt", b"")]
    answer = client.post(
        customers("chat", conversation), {"body": "See", "client_ref": str(uuid4()), "files": files}
    )

    assert answer.status_code == 400
    assert "fake.pdf" in answer.text
    assert ">See</textarea>" in answer.text
    assert not Message.objects.filter(seq=3).exists()


def test_the_search_page_marks_the_word_and_leads_to_its_message(client, conversation, customer, agent):
    client.force_login(customer)
    page = client.get(reverse("customer:search"), {"q": "degres"}).text
    assert "<mark>degrees</mark>" in page
    assert f"{customers('chat', conversation)}?before=27#m2" in page

    client.force_login(agent)
    assert (
        "<mark>oven</mark>"
        in client.get(reverse("seller:search", args=[conversation.shop.slug]), {"q": "oven"}).text
    )


@pytest.mark.parametrize("ending", ["json", "txt"])
def test_both_sides_download_a_transcript_that_the_public_page_finds_genuine(
    client, conversation, customer, agent, stranger, ending
):
    addresses = {
        customer: reverse("customer:transcript", args=[conversation.pk, ending]),
        agent: reverse("seller:transcript", args=[conversation.shop.slug, conversation.pk, ending]),
    }
    for person, address in addresses.items():
        client.force_login(person)
        file = client.get(address).content
        client.logout()
        found = client.post(reverse("ops:verify"), {"file": SimpleUploadedFile("t", file)}).text
        assert "Genuine. Signed by Parley" in found
        changed = SimpleUploadedFile("t", file.replace(b"220", b"320"))
        assert "Not genuine" in client.post(reverse("ops:verify"), {"file": changed}).text
    keys = json.loads(client.get(reverse("ops:transcript_keys")).content)["keys"]
    assert len(keys) == 1
    client.force_login(stranger)
    assert client.get(addresses[customer]).status_code == 404


def test_notice_settings_are_kept_and_the_link_in_an_email_stops_the_mail(client, customer):
    client.force_login(customer)
    address = reverse("account:chat_notices")
    client.post(
        address,
        {
            "mail": "instant",
            "mail_after_min": "30",
            "quiet_from": "21:00",
            "quiet_to": "06:30",
            "browser": "on",
        },
    )
    row = NoticeSettings.objects.get()
    assert (row.mail, row.mail_after_min, row.browser, row.has_quiet_hours) == ("instant", 30, True, False)

    client.logout()
    link = reverse("account:stop_mail", args=[stop_token(customer.pk)])
    assert client.get(link).status_code == 200
    row.refresh_from_db()
    assert row.mail == "instant"  # Programs that look at links change nothing.
    client.post(link)
    row.refresh_from_db()
    assert row.mail == "off"


def test_an_older_page_never_becomes_the_newest_of_the_live_client(client, conversation, customer):
    client.force_login(customer)
    page = client.get(customers("chat", conversation), {"before": "2"})

    assert [bubble.message.seq for bubble in page.context["thread"].bubbles] == [1]
    assert [message["seq"] for message in page.context["snapshot"]["page"]["messages"]] == [1, 2]
