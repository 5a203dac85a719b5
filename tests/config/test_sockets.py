"""Who may open a WebSocket at all, before anybody asks who they are."""

import pytest
from channels.testing import WebsocketCommunicator

from config.asgi import application
from config.sockets import is_own


@pytest.mark.parametrize(
    "host, origin, expected",
    [
        ("localhost:8000", "http://localhost:8000", True),
        ("LOCALHOST:8000", "http://localhost:8000", True),
        ("localhost:8000", None, True),
        ("localhost:8000", "http://evil.example", False),
        ("localhost:8000", "http://localhost:9000", False),
        ("localhost:8000", "null", False),
        ("evil.example", "http://evil.example", False),
        ("", None, False),
    ],
)
def test_a_socket_is_opened_by_our_own_pages_or_by_a_program(host: str, origin: str | None, expected: bool):
    assert is_own(host=host, origin=origin) is expected


async def test_an_unknown_address_is_refused_without_an_error():
    communicator = WebsocketCommunicator(application, "/ws/nothing/", headers=[(b"host", b"localhost")])

    connected, code = await communicator.connect()

    assert (connected, code) == (False, 4404)
