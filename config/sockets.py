"""What every WebSocket passes before it reaches a consumer."""

from typing import Any
from urllib.parse import urlsplit

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from django.conf import settings
from django.http.request import split_domain_port, validate_host


class OwnPagesOnly:
    """Refuse (HTTP 403) a handshake that a page of another site began with our visitor's cookies.

    Browsers always send `Origin`; a program without one carries only what it was given, and may come in.
    """

    def __init__(self, application: ASGI3Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}  # type: ignore[typeddict-item]
        if is_own(host=headers.get(b"host", ""), origin=headers.get(b"origin")):
            await self.application(scope, receive, send)
        else:
            await no_such_socket(scope, receive, send)


def is_own(*, host: str, origin: str | None) -> bool:
    """True if the host is ours and the page, if there is one, came from it or from a trusted origin."""
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return urlsplit(origin).netloc.lower() == host.lower()


async def no_such_socket(scope: Scope, receive: Any, send: Any) -> None:
    """Ends the handshake politely: an unknown address is the visitor's mistake, not an error of ours."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})
