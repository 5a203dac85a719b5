"""The support desk's socket: changes of tickets and who else is at one, for people of the desk only."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import close_old_connections, connections

from accounts.models import StaffMembership
from chat.services.replay import session_for
from config.asgi import application
from core.realtime import in_db_thread
from tests.config.conftest import PATIENCE_S
from tests.tickets.conftest import submission
from tickets import consumers
from tickets.services.conversation import add_information
from tickets.services.reference_data import sync_categories
from tickets.services.submit import submit_ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def categories(db):
    """For each test again: these commit."""
    sync_categories()


@pytest.fixture(autouse=True)
def threads_keep_no_connection(monkeypatch):
    monkeypatch.setattr("channels.testing.application.no_op", close_old_connections)
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


class Page:
    """One open page of the desk."""

    def __init__(self, key: str | None) -> None:
        headers = [(b"host", b"testserver")]
        if key:
            headers.append((b"cookie", f"sessionid={key}".encode()))
        self.socket = WebsocketCommunicator(application, "/ws/v1/desk/", headers=headers)

    async def next(self, kind: str) -> dict:
        """The data of the next frame of this kind."""
        while True:
            frame = json.loads(await self.socket.receive_from(timeout=PATIENCE_S))
            if frame["type"] == kind:
                return frame["data"]

    async def closed_with(self) -> int:
        while (event := await self.socket.receive_output(timeout=PATIENCE_S))["type"] != "websocket.close":
            pass
        return event["code"]

    async def look(self, number: str, doing: str, *, hello: bool = False) -> None:
        data = {"number": number, "doing": doing, "hello": hello}
        await self.socket.send_to(text_data=json.dumps({"type": "look", "data": data}))


async def opened(user) -> Page:
    page = Page(await in_db_thread(session_for)(user))
    await page.socket.connect(timeout=PATIENCE_S)
    return page


async def test_the_desk_hears_that_a_ticket_changed(helper, customer):
    page = await opened(helper)
    await page.next("hello")

    ticket = (await sync_to_async(lambda: submit_ticket(submission(customer)))()).ticket
    assert (await page.next("ticket.changed"))["number"] == ticket.number
    await sync_to_async(add_information)(ticket=ticket, author=customer, body="One more thing.")

    while (heard := await page.next("ticket.changed"))["kind"] != "added":
        pass
    assert (heard["number"], heard["by"]) == (ticket.number, None)
    await page.socket.disconnect(timeout=PATIENCE_S)


async def test_colleagues_see_who_looks_writes_and_leaves(helper, colleague, ticket):
    ours, theirs = await opened(helper), await opened(colleague)
    await ours.next("hello")
    await theirs.next("hello")

    await ours.look(ticket.number, "looking", hello=True)
    seen = await theirs.next("ticket.presence")
    assert (seen["name"], seen["doing"], seen["hello"]) == (helper.short_name, "looking", True)
    await ours.look(ticket.number, "writing")
    assert (await theirs.next("ticket.presence"))["doing"] == "writing"
    await ours.socket.disconnect(timeout=PATIENCE_S)
    assert (await theirs.next("ticket.presence"))["doing"] == "gone"
    await theirs.socket.disconnect(timeout=PATIENCE_S)


async def test_nonsense_from_a_page_reaches_nobody(helper, colleague, ticket):
    ours, theirs = await opened(helper), await opened(colleague)
    await ours.next("hello")
    await theirs.next("hello")

    for text in ("{", "[]", '{"type":"look"}', '{"type":"look","data":{"number":"<b>","doing":"writing"}}'):
        await ours.socket.send_to(text_data=text)
    await ours.look(ticket.number, "shouting")
    await ours.look(ticket.number, "looking")

    assert (await theirs.next("ticket.presence"))["doing"] == "looking"
    await ours.socket.disconnect(timeout=PATIENCE_S)
    await theirs.socket.disconnect(timeout=PATIENCE_S)


async def test_customers_and_strangers_are_turned_away(customer, categories):
    member, stranger = await opened(customer), Page(None)
    await stranger.socket.connect(timeout=PATIENCE_S)

    assert await member.closed_with() == consumers.NOT_ALLOWED
    assert await stranger.closed_with() == consumers.NOT_LOGGED_IN


async def test_whoever_leaves_the_desk_hears_nothing_more(helper, monkeypatch):
    monkeypatch.setattr(consumers, "STANDING_S", 0.05)
    page = await opened(helper)
    await page.next("hello")

    await asyncio.to_thread(StaffMembership.objects.filter(user=helper).delete)

    assert await page.closed_with() == consumers.NOT_ALLOWED
