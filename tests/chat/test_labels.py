"""A shop's labels: made by managers, put on by whoever may answer, seen by members only."""

import json

import pytest
from django.test import Client

from chat.models import Label
from chat.services.labels import attach, save_label
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tests.factories import ConversationFactory, ShopMemberFactory

JSON = "application/json"


@pytest.fixture
def conversation(customer, shop):
    return ConversationFactory(customer=customer, shop=shop)


def test_an_owner_makes_renames_colours_and_deletes_a_label(shop, owner, agent, conversation):
    client = Client()
    client.force_login(owner)
    address = f"/api/v1/shops/{shop.slug}/labels"
    made = client.post(address, {"name": " Damaged  parcel ", "colour": "red"}, JSON).json()
    assert (made["name"], made["colour"]) == ("Damaged parcel", "red")
    renamed = client.put(f"{address}/{made['id']}", {"name": "Damage", "colour": "amber"}, JSON).json()
    assert renamed == {"id": made["id"], "name": "Damage", "colour": "amber"}
    client.force_login(agent)
    put = client.put(f"/api/v1/conversations/{conversation.pk}/labels", {"labels": [made["id"]]}, JSON)
    assert put.json()["desk"]["labels"] == [made["id"]]
    assert client.post(address, {"name": "Mine", "colour": "red"}, JSON).status_code == 403
    client.force_login(owner)
    assert client.delete(f"{address}/{made['id']}").status_code == 204
    row = client.get(f"/api/v1/conversations/{conversation.pk}").json()
    assert row["desk"]["labels"] == []


def test_names_differ_in_more_than_case_and_are_not_blank(shop, owner, agent):
    save_label(shop=shop, by=owner, name="Gift", colour="blue")
    with pytest.raises(Conflict):
        save_label(shop=shop, by=owner, name="gift", colour="red")
    for name, colour in (("  ", "blue"), ("x" * 33, "blue"), ("New", "mauve")):
        with pytest.raises(Invalid):
            save_label(shop=shop, by=owner, name=name, colour=colour)
    with pytest.raises(Forbidden):
        save_label(shop=shop, by=agent, name="Other", colour="blue")


def test_a_label_of_another_shop_cannot_be_put_on(shop, owner, agent, other_agent, conversation):
    other = ShopMemberFactory(shop=other_agent.shop_memberships.get().shop, role="owner").user
    foreign = save_label(shop=other.shop_memberships.get().shop, by=other, name="Foreign", colour="red")
    with pytest.raises(NotFound):
        attach(conversation=conversation, label=foreign, by=agent)
    client = Client()
    client.force_login(agent)
    answer = client.put(f"/api/v1/conversations/{conversation.pk}/labels", {"labels": [foreign.pk]}, JSON)
    assert answer.status_code == 400


def test_customers_and_analysts_neither_put_on_nor_see_more_than_they_may(
    shop, owner, customer, conversation
):
    label = save_label(shop=shop, by=owner, name="Difficult person", colour="red")
    attach(conversation=conversation, label=label, by=owner)
    client = Client()
    analyst = ShopMemberFactory(shop=shop, role="analyst").user
    client.force_login(analyst)
    assert client.get(f"/api/v1/conversations/{conversation.pk}").json()["desk"]["labels"] == [label.pk]
    address = f"/api/v1/conversations/{conversation.pk}/labels"
    assert client.put(address, {"labels": []}, JSON).status_code == 403
    client.force_login(customer)
    assert client.put(address, {"labels": []}, JSON).status_code == 404
    for path in (f"conversations/{conversation.pk}", "conversations", "sync"):
        answer = client.get(f"/api/v1/{path}").json()
        assert "desk" not in json.dumps(answer)
    assert Label.objects.count() == 1
