"""WebSocket addresses."""

from django.urls import URLPattern, path

from tickets.consumers import DeskConsumer

websocket_urlpatterns: list[URLPattern] = [path("ws/v1/desk/", DeskConsumer.as_asgi())]  # type: ignore[arg-type, list-item]
