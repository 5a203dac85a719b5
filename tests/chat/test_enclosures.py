"""Files and cards: only one's own may be sent."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from chat.access import may_read_message_file
from chat.models import Message
from chat.serializers import draft_from, message_json
from chat.services.messages import store_alone
from files.models import Upload
from files.services import store_upload
from tests.factories import ConversationFactory, OrderFactory, OrderLineFactory, ProductFactory


@pytest.fixture
def conversation(customer, shop):
    return ConversationFactory(customer=customer, shop=shop)


def client_of(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def post(user, conversation, **data):
    payload = {"client_ref": str(uuid4()), "body": ""} | data
    path = f"/api/v1/conversations/{conversation.pk}/messages"
    return client_of(user).post(path, payload, format="json")


@pytest.fixture
def upload(customer, settings, tmp_path) -> Upload:
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("care.txt", b"Wash by hand.", content_type="text/plain")
    return store_upload(file=file, purpose="chat", user=customer)


def test_a_file_goes_along_with_a_message_and_opens_to_the_other_side(
    conversation, customer, agent, stranger, upload
):
    response = post(customer, conversation, attachments=[str(upload.public_id)])

    assert response.status_code == 201
    [shown] = response.data["message"]["attachments"]
    assert (shown["id"], shown["name"]) == (str(upload.public_id), "care.txt")
    message = Message.objects.get()
    assert message.attachment_count == 1
    page = client_of(agent).get(f"/api/v1/conversations/{conversation.pk}/messages").data
    # The author learns that the other side waits for the check; the other side only that it waits.
    assert page["messages"][0]["attachments"] == [shown | {"held": ""}]
    assert (shown["held"], shown["state"]) == ("checking", "quarantined")
    assert may_read_message_file(agent, str(message.pk), "")
    assert not may_read_message_file(stranger, str(message.pk), "")


def test_a_foreign_or_used_file_is_refused_and_nothing_is_stored(conversation, customer, agent, upload):
    assert post(agent, conversation, attachments=[str(upload.public_id)]).status_code == 404
    post(customer, conversation, attachments=[str(upload.public_id)])

    assert post(customer, conversation, attachments=[str(upload.public_id)]).status_code == 404
    assert Message.objects.count() == 1


def test_an_order_card_keeps_the_terms_as_they_stood(conversation, customer, shop):
    order = OrderFactory(customer=customer, shop=shop, number="48197-7")
    product = ProductFactory(shop=shop, title="Ash-glaze mug", warranty="2 years")
    OrderLineFactory(order=order, product=product, price_cents=1_800, terms={"warranty": "2 years"})
    product.title, product.price_cents, product.warranty = "Plain mug", 2_500, "none"
    product.save()

    response = post(customer, conversation, card={"kind": "order", "number": "48197-7"})

    card = response.data["message"]["card"]
    assert card["total_cents"] == order.total_cents
    assert card["lines"] == [
        {"title": "Ash-glaze mug", "quantity": 1, "price_cents": 1_800, "terms": {"warranty": "2 years"}}
    ]
    assert post(customer, conversation, card={"kind": "order", "number": "none"}).status_code == 404


def test_a_product_of_another_shop_is_no_card(conversation, agent):
    other = ProductFactory()

    response = post(agent, conversation, card={"kind": "product", "slug": other.slug})

    assert (response.status_code, response.data["code"]) == (404, "unknown_card")


def test_the_answer_to_sending_a_file_is_written_without_the_database(
    conversation, customer, upload, django_assert_num_queries
):
    draft = draft_from(
        conversation.pk,
        customer.pk,
        {"client_ref": str(uuid4()), "body": "", "attachments": [str(upload.public_id)]},
    )
    for _ in range(2):  # The second time it is the stored message that comes back.
        sent = store_alone(draft)
        with django_assert_num_queries(0):
            assert len(message_json(sent.message, sent.viewer)["attachments"]) == 1
