"""The one chat socket, and what beats for all sockets of a process."""

from chat.consumers.socket import ChatConsumer

__all__ = ["ChatConsumer"]
