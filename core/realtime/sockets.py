"""What every socket of ours has in common: one object for each connection, on the bare ASGI interface."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

Asgi = dict[str, Any]


class Socket(ABC):
    """Base of the consumers. ``run`` lives as long as the connection."""

    @classmethod
    def as_asgi(cls) -> Callable[..., Awaitable[None]]:
        async def application(scope: Asgi, receive: Any, send: Any) -> None:
            await cls().run(scope, receive, send)

        return application

    @abstractmethod
    async def run(self, scope: Asgi, receive: Any, send: Any) -> None:
        """From the handshake to the last frame."""
