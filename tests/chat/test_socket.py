"""The chat socket by docs/websocket.md: hello, commands, live changes, limits and close codes."""

import json
from uuid import uuid4

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.models import Session as LoginSession
from django.db import close_old_connections, connections

from chat.consumers import pulse
from chat.services.replay import session_for
from config.asgi import application
from core.realtime import in_db_thread
from tests.config.conftest import PATIENCE_S
from tests.factories import ConversationFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def threads_keep_no_connection(monkeypatch):
    """The database threads outlive a test; their connections must not.

    Channels' test client switches the clean-up off, so the shipped helper is put back.
    """
    monkeypatch.setattr("channels.testing.application.no_op", close_old_connections)
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def conversation(customer, shop):
    return ConversationFactory(customer=customer, shop=shop)


class Tab:
    """One open socket."""

    def __init__(self, key: str | None) -> None:
        headers = [(b"host", b"testserver")]
        if key:
            headers.append((b"cookie", f"sessionid={key}".encode()))
        self.socket = WebsocketCommunicator(application, "/ws/v1/", headers=headers)

    async def open(self) -> dict:
        opened, _ = await self.socket.connect(timeout=PATIENCE_S)
        assert opened
        return await self.next()

    async def next(self) -> dict:
        return json.loads(await self.socket.receive_from(timeout=PATIENCE_S))

    async def ask(self, kind: str, ref: str = "1", **data: object) -> dict:
        await self.socket.send_to(text_data=json.dumps({"type": kind, "ref": ref, "data": data}))
        while (frame := await self.next()).get("ref") != ref:
            pass
        return frame

    async def wait_for(self, kind: str) -> dict:
        while (frame := await self.next())["type"] != kind:
            pass
        return frame["data"]

    async def closed_with(self) -> int:
        while (event := await self.socket.receive_output(timeout=PATIENCE_S))["type"] != "websocket.close":
            pass
        return event["code"]

    async def close(self) -> None:
        await self.socket.disconnect(timeout=PATIENCE_S)
        pulse.current_pulse().stop()


async def tab_of(user) -> Tab:
    tab = Tab(await in_db_thread(session_for)(user))
    await tab.open()
    return tab


async def test_a_stranger_to_the_house_is_closed_with_4001(db):
    tab = Tab(None)
    await tab.socket.connect(timeout=PATIENCE_S)

    assert await tab.closed_with() == 4001


async def test_a_message_is_acknowledged_and_reaches_both_sides_with_its_number(
    conversation, customer, agent
):
    ours, theirs = await tab_of(customer), await tab_of(agent)

    answer = await ours.ask(
        "message.send", conversation=conversation.pk, client_ref=str(uuid4()), body="Is it oak?"
    )

    assert answer["type"] == "ack"
    assert (answer["data"]["message"]["seq"], answer["data"]["duplicate"]) == (1, False)
    change = await theirs.wait_for("change")
    assert (change["change_no"], change["kind"], change["seq"]) == (1, "message.created", 1)
    assert change["message"]["body"] == "Is it oak?"
    await ours.close()
    await theirs.close()


async def test_the_customer_gets_a_masked_text_and_the_owner_the_whole(conversation, customer, owner, agent):
    theirs, managers, writer = await tab_of(customer), await tab_of(owner), await tab_of(agent)
    body = "Text me on +1 212 555 0147"

    await writer.ask("message.send", conversation=conversation.pk, client_ref=str(uuid4()), body=body)

    seen = (await theirs.wait_for("change"))["message"]
    assert (seen["state"], "212" in seen["body"], seen["author"]["id"]) == ("masked", False, None)
    assert (await managers.wait_for("change"))["message"]["body"] == body
    for tab in (theirs, managers, writer):
        await tab.close()


async def test_subscribing_answers_with_numbers_and_leaves_foreign_ids_out(conversation, customer):
    foreign = await in_db_thread(ConversationFactory)()
    tab = await tab_of(customer)

    answer = await tab.ask("subscribe", conversations={str(conversation.pk): 0, str(foreign.pk): 0, "x": 1})

    assert answer["data"] == {"conversations": {str(conversation.pk): 0}}
    await tab.close()


@pytest.mark.parametrize(
    "text", ["[]", "{}", "nonsense", '{"type": 5}', '{"type": "ping", "data": []}', "[" * 5000]
)
async def test_a_frame_that_is_no_frame_is_answered_and_the_socket_lives(customer, text):
    tab = await tab_of(customer)
    await tab.socket.send_to(text_data=text)

    assert (await tab.next())["code"] == "invalid_frame"
    assert (await tab.ask("ping"))["type"] == "ack"
    await tab.close()


async def test_a_flood_of_frames_closes_the_socket(customer):
    tab = await tab_of(customer)
    for _ in range(60):
        await tab.socket.send_to(text_data='{"type": "ping"}')

    assert await tab.closed_with() == 4008
    await tab.close()


async def test_a_logout_ends_the_socket_at_the_next_check(customer):
    tab = await tab_of(customer)
    await in_db_thread(LoginSession.objects.all().delete)()

    await pulse.current_pulse()._check_standing()

    assert await tab.closed_with() == 4001
    await tab.close()


async def test_a_lost_membership_ends_the_socket_at_the_next_check(agent, shop):
    tab = await tab_of(agent)
    await in_db_thread(shop.members.all().update)(is_active=False)

    await pulse.current_pulse()._check_standing()

    assert await tab.closed_with() == 4003
    await tab.close()


async def test_members_see_who_else_has_a_conversation_open_and_customers_do_not(
    conversation, customer, agent, owner
):
    mine, colleagues, theirs = await tab_of(agent), await tab_of(owner), await tab_of(customer)
    for tab in (mine, colleagues, theirs):
        await tab.ask("subscribe", conversations={str(conversation.pk): 0})
    said = {"conversation": conversation.pk, "state": "writing"}

    assert (await mine.ask("viewing", **said, asks=True))["type"] == "ack"
    heard = await colleagues.wait_for("viewing")
    assert heard == said | {"user": {"id": agent.pk, "name": agent.short_name}, "asks": True}
    assert (await theirs.ask("viewing", **said))["code"] == "not_subscribed"
    assert (await mine.ask("viewing", conversation=conversation.pk, state="sleeping"))["code"] == "invalid"
    await mine.ask("typing", conversation=conversation.pk, on=True)
    assert (await theirs.next())["type"] == "typing"  # And nothing before it.
    for tab in (mine, colleagues, theirs):
        await tab.close()
